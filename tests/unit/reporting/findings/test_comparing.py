from dataclasses import replace
from pathlib import Path

import pytest
from synthetic import configuration, write_results

from lingraft.evaluation.outcome import Score
from lingraft.evaluation.results import (
    TaskResult,
    predictions_path,
    read_predictions,
    read_result,
    write_result,
)
from lingraft.evaluation.tasks.word_retrieval import WordRetrieval
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.findings.cells import Cells
from lingraft.reporting.findings.comparing import find, trivial_baselines
from lingraft.reporting.findings.finding import ALL, Finding
from lingraft.stages.trainings import TrainingId


def answer(
    findings: list[Finding],
    initialization: str,
    metric: str,
    step: str = "pretrained",
    **criterion: str,
) -> Finding:
    """The one finding with these coordinates."""
    found = [
        finding
        for finding in findings
        if finding.initialization == initialization
        and finding.criterion.metric == metric
        and finding.criterion.step == step
        and all(getattr(finding.criterion, key) == value for key, value in criterion.items())
    ]
    assert len(found) == 1
    return found[0]


def small(root: Path, seeds: tuple[int, ...] = (1,), **report: object) -> tuple[Config, Path]:
    names = ("random", "mean", "wechsel")
    config = configuration({"swahili": ["swh_Latn"]}, names, seeds, **report)
    return config, write_results(config, root)


def rewrite(path: Path, **changes: object) -> None:
    """Change every score of the model in a result file and drop its predictions."""
    result = read_result(path)
    scores = [replace(s, **changes) if s.system == "model" else s for s in result.scores]  # type: ignore[arg-type]
    write_result(path, replace(result, scores=scores, predictions="", predictions_sha256=""), [])
    predictions_path(path).unlink(missing_ok=True)


def test_known_effects_are_found(config: Config, results: Path) -> None:
    findings = find(config, Cells(collect(config, results)))
    best = answer(findings, "trans-tokenization", "bits_per_byte", run="swahili")
    assert best.verdict == "better"
    assert best.low is not None
    assert best.high is not None
    assert best.low < best.difference < best.high < 0
    assert best.evidence == "40 examples and 3 seeds"
    retrieval = answer(findings, "trans-tokenization", "accuracy@1", run="swahili")
    assert retrieval.verdict == "better"
    assert retrieval.difference == pytest.approx(0.9, abs=0.06)
    assert answer(findings, "random", "accuracy@1", run="swahili").verdict == "baseline"
    assert answer(findings, "mean", "accuracy@1", run="swahili").verdict == "unclear"


def test_a_worse_system_is_called_worse(tmp_path: Path) -> None:
    config, results = small(tmp_path, baseline="wechsel")
    findings = find(config, Cells(collect(config, results)))
    assert answer(findings, "random", "bits_per_byte").verdict == "worse"


def test_p_is_corrected_over_languages(config: Config, results: Path) -> None:
    findings = find(config, Cells(collect(config, results)))
    pair = [answer(findings, "focus", "accuracy@1", run=run) for run in config.runs]
    smallest = min(pair, key=lambda f: f.p_value or 1)
    assert smallest.p_corrected == pytest.approx(2 * (smallest.p_value or 0))


def test_without_predictions_seeds_decide(tmp_path: Path) -> None:
    config, results = small(tmp_path, seeds=(1, 2, 3))
    for path in results.glob("evaluation/*/*/*/pretrained/retrieval.json"):
        rewrite(path)
    findings = find(config, Cells(collect(config, results)))
    found = answer(findings, "wechsel", "accuracy@1")
    assert found.evidence == "3 seeds"
    assert found.p_value == 0.25  # the least that three seeds can give
    assert found.excludes_zero and found.verdict == "doubtful"  # which the page says


def test_one_seed_without_predictions_has_no_interval(tmp_path: Path) -> None:
    config, results = small(tmp_path)
    for path in results.glob("evaluation/*/*/*/pretrained/retrieval.json"):
        rewrite(path)
    found = answer(find(config, Cells(collect(config, results))), "wechsel", "accuracy@1")
    assert found.difference is not None
    assert (found.low, found.verdict) == (None, "untested")
    assert found.evidence == "one seed and no predictions: no interval"


@pytest.mark.parametrize("with_predictions", [True, False])
def test_seeds_of_fine_tuning_count_as_seeds(tmp_path: Path, with_predictions: bool) -> None:
    config, results = small(tmp_path)
    seeds = range(1, 7)
    for path in results.glob("evaluation/*/*/*/pretrained/retrieval.json"):
        result, rows = read_result(path), list(read_predictions(predictions_path(path)))
        scores = [replace(s, seed=seed) for seed in seeds for s in result.scores]
        kept = [{**row, "seed": seed} for seed in seeds for row in rows]
        rewrite(path)
        fresh = replace(result, scores=scores, predictions="", predictions_sha256="")
        write_result(path, fresh, kept if with_predictions else [])
    found = answer(find(config, Cells(collect(config, results))), "wechsel", "accuracy@1")
    assert (found.seeds, found.missing_seeds) == (6, 0)
    assert found.low is not None
    assert found.evidence == ("80 examples and 6 seeds" if with_predictions else "6 seeds")


