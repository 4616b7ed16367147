"""Topic classification: labels masked, trivial baselines beside it, gaps named."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evaluation_samples import LABELS, make_labelled_corpus, make_pages, write_records
from sklearn.metrics import accuracy_score, f1_score

from lingraft.evaluation.data.reading import Example
from lingraft.evaluation.measures import probes
from lingraft.evaluation.measures.probes import macro_f1, majority, ngram_classifier, probe
from lingraft.evaluation.outcome import MODEL, Outcome
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.topics import Topics


def test_pages_are_joined_masked_and_cut(tmp_path: Path) -> None:
    metadata = {"topic": "scalc", "group": "p"}
    write_records(
        tmp_path / "valid.jsonl",
        [
            {"id": "1", "text": "Open LibreOffice Calc now", "metadata": metadata},
            {"id": "2", "text": "在Calc中, Calculate", "metadata": metadata},
            {"id": "3", "text": "general", "metadata": {"topic": "shared", "group": "q"}},
            {"id": "4", "text": "no label", "metadata": {}},
        ],
    )
    (page,) = Topics().pages(tmp_path, "valid", None)
    assert (page.id, page.label) == ("p", "scalc")
    assert page.text == "Open   now 在中, Calculate"
    assert Topics(characters=4).pages(tmp_path, "valid", None)[0].text == "Open"
    assert "Calc" in Topics(masked_words=()).pages(tmp_path, "valid", None)[0].text


def test_separable_pages_are_classified_and_scores_equal_scikit_learn(
    masked_model: Path, tmp_path: Path
) -> None:
    corpus = make_labelled_corpus(tmp_path / "c")
    subject = ModelSubject(masked_model, corpora={"swh_Latn": corpus}, pivots={"swh_Latn": corpus})
    outcome = Topics(pivot_model="same").evaluate(subject)
    for setting in ("zero-shot from the pivot", "in-language"):
        rows = [
            row
            for row in outcome.predictions
            if row["setting"] == setting and row["system"] == MODEL
        ]
        gold = [row["gold"] for row in rows]
        predicted = [row["predicted"] for row in rows]
        scores = [s for s in outcome.scores if (s.setting, s.system) == (setting, MODEL)]
        found = {score.metric: score.value for score in scores}
        assert found["accuracy"] == pytest.approx(accuracy_score(gold, predicted))
        assert found["macro_f1"] == pytest.approx(f1_score(gold, predicted, average="macro"))
        assert (found["accuracy"] or 0) > 0.6
    chance = {s.value for s in outcome.scores if s.system == "majority" and s.metric == "accuracy"}
    assert list(chance) == [pytest.approx(1 / 3)]


def test_labels_missing_from_training_count_as_errors_and_are_named(
    masked_model: Path, tmp_path: Path
) -> None:
    corpus = make_pages(tmp_path / "c", "train", 30, LABELS[:2])
    make_pages(corpus, "valid", 30)
    subject = ModelSubject(masked_model, corpora={"swh_Latn": corpus})
    outcome = Topics(modes=("in_language",)).evaluate(subject)
    assert any("10 test pages have labels that training lacks (writer)" in n for n in outcome.notes)
    rows = [row for row in outcome.predictions if row["gold"] == "writer"]
    assert all(row["predicted"] != "writer" for row in rows)


@pytest.mark.parametrize(("train", "valid"), [(0, 6), (6, 0), (1, 6)])
def test_languages_without_pages_say_so(
    masked_model: Path, tmp_path: Path, train: int, valid: int
) -> None:
    corpus = make_pages(tmp_path / "c", "train", train)
    make_pages(corpus, "valid", valid)
    subject = ModelSubject(masked_model, corpora={"swh_Latn": corpus})
    outcome = Topics(modes=("in_language",)).evaluate(subject)
    assert [score.value for score in outcome.scores] == [None]
    assert outcome.notes


def test_classifiers_of_one_label_return_it() -> None:
    vectors_NE = np.ones((2, 3), dtype=np.float32)
    assert probe(vectors_NE, ["a", "a"], vectors_NE) == ["a", "a"]
    assert ngram_classifier(["x", "y"], ["a", "a"], ["z"]) == ["a"]


def test_majority_breaks_ties_by_name() -> None:
    assert majority(["b", "a", "b", "a"], 2) == ["a", "a"]


def test_macro_f1_is_over_the_whole_set_and_its_labels() -> None:
    assert macro_f1(["a", "a", "b"], ["a", "c", "b"]) == pytest.approx((2 / 3 + 1) / 2)


def test_trivial_classifiers_run_once_for_all_models(
    masked_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, calls = make_labelled_corpus(tmp_path / "c"), []
    original = probes.ngram_classifier
    monkeypatch.setattr(probes, "ngram_classifier", lambda *a: calls.append(a) or original(*a))

    def run() -> Outcome:
        subject = ModelSubject(masked_model, corpora={"swh_Latn": corpus}, state=tmp_path / "state")
        return Topics(modes=("in_language",)).evaluate(subject)

    assert run() == run()
    assert len(calls) == 1
    make_pages(corpus, "train", 30, seed=7)
    run()
    assert len(calls) == 2


def test_pages_are_read_once_for_all_models(
    masked_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, reads = make_labelled_corpus(tmp_path / "c"), []
    original = Topics.pages

    def recorded(self: Topics, folder: Path, split: str, count: int | None) -> list[Example]:
        reads.append(split)
        return original(self, folder, split, count)

    monkeypatch.setattr(Topics, "pages", recorded)

    def run(state: Path | None, **settings: Any) -> Outcome:
        given = {"swh_Latn": corpus}
        subject = ModelSubject(masked_model, corpora=given, pivots=given, state=state)
        return Topics(pivot_model="same", **settings).evaluate(subject)

    alone = run(None)
    reads.clear()
    assert [run(tmp_path / "state") for _ in range(3)] == [alone] * 3
    assert sorted(reads) == ["train", "valid"]  # the pivot is the same corpus
    run(tmp_path / "state", characters=20)
    make_pages(corpus, "valid", 12, seed=7)
    run(tmp_path / "state")
    assert sorted(reads) == ["train"] * 3 + ["valid"] * 3


def test_pages_that_are_cut_are_counted(masked_model: Path, tmp_path: Path) -> None:
    corpora = {"swh_Latn": make_labelled_corpus(tmp_path / "c")}
    settings = Topics(modes=("in_language",), maximum_length=5)
    outcome = settings.evaluate(ModelSubject(masked_model, corpora=corpora))
    assert outcome.notes == ["swh_Latn: 21 of 21 pages were longer than is read"]


def test_languages_that_are_not_asked_for_are_passed_over(
    masked_model: Path, tmp_path: Path
) -> None:
    corpora = {"swh_Latn": make_labelled_corpus(tmp_path / "c"), "zho_Hans": tmp_path / "none"}
    subject = ModelSubject(masked_model, corpora=corpora)
    outcome = Topics(modes=("in_language",), languages=("swh_Latn",)).evaluate(subject)
    assert {score.language for score in outcome.scores} == {"swh_Latn"}


def test_labels_that_are_no_topic_are_the_users(tmp_path: Path) -> None:
    corpus = make_labelled_corpus(tmp_path / "c")
    labels = {page.label for page in Topics().pages(corpus, "valid", None)}
    assert labels == set(LABELS)
    found = Topics(excluded_labels=LABELS[:1]).pages(corpus, "valid", None)
    assert {page.label for page in found} == set(LABELS[1:])


def test_pages_are_drawn_to_the_numbers_asked_for(masked_model: Path, tmp_path: Path) -> None:
    subject = ModelSubject(masked_model, corpora={"swh_Latn": make_labelled_corpus(tmp_path / "c")})
    few = Topics(modes=("in_language",), train_pages=9, test_pages=5).evaluate(subject)
    assert len({row["id"] for row in few.predictions}) == 5
    all_trained = Topics(modes=("in_language",), train_pages=None, test_pages=5).evaluate(subject)
    assert few.predictions != all_trained.predictions
