"""A larger vocabulary that is not stored: against brute force with a model that has its rows."""

import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    Gemma2Config,
    GPT2Config,
    GPTNeoXConfig,
    PhiConfig,
    PreTrainedTokenizerFast,
)

from lingraft.artifacts import new_artifact
from lingraft.config.checking import check_choice
from lingraft.corpus.documents import Document
from lingraft.evaluation.measures import merged_texts
from lingraft.evaluation.measures.continuations import continued
from lingraft.evaluation.measures.index_decoding import (
    OutputIndex,
    continued_by_index,
    seconds_a_search,
)
from lingraft.evaluation.measures.large_vocabulary import LargeVocabulary, nested_vocabularies
from lingraft.evaluation.outcome import Outcome
from lingraft.evaluation.results import read_result
from lingraft.evaluation.stage import run_task
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.dynamic_decoding import DynamicDecoding
from lingraft.initialization.generation.stage import GeneratorInputs, train_generator
from lingraft.initialization.generators import AnyGenerator
from lingraft.initialization.methods.fvt import Fvt
from lingraft.models.loading import load_model
from lingraft.models.more_rows import MoreRows, more_tokens
from lingraft.tokenizers.backend import read_backend
from lingraft.tokenizers.extending import learn_tokens

STEMS = ["kitap", "okul", "dağ", "deniz", "çocuk", "güneş"]
ENDS = ["", "lar", "ımız", "da", "lardan", "lı"]
WORDS = [stem + end for stem in STEMS for end in ENDS]
SIZES = {
    "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 24,
    "max_position_embeddings": 64, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0,
}  # fmt: skip
KINDS: dict[str, Callable[[int], Any]] = {
    "tied": lambda size: GPT2Config(
        vocab_size=size, n_embd=16, n_layer=1, n_head=2, n_positions=64, bos_token_id=0,
        eos_token_id=0,
    ),
    "untied, a bias": lambda size: PhiConfig(vocab_size=size, **SIZES),
    "scaled and bent": lambda size: Gemma2Config(
        vocab_size=size, **SIZES, num_key_value_heads=2, head_dim=8, final_logit_softcapping=2.0
    ),
    "own forward pass": lambda size: GPTNeoXConfig(vocab_size=size, **SIZES),
}  # fmt: skip
WITHOUT_INDEX = {"untied, a bias": "phi", "own forward pass": "gpt_neox"}


def texts(count: int, seed: int) -> list[str]:
    drawn = np.random.default_rng(seed).choice(WORDS, size=(count, 9))
    return [" ".join(row) for row in drawn]


def save_model(folder: Path, kind: str = "tied", size: int = 275) -> Path:
    """A decoder with a byte-level vocabulary, and rows of its matrices that no token has."""
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False,
    )  # fmt: skip
    backend.train_from_iterator(texts(50, 0), trainer)
    end = {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=64, **end)
    torch.manual_seed(0)
    config = KINDS[kind](len(tokenizer) + 3)
    model = AutoModelForCausalLM.from_config(config)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def corpus(make_corpus: Callable[..., Path]) -> Path:
    held_out = {f"{number}": text for number, text in enumerate(texts(8, 1))}
    return make_corpus("c", held_out | {"w": "a"}, train=dict(enumerate(texts(200, 2))))  # type: ignore[arg-type]


def subject_of(folder: Path, corpus: Path) -> ModelSubject:
    return ModelSubject(folder, corpora={"turkish": corpus})


def settings(**more: Any) -> DynamicDecoding:
    return DynamicDecoding(**{"added": [40], "neighbors": 3, "probes": 10**6, "tokens": 8} | more)


def value_of(outcome: Outcome, metric: str, setting: str) -> float:
    (found,) = [s for s in outcome.scores if (s.metric, s.setting) == (metric, setting)]
    assert found.value is not None
    return found.value


def records_of(outcome: Outcome, setting: str) -> dict[str, dict[str, Any]]:
    return {r["id"]: dict(r) for r in outcome.predictions if r["setting"] == setting}


def vocabularies_of(folder: Path, sizes: list[int]) -> tuple[Any, list[LargeVocabulary]]:
    model = load_model(folder)
    found = learn_tokens(read_backend(folder), texts(200, 2), sizes[-1], 2, "it")
    return model, nested_vocabularies(model, folder, found, sizes, Fvt(extends_source=True))


