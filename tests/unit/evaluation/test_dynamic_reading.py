"""The key `dynamic` of a task: a row for each number of merges, and nothing new without it."""

import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from evaluation_samples import make_labelled_corpus, write_records
from piece_models import piece_texts, save_piece_model

from lingraft.artifacts import new_artifact
from lingraft.config.checking import check_block
from lingraft.config.dynamic import Dynamic
from lingraft.errors import ConfigError, InputError
from lingraft.evaluation.dynamic_reading import parts_of, setting_of
from lingraft.evaluation.measures.large_vocabulary import source_request
from lingraft.evaluation.outcome import MODEL
from lingraft.evaluation.results import predictions_path, read_predictions, read_result
from lingraft.evaluation.stage import run_task
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks import TASKS
from lingraft.evaluation.tasks.embedding_space import EmbeddingSpace
from lingraft.evaluation.tasks.limit import Limit
from lingraft.evaluation.tasks.mteb import Mteb
from lingraft.evaluation.tasks.reranking import Reranking
from lingraft.evaluation.tasks.retrieval import Retrieval
from lingraft.evaluation.tasks.topics import Topics
from lingraft.initialization.generation.stage import GeneratorInputs, train_generator
from lingraft.initialization.generation.trained import TrainedGenerator
from lingraft.initialization.generators.byte2word import Byte2Word
from lingraft.tokenizers.dynamic.merging import MergedString

DYNAMIC = {"boundary": "words", "merges": [5, "max"]}


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    return save_piece_model(tmp_path_factory.mktemp("models") / "xlm-r")


