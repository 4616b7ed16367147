"""Fine-tuning with merged tokens: what is drawn, what learns, and where labels stay."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from evaluation_samples import write_records
from piece_models import SYLLABLES, piece_texts, save_piece_model

from lingraft.config.checking import check_block
from lingraft.config.dynamic import DynamicTraining
from lingraft.errors import ConfigError, InputError
from lingraft.evaluation.data.tag_files import Sentence
from lingraft.evaluation.fine_tuning.loop import fine_tune
from lingraft.evaluation.fine_tuning.reading import (
    SPACED,
    ExampleReading,
    TrainingReading,
    share_of,
)
from lingraft.evaluation.fine_tuning.recipe import Split
from lingraft.evaluation.fine_tuning.tagger import Tagger
from lingraft.evaluation.outcome import MODEL
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.ner import Ner
from lingraft.evaluation.tasks.text_classification import TextClassification
from lingraft.evaluation.tasks.xnli import Xnli

FAMILIES = ("bert", "xlm-r")
QUICK = {"epochs": 1, "batch_size": 8, "seeds": [1], "maximum_length": 48, "learning_rate": 1e-3}


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request, tmp_path_factory) -> Path:
    return save_piece_model(tmp_path_factory.mktemp("models") / request.param, request.param)


@pytest.fixture(scope="module")
def reviews(tmp_path_factory) -> Path:
    """Texts whose label is their punctuation."""
    folder = tmp_path_factory.mktemp("reviews")
    texts = list(dict.fromkeys(piece_texts(120, seed=7)))
    for name, part in (("train", texts[:40]), ("valid", texts[40:60]), ("test", texts[60:90])):
        records = [{"id": f"{name}{i}", "text": t, "label": t[-1]} for i, t in enumerate(part)]
        write_records(folder / f"{name}.jsonl", records)
    return folder


def sentences(count: int = 30) -> list[Sentence]:
    draw = random.Random(3)
    found = []
    for number in range(count):
        words = ["".join(draw.choices(SYLLABLES, k=draw.randint(1, 6))) for _ in range(4)]
        tags = tuple("B-X" if word.startswith(("b", "d", "k")) else "O" for word in words)
        found.append(Sentence(str(number), tuple(words), tags))
    return found


def test_shares_depend_on_seed_and_step_alone() -> None:
    uniform = np.array([share_of("uniform", 3, step) for step in range(2000)])
    assert uniform.tolist() == [share_of("uniform", 3, step) for step in range(2000)]
    np.testing.assert_allclose([uniform.mean(), uniform.std()], [1 / 2, 12**-0.5], atol=0.02)
    normal = np.array([share_of("gaussian", 3, step) for step in range(2000)])
    np.testing.assert_allclose([normal.mean(), normal.std()], [1 / 2, 1 / 6], atol=0.02)
    assert normal.min() >= 0 and normal.max() <= 1
    assert share_of("uniform", 4, 0) != uniform[0]
    assert share_of("none", 3, 5) == 0


def tagger_of(folder: Path, **dynamic) -> Tagger:
    """A tagger without any training."""
    settings = Ner(**QUICK, dynamic={"merges": "max", **dynamic})
    subject = ModelSubject(folder)
    split = Split(sentences(8), sentences(4), [])
    return Tagger.train(split, settings, subject, 1, None)


def test_a_batch_is_merged_until_the_share_is_saved(folder) -> None:
    tagger = tagger_of(folder)
    rows = tagger.encode(sentences())
    for step in range(6):
        settings = DynamicTraining(merges="max")
        reading = TrainingReading(tagger.model, tagger.tokenizer, settings, 5)
        with reading.batch(rows, step) as read:
            lengths = [len(row["input_ids"]) for row in read]
            assert all(len(set(map(len, row.values()))) == 1 for row in read)
            assert SPACED not in read[0]
        whole = sum(len(row["input_ids"]) for row in rows)
        most = whole - sum(len(row["input_ids"]) for row in reads_max(tagger, rows))
        share = share_of("uniform", 5, step)
        assert share * most <= whole - sum(lengths) <= share * most + len(rows) * 9


def reads_max(tagger: Tagger, rows):
    settings = DynamicTraining(merges="max", batch=10_000)
    return ExampleReading.of(tagger.model, tagger.tokenizer, settings).rows(rows)


def test_every_word_keeps_the_label_of_its_first_token(folder) -> None:
    tagger, items = tagger_of(folder, boundary="words"), sentences()
    number = {tag: i for i, tag in enumerate(tagger.tags)}
    for row, sentence in zip(reads_max(tagger, tagger.encode(items)), items, strict=True):
        kept = [label for label in row["labels"] if label != -100]
        assert kept == [number[tag] for tag in sentence.tags]
        assert [bool(flag) for flag in row[SPACED]] == [label != -100 for label in row["labels"]]
        assert len(row["input_ids"]) == len(sentence.words) + 2  # words of letters, all merged


def test_rows_of_pieces_learn_from_merged_strings(folder) -> None:
    tagger = tagger_of(folder)
    rows = tagger.encode(sentences(6))
    reading = TrainingReading(tagger.model, tagger.tokenizer, DynamicTraining(merges="max"), 5)
    step = max(range(20), key=lambda step: share_of("uniform", 5, step))
    from lingraft.evaluation.fine_tuning.loop import collate

    tagger.model.zero_grad()
    with reading.batch(rows, step) as read:
        batch = collate(read, tagger.tokenizer.pad_token_id, "cpu")
        tagger.model(**batch).loss.backward()
    whole = {unit for row in read for unit in row["input_ids"]}
    inside = {i for row in rows for i in row["input_ids"]} - whole
    gradient = tagger.model.get_input_embeddings().weight.grad
    assert all(gradient[i].abs().sum() > 0 for i in inside)


def test_a_killed_training_goes_on_to_the_same_weights(folder, tmp_path) -> None:
    class Killed(Exception):
        pass

    def stop(step: int, loss: float) -> None:
        if step == 5:
            raise Killed

    def trained(checkpoint, on_step=None):
        tagger = tagger_of(folder)
        settings = Ner(**{**QUICK, "epochs": 2}, dynamic={"merges": "max"}, selection="last")
        reading = TrainingReading(tagger.model, tagger.tokenizer, settings.dynamic, 2).batch
        fine_tune(
            tagger.model, tagger.encode(sentences(32)), lambda model: 0.0, settings, 2, 0,
            checkpoint=checkpoint, on_step=on_step, reading=reading,
        )  # fmt: skip
        return tagger.model.state_dict()

    expected = trained(None)
    with pytest.raises(Killed):
        trained(tmp_path / "c.pt", stop)
    again = trained(tmp_path / "c.pt")
    assert all(torch.equal(again[name], expected[name]) for name in expected)


@pytest.mark.parametrize("family", FAMILIES)
def test_one_training_is_tested_with_each_number_of_merges(family, reviews, tmp_path) -> None:
    folder = save_piece_model(tmp_path / "model", family)
    subject = ModelSubject(folder, data={"data": reviews}, state=tmp_path / "state")
    task = TextClassification(
        **QUICK, dynamic={"boundary": "words", "merges": [4, "max"], "sample": "none"}
    )
    found = task.measure(subject)
    plain = TextClassification(**QUICK).measure(subject)
    static = [s for s in found.scores if "merge" not in s.setting and s.setting]
    assert static == list(plain.scores)  # trained without merges, and read so
    values = {s.setting: s.value for s in found.scores if s.metric == "tokens_per_text"}
    assert list(values) == ["", "4 merges", "max merges"]
    lengths = list(values.values())
    assert lengths[0] > lengths[1] > lengths[2]
    accuracy = [s.setting for s in found.scores if s.metric == "accuracy" and s.system == MODEL]
    assert accuracy == ["in_language", "in_language, 4 merges", "in_language, max merges"]
    rows = [row for row in found.predictions if row["setting"].endswith("max merges")]
    assert len(rows) == 30


def test_pairs_are_merged_apart(folder, tmp_path) -> None:
    texts = piece_texts(40, seed=9)
    for name in ("train", "valid", "test"):
        records = [
            {"id": f"{name}{i}", "premise": t, "hypothesis": texts[-1 - i], "label": str(i % 3)}
            for i, t in enumerate(texts[:16])
        ]
        write_records(tmp_path / "nli" / f"{name}.jsonl", records)
    task = Xnli(**QUICK, dynamic={"boundary": "sentences", "merges": "max"})
    found = task.measure(ModelSubject(folder, data={"data": tmp_path / "nli"}))
    (shortest,) = (s.value for s in found.scores if s.setting == "max merges"
                   and s.metric == "tokens_per_text")  # fmt: skip
    special = 3 if "bert" in str(folder) else 4
    assert shortest == special + 2  # each text is one string
    assert any(s.setting.endswith("max merges") and s.metric == "accuracy" for s in found.scores)


def test_what_cannot_be_served_is_one_line(causal_model, reviews) -> None:
    with pytest.raises(ConfigError, match="sentences would make one string of several words"):
        check_block(Ner, {"dynamic": {"merges": 3, "boundary": "sentences"}}, "evaluation.ner")
    with pytest.raises(ConfigError, match="sample"):
        check_block(Ner, {"dynamic": {"merges": 3, "sample": "some"}}, "evaluation.ner")
    task = TextClassification(**QUICK, dynamic={"merges": 3})
    with pytest.raises(InputError, match="a gpt2 model is a decoder"):
        task.measure(ModelSubject(causal_model, data={"data": reviews}))


def test_the_largest_number_of_merges() -> None:
    assert DynamicTraining(merges=[3, 50, 20]).largest.merges == (50,)
    assert DynamicTraining(merges=[3, "max", 20]).largest.merges == ("max",)
