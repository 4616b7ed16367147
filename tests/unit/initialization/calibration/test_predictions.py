"""Which places of which text are predicted: training text alone, the same for all models."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.unit.initialization.architecture_samples import (
    SIZES,
    WORDS,
    make_model,
)
from transformers import RobertaConfig, RobertaForMaskedLM

from lingraft.corpus.documents import Document, write_lines
from lingraft.initialization.calibration import predictions as module
from lingraft.initialization.calibration.predictions import answers_of
from lingraft.tokenizers.separators import prefix_id


@pytest.fixture(scope="module")
def masked() -> Any:
    return make_model("Roberta", None)


@pytest.fixture(scope="module")
def causal() -> Any:
    return make_model("Llama", None)


def texts(count: int, words: int, seed: int = 0) -> list[Document]:
    draw = random.Random(seed)
    return [Document(f"d/{n}", " ".join(draw.choices(WORDS, k=words))) for n in range(count)]


def corpus(folder: Path, documents: list[Document]) -> Path:
    folder.mkdir(exist_ok=True)
    write_lines(folder / "train.jsonl.zst", documents)
    return folder


def test_the_model_itself_says_the_same(tokenizer: Any, causal: Any, tmp_path: Path) -> None:
    [document] = texts(1, 7)
    found = answers_of(causal, tokenizer, None, [corpus(tmp_path, [document])], 50)
    assert found is not None
    ids = tokenizer(document.text, add_special_tokens=False)["input_ids"]
    assert found.right_P.tolist() == ids
    assert not found.bias_V.any()
    with torch.no_grad():
        expected = causal(torch.tensor([[prefix_id(tokenizer), *ids[:-1]]])).logits[0]
    np.testing.assert_allclose(found.logits_PV, expected, atol=1e-5)


def test_the_bias_is_taken_off(tokenizer: Any, masked: Any, tmp_path: Path) -> None:
    folder = corpus(tmp_path, texts(20, 10))
    bias_V = masked.lm_head.bias.detach().numpy()
    without, found = (answers_of(masked, tokenizer, b, [folder], 20) for b in (None, bias_V))
    assert without is not None
    assert found is not None
    assert found.bias_V.dtype == np.float64
    np.testing.assert_allclose(found.logits_PV + bias_V, without.logits_PV, atol=1e-5)
    assert 20 <= len(found.right_P) < 40


@pytest.mark.parametrize("kind", ["Roberta", "Bert", "Llama", "Gemma3n"])
def test_the_places_are_those_of_the_vocabulary(kind: str, tokenizer: Any, tmp_path: Path) -> None:
    """Whatever the weights of the model, and the order of the documents and of the corpora."""
    first, second = texts(30, 9), [Document(d.id, d.text) for d in texts(30, 9, seed=1)]
    one, two = corpus(tmp_path / "1", first), corpus(tmp_path / "2", second)
    mixed = [*second[15:], *first[::-1], *second[:15]]
    random.Random(1).shuffle(mixed)
    together = corpus(tmp_path / "3", mixed)
    model, other = make_model(kind, None), make_model(kind, None)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.mul_(1.5)
    answers = [
        answers_of(model, tokenizer, None, [one, two], 40),
        answers_of(model, tokenizer, None, [two, one], 40),
        answers_of(model, tokenizer, None, [together], 40),
        answers_of(other, tokenizer, None, [one, two], 40),
    ]
    right = [answer.right_P.tolist() for answer in answers if answer is not None]
    assert right == [right[0]] * 4
    np.testing.assert_array_equal(answers[0].logits_PV, answers[2].logits_PV)  # type: ignore[union-attr]


def test_other_text_than_that_of_training_is_never_read(
    tokenizer: Any, masked: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = corpus(tmp_path, texts(5, 9))
    planted = [Document("held", "w0 w0 w0 w0")]
    for name in ("heldout.jsonl.zst", "held_out.jsonl.zst", "parallel.jsonl.zst"):
        write_lines(folder / name, planted)
    read: list[str] = []

    def cut(model: Any, own: Any, documents: list[Document], measure: Any) -> Any:
        read.extend(document.text for document in documents)
        return module_cut(model, own, documents, measure)

    module_cut = module.cut_documents
    monkeypatch.setattr(module, "cut_documents", cut)
    answers_of(masked, tokenizer, None, [folder], 1000)
    assert sorted(read) == sorted(document.text for document in texts(5, 9))


@pytest.mark.parametrize("kind", ["Roberta", "Llama"])
@pytest.mark.parametrize("empty", [[], [""], ["", " \n"], ["​"]])
def test_text_without_a_token(kind: str, empty: list[str], tokenizer: Any, tmp_path: Path) -> None:
    documents = [Document(str(n), text) for n, text in enumerate(empty)]
    folder = corpus(tmp_path, documents)
    found = answers_of(make_model(kind, None), tokenizer, None, [folder], 50)
    assert found is None or empty == ["​"]  # a character that the vocabulary lacks is a token
    folder = corpus(tmp_path, [*documents, Document("full", "w1 w2 w3")])
    assert answers_of(make_model(kind, None), tokenizer, None, [folder], 50) is not None


@pytest.mark.parametrize("kind", ["Roberta", "Llama"])
def test_one_document_is_cut_into_windows(kind: str, tokenizer: Any, tmp_path: Path) -> None:
    """Longer than any window, and than what is needed."""
    folder = corpus(tmp_path, texts(1, 5000))
    found = answers_of(make_model(kind, None), tokenizer, None, [folder], 100)
    assert found is not None
    assert 100 <= len(found.right_P) < 100 + 38


@pytest.mark.parametrize("kind", ["Roberta", "Llama"])
def test_long_documents_do_not_crowd_out_the_others(
    kind: str, tokenizer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = corpus(tmp_path, texts(40, 300))
    seen = set()
    answered = module._answered

    def note(model: Any, windows: Any, padding: int) -> Any:
        seen.update(window.document for window in windows)
        return answered(model, windows, padding)

    monkeypatch.setattr(module, "_answered", note)
    answers_of(make_model(kind, None), tokenizer, None, [folder], 100)
    assert len(seen) >= (3 if kind == "Llama" else 15)


def test_the_work_is_bounded(
    tokenizer: Any, masked: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the size of the corpus and of its documents."""
    read: list[str] = []
    cut = module.cut_documents

    def note(model: Any, own: Any, documents: list[Document], measure: Any) -> Any:
        read.extend(document.text for document in documents)
        return cut(model, own, documents, measure)

    monkeypatch.setattr(module, "cut_documents", note)
    folder = corpus(tmp_path, texts(60, 1000))
    found = answers_of(masked, tokenizer, None, [folder], 50)
    assert found is not None
    assert len(found.right_P) < 80
    assert len(read) == 50
    assert max(map(len, read)) <= module._FEWEST_CHARACTERS
    # A vocabulary with room for ten predictions.
    monkeypatch.setattr(module, "_LOGITS", 10 * len(tokenizer))
    found = answers_of(masked, tokenizer, None, [folder], 50)
    assert found is not None
    assert len(found.right_P) < 10 + 20
    # Documents beyond the bound are not read.
    read.clear()
    monkeypatch.setattr(module, "_CHARACTERS", 10_000)
    answers_of(masked, tokenizer, None, [folder], 50)
    assert 0 < len(read) < 5


def test_a_half_precision_model_and_padded_rows(tokenizer: Any, tmp_path: Path) -> None:
    torch.manual_seed(0)
    config = RobertaConfig(**(SIZES | {"vocab_size": 48}))
    model = RobertaForMaskedLM(config).eval().to(torch.bfloat16)
    found = answers_of(
        model, tokenizer, np.zeros(48, np.float32), [corpus(tmp_path, texts(9, 9))], 30
    )
    assert found is not None
    assert found.logits_PV.dtype == np.float32
    assert found.logits_PV.shape[1] == 48
