"""What a study shows: means, the leading method against each other one, and who is never worse."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import configuration, write_results

from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.findings.across_languages import StudyAnswer, answers, tally
from lingraft.reporting.findings.cells import Cells
from lingraft.reporting.findings.comparing import find
from lingraft.reporting.findings.finding import ALL, Finding
from lingraft.reporting.findings.leading import Standings
from lingraft.reporting.findings.studies import studies

LANGUAGES = {
    "swahili": ["swh_Latn"],
    "chinese": ["zho_Hans"],
    "hindi": ["hin_Deva"],
    "oromo": ["orm_Latn"],
    "welsh": ["cym_Latn"],
}
NAMES = ("random", "mean", "wechsel", "trans-tokenization")


def asked(config: Config, results: Path) -> tuple[list[Finding], list[StudyAnswer]]:
    collection = collect(config, results)
    cells = Cells(collection)
    findings = find(config, cells)
    [study] = studies(config, collection)
    return findings, answers(config, cells, Standings(config, cells, findings), study)


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, Path]:
    """Five languages; the last has no trans-tokenization."""
    config = configuration(LANGUAGES, NAMES)
    welsh = config.runs["welsh"].model_copy(update={"initializations": list(NAMES[:3])})
    config = config.model_copy(update={"runs": {**config.runs, "welsh": welsh}})
    return config, write_results(config, tmp_path_factory.mktemp("across"), 40, 60)


@pytest.fixture(scope="module")
def shown(experiment: tuple[Config, Path]) -> tuple[list[Finding], list[StudyAnswer]]:
    return asked(*experiment)


def answer_of(found: list[StudyAnswer], metric: str, step: str) -> StudyAnswer:
    [answer] = [a for a in found if (a.question.metric, a.question.step) == (metric, step)]
    return answer


def test_every_headline_metric_is_answered_at_every_step(
    shown: tuple[list[Finding], list[StudyAnswer]],
) -> None:
    metrics = ["bits_per_byte", "accuracy@1", "accuracy@10"]
    assert [(a.question.step, a.question.metric) for a in shown[1]] == [
        (step, metric) for step in ("initialized", "pretrained") for metric in metrics
    ]


def test_means_are_over_the_languages_that_all_methods_have(
    shown: tuple[list[Finding], list[StudyAnswer]],
) -> None:
    findings, found = shown
    answer = answer_of(found, "bits_per_byte", "initialized")
    assert sorted(each.run for each in answer.common) == ["chinese", "hindi", "oromo", "swahili"]
    for name, mean in answer.means.items():
        own = [
            f.mean
            for f in findings
            if f.initialization == name and f.criterion.run != "welsh" and f.mean is not None
            if (f.criterion.metric, f.criterion.step) == ("bits_per_byte", "initialized")
        ]
        assert len(own) == 4
        assert mean.mean == pytest.approx(np.mean(own))
    values = [mean.mean or 0.0 for mean in answer.means.values()]
    assert values == sorted(values)
    assert answer.leading == "trans-tokenization"


def test_the_leading_method_is_paired_with_every_other_in_every_language(
    shown: tuple[list[Finding], list[StudyAnswer]],
) -> None:
    answer = answer_of(shown[1], "bits_per_byte", "initialized")
    assert [rivalry.other for rivalry in answer.rivalries] == list(answer.means)[1:]
    for rivalry in answer.rivalries:
        assert {c.over for c in rivalry.by_language} == set(LANGUAGES) - {"welsh"}
        gaps = []
        for contrast in rivalry.by_language:
            own = answer.by_language[contrast.over]
            first, second = own[answer.leading].mean or 0.0, own[rivalry.other].mean or 0.0
            assert contrast.difference == pytest.approx(first - second)
            assert contrast.outcome == "better"
            gaps.append(contrast.difference)
        assert rivalry.mean.difference == pytest.approx(np.mean(gaps))
        assert (rivalry.mean.over, rivalry.mean.outcome) == (ALL, "better")
    assert answer.means["trans-tokenization"].top
    assert not answer.means["random"].top


def test_two_others_are_compared_where_only_they_were_measured(
    experiment: tuple[Config, Path],
) -> None:
    """Without the leading method, wechsel leads, and Welsh counts for every method."""
    config, results = experiment
    runs = {
        name: run.model_copy(update={"initializations": list(NAMES[:3])})
        for name, run in config.runs.items()
    }
    _, found = asked(config.model_copy(update={"runs": runs}), results)
    answer = answer_of(found, "bits_per_byte", "pretrained")
    assert answer.leading == "wechsel"
    assert len(answer.common) == 5
    assert {r.mean.languages for r in answer.rivalries} == {5}


def test_small_groups_have_no_interval(
    shown: tuple[list[Finding], list[StudyAnswer]],
) -> None:
    answer = answer_of(shown[1], "accuracy@1", "pretrained")
    for means in answer.group_means.values():
        for name, mean in means.items():
            assert (mean.low is None) == (mean.items < 3 or name == "random")
            assert mean.items <= len(answer.common)
            assert mean.criterion.language == ALL  # its items are languages, not test items
    for rivalry in answer.rivalries:
        for contrast in rivalry.by_group:
            assert (contrast.low is None) == (contrast.languages < 3)
            members = [c.difference for c in rivalry.by_language]
            assert min(members) - 1e-9 <= contrast.difference <= max(members) + 1e-9


def test_a_method_that_always_leads_is_never_worse_than_the_best_other(
    shown: tuple[list[Finding], list[StudyAnswer]],
) -> None:
    answer = answer_of(shown[1], "bits_per_byte", "initialized")
    counts = {name: tally(own) for name, own in answer.best_others.items()}
    assert counts["trans-tokenization"] == {"better": 4}
    assert counts["wechsel"] == {"worse": 4, "better": 1}  # it leads in Welsh
    assert counts["random"] == {"worse": 5}


def test_the_order_of_the_runs_changes_nothing(experiment: tuple[Config, Path]) -> None:
    config, results = experiment
    runs = dict(reversed(config.runs.items()))
    (_, first), (_, second) = (
        asked(config, results),
        asked(config.model_copy(update={"runs": runs}), results),
    )
    for one, other in zip(first, second, strict=True):
        assert one.leading == other.leading
        for own, again in zip(one.rivalries, other.rivalries, strict=True):
            assert own.mean == again.mean
            assert set(own.by_language) == set(again.by_language)


def test_a_question_waits_for_three_languages_with_all_methods(
    experiment: tuple[Config, Path], tmp_path: Path
) -> None:
    config, _ = experiment
    results = write_results(config, tmp_path, 10, 10)
    for run in ("swahili", "chinese"):
        folder = results / "evaluation" / run / "mean" / "seed-1" / "pretrained"
        (folder / "retrieval.json").unlink()
    _, found = asked(config, results)
    steps = {a.question.step for a in found if a.question.metric == "accuracy@1"}
    assert steps == {"initialized"}
    [bits] = {len(a.common) for a in found if a.question.metric == "bits_per_byte"}
    assert bits == 4
    assert all(replace(m, top=False).items == 4 for m in found[0].means.values())