@pytest.mark.parametrize("kind", list(KINDS))
def test_no_more_tokens_change_no_bit(kind: str, tmp_path: Path, corpus: Path) -> None:
    subject = subject_of(save_model(tmp_path / "m", kind), corpus)
    found = settings(added=[0], prompts=2).evaluate(subject)
    static = records_of(found, "static")
    assert static == {
        i: r | {"setting": "static"} for i, r in records_of(found, "+0, read").items()
    }
    assert static == {
        i: r | {"setting": "static"} for i, r in records_of(found, "+0, read and written").items()
    }
    assert value_of(found, "length_saved", "+0") == 0
    assert value_of(found, "bits_per_byte_change", "+0, read") == 0
    if kind in WITHOUT_INDEX:
        (score,) = [s for s in found.scores if s.metric == "recall@1"]
        reason = f"lingraft cannot take the head of a {WITHOUT_INDEX[kind]} model apart"
        assert (score.value, score.note) == (None, reason)
        assert f"turkish, +0: {reason}" in found.notes
        return
    assert value_of(found, "recall@3", "+0") == 1
    samples = [records_of(found, f"sample, {name}") for name in ("static", "+0")]
    assert len(samples[0]) == 2
    for one in samples:
        for record in one.values():
            record.pop("setting")
    assert samples[0] == samples[1]


@pytest.mark.parametrize("kind", list(KINDS))
def test_losses_are_those_of_a_brute_force(kind: str, tmp_path: Path, corpus: Path) -> None:
    folder = save_model(tmp_path / "m", kind)
    found = settings().evaluate(subject_of(folder, corpus))
    model, (vocabulary,) = vocabularies_of(folder, [40])
    own_rows = model.get_input_embeddings().weight.shape[0]
    tokenizer, checked = subject_of(folder, corpus).tokenizer, 0
    read, both = (records_of(found, f"+40, {how}") for how in ("read", "read and written"))
    for name, text in enumerate(texts(8, 1)):
        ids = tokenizer(text)["input_ids"]
        rows = vocabulary.cut([text])[0]
        assert [piece for row in rows for piece in vocabulary.pieces_of(row)] == ids
        # The rest begins where so many bytes are left; the tokens of both sides end there.
        size = read[str(name)]["bytes"]
        beginning = text.encode()[: len(text.encode()) - size].decode()
        places = [len(tokenizer(beginning)["input_ids"]), len(vocabulary.cut([beginning])[0])]
        assert tokenizer(beginning)["input_ids"] == ids[: places[0]]
        with torch.no_grad(), more_tokens(model, vocabulary.rows):
            row = [0, *rows[: places[1]], *ids[places[0] :]]
            logits = model(torch.tensor([row[:-1]])).logits[0, places[1] :, :own_rows]
            loss = torch.nn.functional.cross_entropy(
                logits, torch.tensor(row[places[1] + 1 :]), reduction="sum"
            )
            assert read[str(name)]["loss"] == pytest.approx(float(loss), rel=1e-4)
            logits = model(torch.tensor([[0, *rows[:-1]]])).logits[0, places[1] :]
            loss = torch.nn.functional.cross_entropy(
                logits, torch.tensor(rows[places[1] :]), reduction="sum"
            )
            assert both[str(name)]["loss"] == pytest.approx(float(loss), rel=1e-4)
        assert both[str(name)]["predicted"] == len(rows) - places[1]
        checked += 1
    assert checked == 8
    total = sum(record["loss"] for record in read.values())
    size = sum(record["bytes"] for record in read.values())
    bits = total / size / math.log(2)
    assert value_of(found, "rest_bits_per_byte", "+40, read") == pytest.approx(bits)
    change = bits - value_of(found, "rest_bits_per_byte", "static")
    assert value_of(found, "bits_per_byte_change", "+40, read") == pytest.approx(change)
    assert 0.1 < value_of(found, "length_saved", "+40") < 0.9


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in WITHOUT_INDEX])
def test_the_index_writes_what_the_largest_logits_say(kind: str, tmp_path: Path) -> None:
    folder = save_model(tmp_path / "m", kind)
    model, (vocabulary,) = vocabularies_of(folder, [40])
    prompt = texts(1, 5)[0]
    (rows,) = vocabulary.cut([prompt])
    with torch.no_grad(), more_tokens(model, vocabulary.rows):
        own = list(rows)
        known = torch.from_numpy(vocabulary.known_rows)
        for _ in range(8):
            logits = model(torch.tensor([[0, *own]])).logits[0, -1]
            own.append(int(known[logits[known].argmax()]))
            if own[-1] == 0:
                break
        tokens = [vocabulary.token_of(row) for row in own]
        expected = vocabulary.tokenizer.decode(tokens, skip_special_tokens=True)[len(prompt) :]
        for probes in (None, 10**6):
            index = OutputIndex.of(model, vocabulary.known_rows, probes)
            assert continued_by_index(model, vocabulary, index, prompt, 8) == expected
    assert expected != continued(model, subject_of(folder, folder).tokenizer, prompt, 8)


