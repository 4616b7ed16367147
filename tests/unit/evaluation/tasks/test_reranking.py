"""Reranking: lists from pairs and own lists, by the plain and by the listwise query."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evaluation_samples import save_masked_model, sentences, write_records

from lingraft.evaluation.data.ranked_lists import RankedList
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.evaluation.measures.listwise import listwise_prompt
from lingraft.evaluation.outcome import MODEL, Outcome
from lingraft.evaluation.results import read_result
from lingraft.evaluation.stage import run_task
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.reranking import LISTWISE, PLAIN, Reranking
from lingraft.numeric.arrays import Float32
from lingraft.reporting.findings.example_sums import example_sums, read_groups

SAME = Reranking(query_model="same", sentences=30, candidates=5)


def texts(seed: int, count: int = 40) -> dict[str, str]:
    return {str(i): text for i, text in enumerate(sentences(count, 8, seed))}


def values(outcome: Outcome, setting: str = PLAIN, system: str = MODEL) -> dict[str, float | None]:
    own = (s for s in outcome.scores if (s.setting, s.system) == (setting, system))
    return {score.metric: score.value for score in own}


def test_translations_that_are_copies_come_first(
    masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    corpus, pivot = make_corpus("t", texts(0)), make_corpus("p", texts(0))
    subject = ModelSubject(masked_model, corpora={"t": corpus}, pivots={"t": pivot})
    found = SAME.evaluate(subject)
    assert values(found) == {"ndcg@10": 1, "mean_reciprocal_rank": 1}
    assert values(found, system="copied tokens") == {"ndcg@10": 1, "mean_reciprocal_rank": 1}
    assert set(values(found, LISTWISE)) == {"ndcg@10", "mean_reciprocal_rank"}
    assert {score.n for score in found.scores} == {30}


@pytest.mark.parametrize("first_stage", ["ngrams", "source"])
def test_lists_are_the_same_for_all_models(
    masked_model: Path,
    make_corpus: Callable[..., Path],
    tmp_path: Path,
    first_stage: Any,
) -> None:
    corpora = {"t": make_corpus("t", texts(1))}, {"t": make_corpus("p", texts(2))}
    other = save_masked_model(tmp_path / "other", seed=5)
    task = Reranking(first_stage=first_stage, sentences=30, candidates=5)
    made = []
    for model in (masked_model, other):
        [(_, lists)] = task.lists(ModelSubject(model, masked_model, *corpora))
        made.append(lists)
    assert made[0] == made[1]
    for found in made[0]:
        assert (len(found.documents), sorted(found.relevance)) == (5, [0, 0, 0, 0, 1])
        assert found.documents[found.relevance.index(1)] == texts(1)[found.id]
    places = [found.relevance.index(1) for found in made[0]]
    assert len(set(places)) > 2  # the place of the right one says nothing


def test_scores_follow_from_the_records(
    masked_model: Path, make_corpus: Callable[..., Path], tmp_path: Path
) -> None:
    corpora = {"t": make_corpus("t", texts(1))}, {"t": make_corpus("p", texts(2))}
    subject = ModelSubject(masked_model, None, *corpora)
    task = SAME.model_copy(update={"cutoffs": (1, 3)})
    path = run_task(task, subject, tmp_path / "reranking.json")
    groups = read_groups(path.with_suffix(".predictions.jsonl.zst"))
    found = task.evaluate(subject)
    for setting in (PLAIN, LISTWISE):
        records = groups["t", setting, None]
        assert set(values(found, setting)) == {"ndcg@1", "ndcg@3", "mean_reciprocal_rank"}
        for metric, value in values(found, setting).items():
            sums = example_sums("reranking", metric, records)
            assert sums is not None and sums.score == pytest.approx(value)


class Reader:
    """An embedder that understands only a prompt: it points at the longest of its documents."""

    def embed(self, given: Sequence[str], how: Embedding) -> Float32:
        return np.stack([self._vector(text) for text in given])

    def for_queries(self) -> "Reader":
        return self

    def plain(self) -> "Reader":
        return self

    def count_cut(self, given: Sequence[str], how: Embedding) -> int:
        return 0

    def _vector(self, text: str) -> Float32:
        numbered = [line[4:] for line in text.splitlines() if line.startswith("[")]
        angle = len(max(numbered, key=len)) if numbered else len(text)
        return np.array([np.cos(angle / 20), np.sin(angle / 20)], dtype=np.float32)


def test_a_model_that_reads_the_candidates_wins_by_the_listwise_query(tmp_path: Path) -> None:
    """Which document is right depends on the others alone; the plain query cannot know it."""
    lists = [
        {"query": "x", "documents": ["a" * n, "b" * 5 * n, "c"], "relevance": [0, 1, 0]}
        for n in (1, 2, 3, 4)
    ]
    write_records(tmp_path / "lists" / "swh_Latn" / "test.jsonl", lists)
    subject = ModelSubject(tmp_path, data={"own": tmp_path / "lists"})
    subject.embedder = Reader()  # type: ignore[assignment]
    found = Reranking(data="own").evaluate(subject)
    assert values(found, LISTWISE) == {"ndcg@10": 1, "mean_reciprocal_rank": 1}
    assert (values(found)["ndcg@10"] or 0) < 0.7
    assert {(s.language, s.split) for s in found.scores} == {("swh_Latn", "test")}
    assert Reranking(data="own").protocol() == "reranking/lists"


class Prompted(Reader):
    """Keeps which texts were embedded in which role."""

    def __init__(self, role: str = "document", seen: dict[str, list[str]] | None = None) -> None:
        self.role = role
        self.seen: dict[str, list[str]] = {} if seen is None else seen

    def for_queries(self) -> "Prompted":
        return Prompted("query", self.seen)

    def plain(self) -> "Prompted":
        return Prompted("plain", self.seen)

    def embed(self, given: Sequence[str], how: Embedding) -> Float32:
        self.seen.setdefault(self.role, []).extend(given)
        return super().embed(given, how)


def test_an_encoders_own_prompts_stand_before_all_but_the_listwise_one(tmp_path: Path) -> None:
    record = {"query": "who", "documents": ["a", "b"], "relevance": [0, 1]}
    write_records(tmp_path / "lists" / "swh_Latn" / "test.jsonl", [record])
    subject = ModelSubject(tmp_path, data={"own": tmp_path / "lists"})
    encoder = Prompted()
    subject.embedder = encoder  # type: ignore[assignment]
    Reranking(data="own").evaluate(subject)
    prompt = listwise_prompt("who", ["a", "b"])
    assert encoder.seen == {"document": ["a", "b"], "query": ["who"], "plain": [prompt]}


def test_the_prompt_is_that_of_the_settings() -> None:
    task = Reranking(instruction="Order", document_characters=3)
    lists = [RankedList("1", "who", ("abcdef", "xyz"), (1, 0))]
    assert task._prompts(lists) == [listwise_prompt("who", ["abc", "xyz"], "Order")]
    assert "abcdef" in Reranking(document_characters=None)._prompts(lists)[0]


def test_a_language_without_pairs_and_prompts_that_were_cut_are_said(
    masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    corpora = {"t": make_corpus("t", texts(1, 5)), "alone": make_corpus("a", texts(3))}
    pivots = {"t": make_corpus("p", texts(2, 5))}
    found = SAME.evaluate(ModelSubject(masked_model, corpora=corpora, pivots=pivots))
    assert any("prompts were cut, so their queries were not read" in note for note in found.notes)
    [gap] = [score for score in found.scores if score.language == "alone"]
    assert (gap.metric, gap.value) == ("ndcg@10", None)
    assert "no two usable held-out pairs" in gap.note


def test_datasets_of_other_tasks_change_nothing(
    masked_model: Path, make_corpus: Callable[..., Path], tmp_path: Path
) -> None:
    corpora = {"t": make_corpus("t", texts(1))}, {"t": make_corpus("p", texts(1))}
    write_records(tmp_path / "other" / "swh_Latn" / "test.jsonl", [{"text": "a", "label": "b"}])
    keys = []
    for data in ({}, {"other": tmp_path / "other"}):
        subject = ModelSubject(masked_model, None, *corpora, data=data)
        keys.append(read_result(run_task(SAME, subject, tmp_path / "r.json")).key)
    assert keys[0] == keys[1]