@pytest.fixture(scope="module")
def corpora(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("corpora")
    draw = random.Random(0)
    for name, seed in (("target", 3), ("pivot", 4)):
        texts = list(dict.fromkeys(piece_texts(80, seed)))[:50]
        records = [{"id": str(i), "text": t, "metadata": {}} for i, t in enumerate(texts)]
        draw.shuffle(records)
        for split in ("train", "valid"):
            write_records(folder / name / f"{split}.jsonl", records)
    return {name: folder / name for name in ("target", "pivot")}


def subject_of(model: Path, corpora: dict[str, Path], **given) -> ModelSubject:
    return ModelSubject(model, model, {"t": corpora["target"]}, {"t": corpora["pivot"]}, **given)


def test_a_row_for_each_number_of_merges_beside_the_one_without(model, corpora, tmp_path) -> None:
    task = Retrieval(query_model="same", dynamic=DYNAMIC)
    run_task(task, subject_of(model, corpora), tmp_path / "dynamic.json")
    plain = task.model_copy(update={"dynamic": None})
    run_task(plain, subject_of(model, corpora), tmp_path / "plain.json")
    result, static = read_result(tmp_path / "dynamic.json"), read_result(tmp_path / "plain.json")
    assert result.key != static.key
    direction = "pivot to target"
    settings = {s.setting for s in result.scores if s.metric == "accuracy@1" and s.system == MODEL}
    assert settings == {direction, f"{direction}, 5 merges", f"{direction}, max merges"}
    own = [s for s in result.scores if s.setting == direction]
    assert own == list(static.scores)
    costs = {
        s.setting: {o.metric: o.value for o in result.scores if o.setting == s.setting}
        for s in result.scores
        if s.metric == "tokens_per_text"
    }
    assert list(costs) == ["", "5 merges", "max merges"]
    lengths = [costs[label]["tokens_per_text"] for label in costs]
    assert lengths[0] > lengths[1] > lengths[2]
    for label, length in zip(costs, lengths, strict=True):
        assert costs[label]["length_saved"] == pytest.approx(1 - length / lengths[0])
        assert costs[label]["seconds_per_1000_texts"] > 0
        assert ("cache_hits" in costs[label]) == (label != "")
    records = list(read_predictions(predictions_path(tmp_path / "dynamic.json")))
    assert {row["setting"] for row in records} == settings
    assert sum(row["setting"] == f"{direction}, 5 merges" for row in records) == 50


def test_without_the_key_nothing_is_new(model, corpora, tmp_path) -> None:
    """Results that were made before it existed are still current."""
    for name, task in TASKS.items():
        if "dynamic" in task.model_fields:
            given = {"data": "x"} if "data" in task.model_fields else {}
            assert "dynamic" not in task.model_validate(given).model_dump(mode="json"), name
    run_task(Retrieval(), subject_of(model, corpora), tmp_path / "plain.json")
    result = read_result(tmp_path / "plain.json")
    assert "dynamic" not in result.settings
    assert not [score for score in result.scores if score.metric == "tokens_per_text"]


def test_a_source_model_reads_the_pivot_as_it_always_does(model, corpora) -> None:
    subject = subject_of(model, corpora)
    task = Retrieval(query_model="source", dynamic={"merges": "max"})
    found = task.measure(subject)
    lengths = {s.setting: s for s in found.scores if s.metric == "tokens_per_text"}
    assert {score.n for score in lengths.values()} == {50}  # the targets alone


@pytest.mark.parametrize(
    "task",
    [
        Reranking(sentences=10, candidates=4, query_model="same", dynamic=DYNAMIC),
        EmbeddingSpace(dynamic=DYNAMIC),
        Limit(documents=6, queries=15, dynamic=DYNAMIC),
    ],
    ids=lambda task: task.name,
)
def test_every_task_on_vectors_has_it(model, corpora, task) -> None:
    found = task.measure(subject_of(model, corpora))
    lengths = [s.value for s in found.scores if s.metric == "tokens_per_text"]
    assert len(lengths) == 3
    assert lengths[0] > lengths[1] > lengths[2]
    records = [row for row in found.predictions if row["language"] != "all"]
    assert any(row.get("setting", "").endswith("max merges") for row in records) or not records


def test_topics_and_mteb_have_it(model, tmp_path) -> None:
    corpus = make_labelled_corpus(tmp_path / "pages")
    subject = ModelSubject(model, corpora={"swh_Latn": corpus}, state=tmp_path / "state")
    found = Topics(modes=("in_language",), dynamic={"merges": 20}).measure(subject)
    assert {s.setting for s in found.scores if s.system == MODEL and s.metric == "accuracy"} == {
        "in-language",
        "in-language, 20 merges",
    }
    mteb = Mteb(local=("classification",), dynamic={"merges": 20})
    found = mteb.measure(subject)
    values = [s for s in found.scores if s.metric == "accuracy"]
    assert [s.setting for s in values if s.value is not None][-1].endswith("20 merges")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"merges": 0}, "0 is not a valid number of merges.*without merges the task is measured"),
        (
            {"merges": -3},
            "-3 is not a valid number of merges: write whole numbers from 1, or `max`",
        ),
        ({"merges": [5, "most"]}, "'most' is not a valid number of merges"),
        ({"merges": []}, "an empty list has no number of merges"),
        ({"merges": [5, 5]}, "5 is listed twice"),
        ({"merges": 2.5}, "2.5 is not a valid number of merges"),
        ({}, "merges"),
        ({"merges": 5, "boundary": "letters"}, "dynamic.boundary: .*'pretokens'.*got 'letters'"),
        ({"merges": 5, "sample": "uniform"}, "sample"),
    ],
)
def test_bad_values_are_one_line(given, message) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        check_block(Retrieval, {"dynamic": given}, "evaluation.retrieval")
    assert "\n" not in str(caught.value)


def test_a_decoder_is_one_line(causal_model, corpora, tmp_path) -> None:
    with pytest.raises(InputError, match="is a decoder"):
        run_task(
            Retrieval(dynamic={"merges": 3}), subject_of(causal_model, corpora), tmp_path / "r.json"
        )
    assert not (tmp_path / "r.json").exists()


