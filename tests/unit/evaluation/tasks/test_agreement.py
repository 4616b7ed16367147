"""The agreement task: scores from models that know the answer, rows beside them, records."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from evaluation_samples import save_causal_model, write_records
from transformers import AutoModelForCausalLM

from lingraft.artifacts import new_artifact
from lingraft.config.datasets import AgreementDataset, LabelledDataset
from lingraft.evaluation.data.stage import prepare_dataset
from lingraft.evaluation.outcome import MODEL, Outcome
from lingraft.evaluation.results import read_result
from lingraft.evaluation.stage import run_task
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.agreement import NOT_LONGER, Agreement
from lingraft.reporting.findings.example_sums import example_sums, read_groups

TASK = Agreement(data="pairs")
LANGUAGE = "swh_Latn"


def values(outcome: Outcome, metric: str = "accuracy", setting: str = "") -> dict[str, Any]:
    own = (s for s in outcome.scores if (s.metric, s.setting) == (metric, setting))
    return {score.system: score.value for score in own}


def write_pairs(folder: Path, pairs: Sequence[Mapping[str, str]], language: str = LANGUAGE) -> Path:
    write_records(folder / language / "test.jsonl", [dict(pair) for pair in pairs])
    return folder


@pytest.fixture
def knowing(tmp_path: Path) -> Path:
    """A causal model to which w1 is likelier than all other words, wherever it stands."""
    folder = save_causal_model(tmp_path / "knowing")
    model = AutoModelForCausalLM.from_pretrained(folder)
    with torch.no_grad():
        model.transformer.ln_f.weight.zero_()
        model.transformer.ln_f.bias.copy_(10 * model.lm_head.weight[2 + 1])
    model.save_pretrained(folder)
    return folder


@pytest.fixture
def subject(knowing: Path, tmp_path: Path, make_corpus: Callable[..., Path]) -> ModelSubject:
    """Its corpus has w2 more often than w1."""
    corpus = make_corpus(LANGUAGE, {"1": "w1"}, train={"2": "w2 w2 w2 w1"})
    pairs = [
        {"id": "a", "right": "w3 w1", "wrong": "w3 w2", "kind": "number"},
        {"id": "b", "right": "w4 w1", "wrong": "w4 w2", "kind": "number"},
        {"id": "c", "right": "w3 w2", "wrong": "w3 w1", "kind": "person"},
        {"id": "d", "right": "unknown", "wrong": "words"},
        {"id": "e", "right": "w3 w1", "wrong": "w3 w1 w2"},
    ]
    data = {"pairs": write_pairs(tmp_path / "data", pairs)}
    return ModelSubject(knowing, corpora={LANGUAGE: corpus}, data=data, state=tmp_path / "state")


def test_the_likelier_sentence_is_chosen(subject: ModelSubject) -> None:
    found = TASK.evaluate(subject)
    # Two right ones, a wrong one, one that the tokenizer does not tell apart, and a longer one.
    assert values(found) == {
        "chance": 0.5, MODEL: 3.5 / 5, "uniform": 3 / 5, "unigram": 2.5 / 5, "bigram": 2.5 / 5
    }  # fmt: skip
    assert values(found, "kind_accuracy", NOT_LONGER) == {
        MODEL: 2.5 / 4, "uniform": 0.5, "unigram": 1.5 / 4, "bigram": 1.5 / 4
    }  # fmt: skip
    assert values(found, "kind_accuracy", "number")[MODEL] == 1
    assert values(found, "kind_accuracy", "person") == {
        MODEL: 0, "uniform": 0.5, "unigram": 1, "bigram": 1
    }  # fmt: skip
    assert [note for note in found.notes if "only 5 pairs" in note]
    assert TASK.evaluate(subject) == found


def test_scores_follow_from_the_records(subject: ModelSubject, tmp_path: Path) -> None:
    path = run_task(TASK, subject, tmp_path / "agreement.json")
    scores = read_result(path).scores
    for system in (MODEL, "unigram"):
        groups = read_groups(path.with_suffix(".predictions.jsonl.zst"), system)
        own = [score for score in scores if score.system == system]
        assert {(s.metric, s.setting) for s in own} == {
            ("accuracy", ""), ("kind_accuracy", "number"), ("kind_accuracy", "person"),
            ("kind_accuracy", NOT_LONGER),
        }  # fmt: skip
        for score in own:
            sums = example_sums("agreement", score.metric, groups[LANGUAGE, score.setting, None])
            assert sums is not None
            assert (sums.score, len(sums.ids)) == (pytest.approx(score.value), score.n)


def test_the_source_model_is_a_row_that_is_scored_once(
    subject: ModelSubject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = save_causal_model(tmp_path / "source", seed=3)
    alone = TASK.evaluate(ModelSubject(source, corpora=subject.corpora, data=subject.data))
    subject.source_model = source
    found = TASK.evaluate(subject)
    assert values(found)["source model"] == values(alone)[MODEL]
    assert len([r for r in found.predictions if r["system"] == "source model"]) == 5 + 3 + 4
    monkeypatch.setattr(ModelSubject, "_load", None)  # a second model asks the state
    again = ModelSubject(
        subject.folder, source_model=source, corpora=subject.corpora, data=subject.data,
        state=subject.state,
    )  # fmt: skip
    again.model = subject.model
    assert TASK.evaluate(again) == found


def test_a_masked_model_is_measured_too(subject: ModelSubject, masked_model: Path) -> None:
    masked = ModelSubject(masked_model, corpora=subject.corpora, data=subject.data)
    assert values(TASK.evaluate(masked)).keys() == {
        "chance", MODEL, "uniform", "unigram", "bigram"
    }  # fmt: skip


def test_only_languages_that_the_model_learns(subject: ModelSubject, knowing: Path) -> None:
    write_pairs(subject.data["pairs"], [{"right": "w1", "wrong": "w2"}], "tur_Latn")
    assert {score.language for score in TASK.evaluate(subject).scores} == {LANGUAGE}
    by_hand = ModelSubject(knowing, data=subject.data)  # no corpus says what it learns
    found = TASK.evaluate(by_hand)
    assert {score.language for score in found.scores} == {LANGUAGE, "tur_Latn"}
    assert values(found).keys() == {"chance", MODEL}


def test_a_language_without_pairs_is_named(subject: ModelSubject, tmp_path: Path) -> None:
    subject.data = {"pairs": write_pairs(tmp_path / "other", [], "tur_Latn")}
    [score] = TASK.evaluate(subject).scores
    assert (score.value, score.note) == (None, "pairs has no pairs of it")
    subject.data = {"pairs": write_pairs(tmp_path / "none", [])}
    assert TASK.evaluate(subject).notes == [f"{LANGUAGE}: pairs has no pairs"]


def download(folder: Path, name: str, content: str) -> Path:
    with new_artifact(folder, "download", facts={"license": "CC0-1.0"}) as staging:
        (staging / "files").mkdir()
        (staging / "files" / name).write_text(content, "utf-8")
    return folder


def test_a_treebank_and_published_lists_become_pairs(
    knowing: Path, tmp_path: Path, make_corpus: Callable[..., Path]
) -> None:
    def row(subject: str, verb: str, number: str) -> str:
        first = f"1\t{subject}\tw3\tNOUN\t_\tNumber={number}\t2\tnsubj\t_\t_\n"
        return f"{first}2\t{verb}\tw1\tVERB\t_\tNumber={number}\t0\troot\t_\t_\n\n"

    treebank = row("w3", "w1", "Sing") + row("w4", "w2", "Plur")
    source = download(tmp_path / "d", "sw.conllu", treebank)
    languages = {LANGUAGE: "sw"}
    cut = AgreementDataset(
        source="s", format="agreement", languages=languages, files="{code}.conllu"
    )
    prepare_dataset(cut, source, tmp_path / "cut")
    published = "sen\twrong_sen\tphenomenon\nw3 w1\tw3 w2\tSV-#\n"
    source = download(tmp_path / "e", "sw.tsv", published)
    listed = LabelledDataset(
        source="s", format="records", languages=languages, test="{code}.tsv",
        columns={"right": "sen", "wrong": "wrong_sen", "kind": "phenomenon"},
    )  # fmt: skip
    prepare_dataset(listed, source, tmp_path / "listed")
    corpora = {LANGUAGE: make_corpus(LANGUAGE, {"1": "w1"})}
    for name, share in (("cut", 0.5), ("listed", 1)):
        subject = ModelSubject(knowing, corpora=corpora, data={"pairs": tmp_path / name})
        assert values(TASK.evaluate(subject))[MODEL] == share
