"""Continuations are greedy, stop at the end of a document, and are no scores."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from evaluation_samples import save_causal_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from lingraft.evaluation.measures.continuations import continued
from lingraft.evaluation.results import read_result
from lingraft.evaluation.stage import run_task
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.samples import WrittenSamples

TASK = WrittenSamples(prompts=2, prompt_characters=6, tokens=5)
TEXTS = {"a": "w1 w2 w3 w4 w5 w6", "b": "w7 w8 w9 w10 w11", "short": "w1 w2"}


def test_each_token_is_the_most_probable_one(causal_model: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(causal_model).eval()
    tokenizer = AutoTokenizer.from_pretrained(causal_model)
    ids = [0, 3, 4]  # what stands before a document, w1, w2
    for _ in range(4):
        with torch.inference_mode():
            chosen = int(model(input_ids=torch.tensor([ids])).logits[0, -1].argmax())
        if chosen == 0:
            break
        ids.append(chosen)
    whole = tokenizer.decode(ids[1:], skip_special_tokens=True)
    assert "w1 w2" + continued(model, tokenizer, "w1 w2", 4) == whole
    # The model reads 16 tokens, one of which stands before the document.
    assert len(continued(model, tokenizer, "w1 w2", 100).split()) <= 13


def test_the_end_of_a_document_ends_it(tmp_path: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(save_causal_model(tmp_path / "m")).eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "m")
    with torch.no_grad():
        model.transformer.ln_f.weight.zero_()
        model.transformer.ln_f.bias.copy_(model.lm_head.weight[0])
    assert continued(model, tokenizer, "w1 w2", 4) == ""


def test_records_have_the_real_text_beside_the_models(
    causal_model: Path, tmp_path: Path, make_corpus: Callable[..., Path]
) -> None:
    source = save_causal_model(tmp_path / "source", seed=5)
    corpora = {"swh_Latn": make_corpus("c", TEXTS)}
    subject = ModelSubject(
        causal_model, source_model=source, corpora=corpora, state=tmp_path / "state"
    )
    found = TASK.evaluate(subject)
    assert (list(found.scores), TASK.evaluate(subject)) == ([], found)
    assert [(r["id"], r["system"]) for r in found.predictions] == [
        ("swh_Latn/a", "model"), ("swh_Latn/b", "model"),
        ("swh_Latn/a", "source model"), ("swh_Latn/b", "source model"),
    ]  # fmt: skip
    first = found.predictions[0]
    assert (first["prompt"], first["real"]) == ("w1 w2", " w3 w4 w5 w6")
    assert first["generated"] != found.predictions[2]["generated"]
    path = run_task(TASK, subject, tmp_path / "samples.json")
    assert read_result(path).scores == ()


def test_a_masked_model_continues_nothing(
    masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    found = TASK.evaluate(ModelSubject(masked_model, corpora={"x": make_corpus("c", TEXTS)}))
    assert (list(found.scores), list(found.predictions)) == ([], [])
    assert found.notes == ["this model does not continue a text: no samples"]


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("w1 w2 w3 w4", "w1 w2"),
        ("abc defghi", "abc"),
        ("语言模型学习一门新的语言", "语言模型学习"),
        ("ab", "a"),
        ("a", "a"),
    ],
)
def test_a_prompt_ends_with_a_word(text: str, prompt: str) -> None:
    assert TASK._prompt(text) == prompt