def test_a_task_without_texts_of_an_encoder_refuses_the_key() -> None:
    for name in ("language_model", "efficiency", "tokenizer", "lexicon", "agreement"):
        given = {"dynamic": {"merges": 3}} | ({"data": "x"} if name == "agreement" else {})
        with pytest.raises(ConfigError, match="dynamic"):
            check_block(TASKS[name], given, f"evaluation.{name}")


def test_labels() -> None:
    assert [one.label for one in Dynamic(merges=[1, 7, "max"]).each()] == [
        "1 merge", "7 merges", "max merges",
    ]  # fmt: skip


@pytest.mark.parametrize("setting", ["", "pivot to target", "noise 0.1, 3 merges a day"])
def test_a_setting_comes_back_from_its_label(setting) -> None:
    assert parts_of(setting) == (setting, "")
    for one in Dynamic(merges=[1, 7, "max"]).each():
        assert parts_of(setting_of(setting, one.label)) == (setting, one.label)


@pytest.fixture(scope="module")
def generator(model, tmp_path_factory) -> Path:
    """A generator of rows that reads bytes, trained on the model of these tests."""
    folder = tmp_path_factory.mktemp("generators")
    with new_artifact(folder / "model", "model") as staging:
        shutil.copytree(model, staging, dirs_exist_ok=True)
    small = {"hidden": 8, "queries": 2, "heads": 2, "epochs": 1}
    settings = Byte2Word(method="byte2word", model="m", **small)
    train_generator(settings, GeneratorInputs(models={"m": folder / "model"}), folder / "bytes")
    return folder


def test_a_generator_makes_the_rows(generator, corpora, tmp_path) -> None:
    task = Retrieval(query_model="same", dynamic={"merges": "max", "embeddings": "bytes"})
    given = {"bytes": generator / "bytes"}
    subject = subject_of(generator / "model", corpora, generators=given)
    found = task.measure(subject)
    (merged,) = [s for s in found.scores if s.metric == "tokens_per_text" and s.setting]
    assert merged.setting == "max merges"
    one = next(task.dynamic.each())
    rows = subject._generated_rows(one)
    strings = [MergedString("▁badaka", (7, 8)), MergedString("kiti", (8, 9, 10))]
    maker = TrainedGenerator.load(generator / "bytes").beside(
        source_request(subject.model, subject.tokenizer)
    )
    expected = maker.of_texts([" badaka", "kiti"]).values["embeddings"]
    np.testing.assert_allclose(rows.make(strings), expected, rtol=1e-5)
    run_task(task, subject, tmp_path / "r.json")
    assert "generators/bytes" in read_result(tmp_path / "r.json").digests


def test_a_generator_is_read_once(generator, corpora, monkeypatch) -> None:
    """Its digests and those of the model's matrices cost more than the rows of a few strings."""
    read, load = [], TrainedGenerator.load

    def counted(folder: Path) -> TrainedGenerator:
        read.append(folder)
        return load(folder)

    monkeypatch.setattr(TrainedGenerator, "load", counted)
    task = EmbeddingSpace(dynamic={"merges": [2, "max"], "embeddings": "bytes"})
    given = {"bytes": generator / "bytes"}
    task.measure(subject_of(generator / "model", corpora, generators=given))
    assert read == [generator / "bytes"]


@pytest.mark.parametrize("name", ["bytes", "other"])
def test_a_generator_of_another_model_is_one_line(generator, tmp_path, corpora, name) -> None:
    other = save_piece_model(tmp_path / "other", "bert")
    subject = subject_of(other, corpora, generators={"bytes": generator / "bytes"})
    task = Retrieval(query_model="same", dynamic={"merges": 3, "embeddings": name})
    found = task.measure(subject)
    reason = "was trained for other rows" if name == "bytes" else "there is no generator other"
    assert [note for note in found.notes if reason in note and "\n" not in note]
    assert not [s for s in found.scores if s.setting.endswith("3 merges")]
    assert [s for s in found.scores if s.metric == "accuracy@1" and s.system == MODEL]
    with pytest.raises(InputError, match=reason):
        subject.read_with(task.dynamic)