def test_a_bias_of_the_head_decides_too(tmp_path: Path) -> None:
    model, (vocabulary,) = vocabularies_of(save_model(tmp_path / "m"), [20])
    head = torch.nn.Linear(16, len(model.get_output_embeddings().weight))
    model.set_output_embeddings(head)
    torch.nn.init.normal_(head.bias, std=3)
    hidden_PH = torch.randn(9, 16, generator=torch.Generator().manual_seed(0))
    rows = MoreRows(vocabulary.rows.embeddings_NX, torch.randn(20, 16), torch.randn(20))
    with torch.no_grad(), more_tokens(model, rows):
        known = torch.from_numpy(vocabulary.known_rows)
        best = known[head(hidden_PH)[:, known].argmax(1)]
        for probes in (None, 10**6):
            index = OutputIndex.of(model, vocabulary.known_rows, probes)
            assert index.nearest(model, hidden_PH, 1)[:, 0].tolist() == best.tolist()
        assert seconds_a_search(index, model, hidden_PH) > 0


@pytest.mark.parametrize("kind", ["tied", "scaled and bent"])
def test_continuations_begin_behind_the_prefix_of_the_task(
    kind: str, tmp_path: Path, corpus: Path
) -> None:
    """As losses do: what is written is of the model that is measured."""
    subject = subject_of(save_model(tmp_path / "m", kind), corpus)
    samples = []
    for prefix in (None, *"akl1"):
        found = settings(added=[0], prefix=prefix, prompts=8).evaluate(subject)
        static, index = (records_of(found, f"sample, {name}") for name in ("static", "+0"))
        samples.append([record["generated"] for record in static.values()])
        assert samples[-1] == [record["generated"] for record in index.values()]
    assert any(own != samples[0] for own in samples)


def test_smaller_vocabularies_are_the_beginning_of_larger_ones(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "m")
    _, (small, large) = vocabularies_of(folder, [10, 40])
    _, (alone,) = vocabularies_of(folder, [10])
    assert torch.equal(small.rows.embeddings_NX, large.rows.embeddings_NX[:10])
    assert torch.equal(small.rows.embeddings_NX, alone.rows.embeddings_NX)
    for text in texts(5, 7):
        (rough,), (fine,) = large.cut([text]), small.cut([text])
        pieces = [[p for row in rows for p in v.pieces_of(row)]
                  for v, rows in ((large, rough), (small, fine))]  # fmt: skip
        assert pieces[0] == pieces[1]
        assert len(rough) <= len(fine)
        assert large.tokenizer.decode([large.token_of(row) for row in rough]) == text
    assert small.known_rows[-1] == small.first + 3 + 9  # behind three rows without a token


def test_a_new_row_is_the_mean_of_its_pieces(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "m", "untied, a bias")
    model, (vocabulary,) = vocabularies_of(folder, [20])
    pieces = [
        list(vocabulary.pieces_of(vocabulary.row_of(vocabulary.first + n))) for n in range(20)
    ]
    head, rows = model.get_output_embeddings(), vocabulary.rows
    assert rows.output_NX is not None
    assert rows.bias_N is not None
    for n, own in enumerate(pieces):
        embedding = model.get_input_embeddings().weight[own].mean(0)
        torch.testing.assert_close(rows.embeddings_NX[n], embedding.detach())
        torch.testing.assert_close(rows.output_NX[n], head.weight[own].mean(0).detach())
        torch.testing.assert_close(rows.bias_N[n], head.bias[own].mean(0).detach())


def test_places_are_between_characters(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "m")
    _, (vocabulary,) = vocabularies_of(folder, [1])
    tokenizer = subject_of(folder, folder).tokenizer
    documents = [Document("a", "語語"), Document("b", "語"), Document("c", "x" * 50)]
    found = merged_texts.divided(documents, tokenizer, vocabulary, 0.4, 12)
    assert [(one.id, one.character, one.read_bytes, one.bytes) for one in found] == [
        ("a", 1, 3, 3), ("c", 5, 5, 7)
    ]  # fmt: skip
    (first, second) = merged_texts.long_cuts(found, vocabulary)
    assert (len(first.read), len(first.rest), len(second.read), len(second.rest)) == (3, 3, 5, 7)


