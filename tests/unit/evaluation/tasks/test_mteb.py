"""mteb: our encoder gives mteb's own scores, and no two models ever share one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import mteb
import pytest
from datasets import Dataset
from evaluation_samples import make_labelled_corpus as make_pages
from evaluation_samples import save_masked_model, sentences
from mteb import ResultCache
from mteb.mocks import mock_tasks

from lingraft.corpus.documents import Pair
from lingraft.corpus.records import draw
from lingraft.errors import ConfigError, InputError
from lingraft.evaluation.data.reading import held_out_pairs, without_repeats
from lingraft.evaluation.measures import mteb_tasks
from lingraft.evaluation.measures.mteb_runs import named_tasks, read_mteb_predictions, run_mteb_task
from lingraft.evaluation.measures.mteb_tasks import bitext_task, classification_task
from lingraft.evaluation.outcome import Outcome
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks import mteb as mteb_task
from lingraft.evaluation.tasks.mteb import Mteb
from lingraft.evaluation.tasks.retrieval import Retrieval
from lingraft.evaluation.tasks.topics import Topics

BITEXT = Mteb(local=("bitext",), pivot_model="same")
LANGUAGES = ("eng_Latn", "swh_Latn")


def pairs(count: int = 60) -> list[Pair]:
    sides = sentences(count, 8, 1), sentences(count, 8, 2)
    return [Pair(f"{i:03}", a, b) for i, (a, b) in enumerate(zip(*sides, strict=True))]


def task(revision: str = "1") -> Any:
    return bitext_task(pairs(), LANGUAGES, revision)


@pytest.fixture
def corpus_pair(make_corpus: Callable[..., Path]) -> tuple[dict[str, Path], dict[str, Path]]:
    rows = pairs()
    target = make_corpus("t", {pair.id: pair.target for pair in rows})
    pivot = make_corpus("p", {pair.id: pair.source for pair in rows})
    return {"swh_Latn": target}, {"swh_Latn": pivot}


def test_two_local_models_never_share_a_cached_score(masked_model: Path, tmp_path: Path) -> None:
    other = save_masked_model(tmp_path / "other", seed=7)
    encoders = [BITEXT.encoder(ModelSubject(folder)) for folder in (masked_model, other)]
    together = [run_mteb_task(task(), encoder, tmp_path / "shared") for encoder in encoders]
    alone = [
        run_mteb_task(task(), encoder, tmp_path / str(i)) for i, encoder in enumerate(encoders)
    ]
    assert together == alone
    assert together[0] != together[1]


def test_another_way_of_embedding_is_another_revision(masked_model: Path) -> None:
    subject = ModelSubject(masked_model)
    revisions = {
        settings.encoder(subject).revision
        for settings in (BITEXT, BITEXT.model_copy(update={"layer": 1}), Mteb(pooling="first"))
    }
    assert len(revisions) == 3


def test_scores_equal_mteb_on_sentence_transformers(masked_model: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer, models

    body = models.Transformer(str(masked_model), max_seq_length=32)
    reference = SentenceTransformer(modules=[body, models.Pooling(16)], device="cpu")
    result = mteb.evaluate(
        reference, task(), cache=None, co2_tracker=False, show_progress_bar=False
    )
    (score,) = run_mteb_task(task(), BITEXT.encoder(ModelSubject(masked_model)), tmp_path).scores
    assert score.value == pytest.approx(result.task_results[0].get_score(), abs=1e-6)
    assert score.metric == "f1"
    assert score.n == 60


def test_our_accuracy_is_that_of_mteb(
    masked_model: Path, tmp_path: Path, corpus_pair: tuple[dict[str, Path], dict[str, Path]]
) -> None:
    subject = ModelSubject(masked_model, corpora=corpus_pair[0], pivots=corpus_pair[1])
    settings = Retrieval(query_model="same", sentences=40)
    ours = settings.evaluate(subject)
    accuracy = next(s.value for s in ours.scores if s.metric == "accuracy@1")
    chosen = draw(
        without_repeats(held_out_pairs(corpus_pair[0]["swh_Latn"], corpus_pair[1]["swh_Latn"])), 40
    )
    result = mteb.evaluate(
        BITEXT.encoder(subject),
        bitext_task(chosen, LANGUAGES, "1"),
        cache=ResultCache(cache_path=tmp_path),
        co2_tracker=False,
        show_progress_bar=False,
    )
    (row,) = result.task_results[0].scores["test"]
    assert row["accuracy"] == pytest.approx(accuracy)


def test_local_tasks_are_measured_with_predictions(masked_model: Path, tmp_path: Path) -> None:
    corpus = make_pages(tmp_path / "c")
    subject = ModelSubject(masked_model, corpora={"swh_Latn": corpus}, pivots={"swh_Latn": corpus})
    outcome = Mteb(pivot_model="same").evaluate(subject)
    found = {score.setting: score for score in outcome.scores}
    # The pivot is the corpus itself, so every line finds itself.
    assert found["LocalBitext_eng_Latn_swh_Latn"].value == 1
    assert (found["LocalTopics_swh_Latn"].value or 0) > 0.5
    rows = [row for row in outcome.predictions if row["task"] == "LocalTopics_swh_Latn"]
    assert len(rows) == found["LocalTopics_swh_Latn"].n == 21
    assert len(rows[0]["prediction"]) == 10


def test_columns_as_lists_change_no_score(
    masked_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train, test = (
        [*Topics().pages(make_pages(tmp_path / "c"), s, None)] for s in ("train", "valid")
    )
    encoder = Mteb(local=("classification",)).encoder(ModelSubject(masked_model))

    def run(folder: str) -> Outcome:
        labelled = classification_task(train, test, "swh_Latn", "1")
        return run_mteb_task(labelled, encoder, tmp_path / folder)

    lists = run("lists")
    monkeypatch.setattr(mteb_tasks, "_Rows", Dataset)
    assert run("columns") == lists
    assert len(lists.predictions) == len(test)


def test_a_killed_run_resumes_and_stale_scores_are_not_reused(
    masked_model: Path,
    tmp_path: Path,
    corpus_pair: tuple[dict[str, Path], dict[str, Path]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    subject = ModelSubject(
        masked_model, corpora=corpus_pair[0], pivots=corpus_pair[1], state=tmp_path / "state"
    )
    first = BITEXT.evaluate(subject)
    embedded = []
    embed = type(subject.embedder).embed

    def recorded(self: Any, texts: Any, how: Any) -> Any:
        embedded.append(len(texts))
        return embed(self, texts, how)

    monkeypatch.setattr(type(subject.embedder), "embed", recorded)
    again = BITEXT.evaluate(subject)
    assert (again.scores, again.predictions) == (first.scores, first.predictions)
    assert embedded == []
    monkeypatch.setattr(mteb_task, "version", lambda package: "2.0.0")
    BITEXT.evaluate(subject)
    assert embedded != []


def test_corpora_without_data_or_language_say_so(
    masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    corpora = {
        "swh_Latn": make_corpus("e", {}, train={}),
        "nonsense": make_corpus("n", {}, train={}),
    }
    outcome = Mteb().evaluate(ModelSubject(masked_model, corpora=corpora))
    assert [score.value for score in outcome.scores] == [None, None, None]
    assert len(outcome.notes) == 3


def test_named_tasks_come_from_the_catalogue() -> None:
    (found,) = named_tasks(["SIB200Classification.v3"], None, ["swh"])
    assert found.metadata.name == "SIB200Classification.v3"
    with pytest.raises(ConfigError, match="NoSuchTask"):
        named_tasks(["NoSuchTask"], None, [])


def test_data_that_is_not_there_is_an_error_of_one_line(
    masked_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*args: object, **rest: object) -> None:
        raise ConnectionError("Couldn't reach the hub")

    monkeypatch.setattr(mteb, "evaluate", unreachable)
    (found,) = named_tasks(["SIB200Classification.v3"], None, ["swh"])
    with pytest.raises(InputError, match="local Hugging Face cache"):
        run_mteb_task(found, BITEXT.encoder(ModelSubject(masked_model)), tmp_path)


def test_benchmarks_are_narrowed_to_languages_and_limit_is_there() -> None:
    found = named_tasks([], "MTEB(Multilingual, v2)", ["swh"])
    names = {task.metadata.name for task in found}
    assert names >= {"Tatoeba", "SIB200ClusteringS2S", "BelebeleRetrieval"}
    assert len(names) < 20  # of 131
    (limit,) = named_tasks(["LIMITSmallRetrieval"], None, [])
    assert limit.metadata.type == "Retrieval"
    with pytest.raises(ConfigError, match="NoSuchBenchmark"):
        named_tasks([], "NoSuchBenchmark", [])


@pytest.mark.parametrize(
    "kind",
    [
        "BitextMining",
        "Classification",
        "InstructionReranking",
        "MultilabelClassification",
        "PairClassification",
        "Reranking",
        "Retrieval",
        "STS",
    ],
)
def test_tasks_of_every_type_run_through_our_encoder(
    masked_model: Path, tmp_path: Path, kind: str
) -> None:
    name = f"Mock{kind}" + ("Task" if hasattr(mock_tasks, f"Mock{kind}Task") else "")
    task = getattr(mock_tasks, name)()
    encoder = Mteb().encoder(ModelSubject(masked_model))
    scores = run_mteb_task(task, encoder, tmp_path).scores
    assert scores
    assert all(score.value is not None for score in scores)
    assert list(read_mteb_predictions(tmp_path / "predictions" / task.prediction_file_name))