def test_predictions_that_belie_the_score_are_not_used(tmp_path: Path) -> None:
    config, results = small(tmp_path)
    cell = TrainingId("swahili", "wechsel", 1).folder
    path = results / "evaluation" / cell / "pretrained" / "retrieval.json"
    result, rows = read_result(path), list(read_predictions(predictions_path(path)))
    scores = [replace(result.scores[0], value=0.123), *result.scores[1:]]
    write_result(path, replace(result, scores=scores), rows)
    found = answer(find(config, Cells(collect(config, results))), "wechsel", "accuracy@1")
    assert found.mean == 0.123
    assert found.low is None


def test_missing_seeds_are_counted_and_never_zeros(tmp_path: Path) -> None:
    config, results = small(tmp_path, seeds=(1, 2, 3))
    whole = answer(find(config, Cells(collect(config, results))), "wechsel", "bits_per_byte")
    cell = TrainingId("swahili", "wechsel", 2).folder
    (results / "evaluation" / cell / "pretrained" / "language_model.json").unlink()
    found = answer(find(config, Cells(collect(config, results))), "wechsel", "bits_per_byte")
    assert (found.seeds, found.missing_seeds) == (2, 1)
    assert found.mean == pytest.approx(whole.mean, rel=0.02)
    assert found.evidence == "40 examples and 2 seeds"


def test_an_initialization_without_any_score_is_missing(tmp_path: Path) -> None:
    config, results = small(tmp_path)
    path = results / "evaluation/swahili/wechsel/seed-1/pretrained/retrieval.json"
    rewrite(path, value=None, note="2 usable held-out pairs")
    found = answer(find(config, Cells(collect(config, results))), "wechsel", "accuracy@1")
    assert (found.mean, found.verdict) == (None, "missing")
    assert found.evidence == "2 usable held-out pairs"


def test_a_missing_baseline_is_said(tmp_path: Path) -> None:
    config, results = small(tmp_path)
    (results / "evaluation/swahili/random/seed-1/pretrained/retrieval.json").unlink()
    found = answer(find(config, Cells(collect(config, results))), "wechsel", "accuracy@1")
    assert found.mean is not None
    assert found.evidence == "the baseline random has no score here"


def test_means_over_languages_leave_gaps_out_and_count_them(tmp_path: Path) -> None:
    languages = ["swh_Latn", "zho_Hans", "deu_Latn", "mlg_Latn"]
    groups = {"tail": ["swh_Latn", "mlg_Latn"]}
    config = configuration({"many": languages}, ("random", "wechsel"), groups=groups)
    results = write_results(config, tmp_path)
    path = results / "evaluation/many/wechsel/seed-1/pretrained/retrieval.json"
    result = read_result(path)
    scores = [
        replace(s, value=None, note="no pairs") if s.language == "mlg_Latn" else s
        for s in result.scores
    ]
    write_result(path, replace(result, scores=scores), [])
    findings = find(config, Cells(collect(config, results)))
    mean = answer(findings, "wechsel", "accuracy@1", language=ALL)
    assert (mean.items, mean.evidence) == (3, "3 languages, 1 missing")
    by_language = [
        f.mean
        for f in findings
        if f.criterion.metric == "accuracy@1"
        and f.criterion.step == "pretrained"
        and f.initialization == "wechsel"
        and f.criterion.language in languages
        and f.mean is not None
    ]
    assert mean.mean == pytest.approx(sum(by_language) / 3)
    assert answer(findings, "wechsel", "accuracy@1", language="tail").items == 1
    assert answer(findings, "random", "accuracy@1", language="tail").items == 2


def test_two_initializations_are_compared_directly(config: Config, results: Path) -> None:
    collection = collect(config, results)
    findings = find(config, Cells(collection))
    first = answer(findings, "trans-tokenization", "accuracy@1", run="swahili")
    second = answer(findings, "wechsel", "accuracy@1", run="swahili")
    cells = Cells(collection)
    best = "trans-tokenization"
    found = cells.against(config.report, first.criterion, best, ["wechsel"])["wechsel"]
    assert found.difference == pytest.approx(first.mean - second.mean)  # type: ignore[operator]
    assert found.low < found.difference < found.high


def test_trivial_systems_are_kept_apart(config: Config, results: Path) -> None:
    values = trivial_baselines(config, collect(config, results))
    where = ("swahili", "swh_Latn", "retrieval")
    key = (*where, "accuracy@1", "pivot to target", "copied tokens")
    assert values[key] == 0.11


def test_aligned_words_stand_beside_models_that_were_measured_on_the_same_pairs(
    config: Config, results: Path
) -> None:
    score = Score("swh_Latn", "accuracy@1", 0.4, 80, setting="pivot to target")
    result = TaskResult("word_retrieval", "retrieval/words", {}, {}, {}, "key", [score])
    results_of = {("english-swahili", "word_retrieval"): result}
    collection = replace(collect(config, results), alignment_results=results_of)
    key = ("swahili", "swh_Latn", "retrieval", "accuracy@1", "pivot to target")
    for task, shown in ((WordRetrieval(), True), (WordRetrieval(sentences=20), False)):
        evaluation = config.evaluation.model_copy(update={"word_retrieval": task})
        measured = config.model_copy(update={"evaluation": evaluation})
        values = trivial_baselines(measured, collection)
        assert ((*key, "aligned words, english-swahili") in values) == shown