def test_merges_are_learned_once(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save_model(tmp_path / "m")
    subject = ModelSubject(folder, corpora={"turkish": corpus}, state=tmp_path / "state")
    task = settings(added=[5, 10**6], probes=None)
    first = task.evaluate(subject)
    monkeypatch.setattr("lingraft.tokenizers.extending.continue_merges", None)
    again = task.evaluate(subject)
    assert list(first.predictions) == list(again.predictions)
    assert first.notes[0] == "turkish: 1 of 9 documents cannot be divided and are left out"
    assert "more tokens, not 1000000" in first.notes[1]
    assert {s.setting for s in first.scores if s.metric == "length_saved"} >= {"+5"}


def test_fewer_bytes_give_fewer_merges(tmp_path: Path, corpus: Path) -> None:
    folder = save_model(tmp_path / "m")
    names = []
    for most in (300, None):
        task = settings(added=[10**6], merge_bytes=most, minimum_frequency=1, prompts=0)
        found = task.evaluate(subject_of(folder, corpus))
        names += [s.setting for s in found.scores if s.metric == "length_saved"]
    assert int(names[0]) < int(names[1])


def test_a_generator_makes_the_rows(tmp_path: Path, corpus: Path) -> None:
    given, folder = save_model(tmp_path / "m", "untied, a bias", 310), tmp_path / "model"
    with new_artifact(folder, "model") as staging:
        shutil.copytree(given, staging, dirs_exist_ok=True)
    block = {"method": "byte2word", "model": "m", "hidden": 16, "heads": 2, "epochs": 2}
    learned = check_choice(AnyGenerator, block, "generator")
    train_generator(learned, GeneratorInputs(models={"m": folder}), tmp_path / "bytes")
    subject = subject_of(folder, corpus)
    missing = settings(added=[8], embeddings="bytes").evaluate(subject)
    assert missing.scores[0].note == "there is no generator bytes for this model"
    subject.generators = {"bytes": tmp_path / "bytes"}
    found = settings(added=[8], embeddings="bytes").evaluate(subject)
    fvt = settings(added=[8]).evaluate(subject)
    assert records_of(found, "static") == records_of(fvt, "static")
    assert value_of(found, "length_saved", "+8") == value_of(fvt, "length_saved", "+8")
    assert records_of(found, "+8, read") != records_of(fvt, "+8, read")
    assert any("generator bytes is" in note for note in found.notes)
    tasks = settings(added=[8], embeddings="bytes"), settings(added=[8])
    assert [task.protocol() for task in tasks] == [
        "dynamic_decoding/generated", "dynamic_decoding/fvt"
    ]  # fmt: skip
    path = run_task(tasks[0], subject, tmp_path / "dynamic_decoding.json")
    assert "generators/bytes" in read_result(path).digests
    other = subject_of(save_model(tmp_path / "other"), corpus)
    other.generators = subject.generators
    (score,) = tasks[0].evaluate(other).scores
    assert score.note == "the generator bytes was trained for other rows than this model has"


def test_the_result_is_written(tmp_path: Path, corpus: Path) -> None:
    subject = subject_of(save_model(tmp_path / "m"), corpus)
    path = run_task(settings(probes=2), subject, tmp_path / "dynamic_decoding.json")
    assert path.is_file()


def test_what_cannot_be_measured_says_why(
    tmp_path: Path, corpus: Path, causal_model: Path, masked_model: Path,
    make_corpus: Callable[..., Path],
) -> None:  # fmt: skip
    own = save_model(tmp_path / "m")
    plain = make_corpus("plain", {"1": "kitap okul"})
    short = make_corpus("short", {"1": "a"}, train={"1": "kitap kitap kitap"})
    cases = [
        (masked_model, corpus, "this model does not continue a text"),
        (causal_model, corpus, "the vocabulary of a WordLevel tokenizer cannot be continued"),
        (own, plain, "no training text to learn merges from"),
        (own, short, "no held-out text that can be divided"),
    ]
    for folder, text, reason in cases:
        found = settings().evaluate(subject_of(folder, text))
        (score,) = found.scores
        assert (score.value, score.note, score.metric) == (None, reason, "rest_bits_per_byte")
        assert found.notes == [f"turkish: {reason}"]


@pytest.mark.parametrize("added", [[], [-1], [20, 10], [5, 5]])
def test_numbers_of_tokens_rise(added: list[int]) -> None:
    with pytest.raises(ValidationError, match="added"):
        DynamicDecoding(added=added)
