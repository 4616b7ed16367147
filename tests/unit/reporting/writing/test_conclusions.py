from dataclasses import replace
from pathlib import Path

import pytest
from synthetic import configuration, write_results

from lingraft.evaluation.results import (
    predictions_path,
    read_predictions,
    read_result,
    write_result,
)
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.findings.cells import Tested
from lingraft.reporting.findings.finding import ALL, Criterion, Finding
from lingraft.reporting.findings.leading import Leaders
from lingraft.reporting.writing.conclusions import Conclusion, overall, runner_up, title
from lingraft.reporting.writing.content import Content
from lingraft.reporting.writing.outcomes import _top
from lingraft.reporting.writing.sections import compose


def sentences(config: Config, results: Path) -> list[str]:
    content = compose(config, collect(config, results))
    return [sentence for conclusion in content.conclusions for sentence in conclusion.sentences]


def place_of(**changes: object) -> Criterion:
    names = ("sw", "pretrained", "language_model", "pll", "swh_Latn", "bits_per_byte", "", "valid")
    return replace(Criterion(*names, "down"), **changes)  # type: ignore[arg-type]


def leaders(
    means: dict[str, float], level: tuple[str, ...], seeds: int = 2, asked: int | None = None
) -> Leaders:
    """Leaders as a test would find them; the best is the first."""
    ranked = [Finding(place_of(), name, mean=mean, seeds=seeds) for name, mean in means.items()]
    best = ranked[0].mean or 0.0
    tests = {
        name: Tested(best - mean, best - mean - 0.01, best - mean + 0.01, 0.01, "", seeds > 1)
        for name, mean in means.items()
        if name != ranked[0].initialization
    }
    return Leaders(ranked, level, tests, "why", len(ranked) if asked is None else asked)


def test_summary_says_who_won_by_how_much_how_sure_and_at_what_cost(
    report: tuple[Path, Content],
) -> None:
    conclusion = report[1].conclusions[0]
    won, second, start, budget, cost = conclusion.sentences
    assert conclusion.title == "trans-tokenization"
    assert won.startswith("trans-tokenization is best: 1.97")
    assert "% less, difference −0." in won
    assert "95% interval" in won
    assert second.startswith("Next is wechsel, ")
    assert start.startswith("At step 0, trans-tokenization had 2.4")
    assert budget.startswith("In bits per byte, ")
    assert "reaches the baseline's last value after" in budget and "steps" in budget
    assert cost.startswith("Initialization with trans-tokenization took 21.2 s of CPU time")
    assert overall(report[1].conclusions) == [
        "By bits per byte, best or level with the best: "
        "trans-tokenization in 2 of 2 languages, alone."
    ]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (leaders({"a": 1.0, "b": 1.2}, ("a",)), "a"),
        (leaders({"a": 1.0, "b": 1.2}, ("a",), seeds=1), "a (one seed)"),
        (leaders({"a": 1.0, "b": 1.0, "c": 2.0}, ("a", "b")), "a, b (level)"),
        (leaders({"a": 1.0, "b": 1.0, "c": 2.0}, ("a", "b"), 1), "a, b (level, one seed)"),
        (leaders({"a": 1.0, "b": 1.0}, ("a", "b")), "No difference shown"),
        (leaders({"a": 1.0}, (), asked=7), "Not decided"),
        (leaders({"a": 1.0, "b": 2.0}, ("a",), asked=7), "a (2 of 7 measured)"),
    ],
)
def test_the_title_carries_the_doubt(found: Leaders, expected: str) -> None:
    assert title(found) == expected


@pytest.mark.parametrize(("level", "expected"), [
    (("a",), "a is best: 1.000"),
    (("a", "b"), "a and b are level at the top: 1.000 to 1.100"),
    (("a", "b", "d"), "a and b are level at the top (d at 2.100 is not shown to be behind): "
                      "1.000 to 1.100"),
    (("a", "c", "d"), "a is at the top (c and d at 2.000 to 2.100 are not shown to be behind): "
                      "1.000"),
])  # fmt: skip
def test_whoever_scatters_below_one_that_is_behind_is_not_called_level(
    level: tuple[str, ...], expected: str
) -> None:
    found = leaders({"a": 1.0, "b": 1.1, "c": 2.0, "d": 2.1}, level)
    assert _top(found, [f for f in found.ranked if f.initialization in level]) == expected


def test_the_next_is_the_first_that_is_behind() -> None:
    found = leaders({"a": 1.0, "b": 1.001, "c": 1.2}, ("a", "b"))
    assert list(runner_up(found)) == ["Next is c, 0.200 behind a (0.190 to 0.210)."]
    assert not list(runner_up(leaders({"a": 1.0, "b": 1.1}, ("a", "b"))))


def test_a_run_that_two_measures_compare_counts_twice() -> None:
    known = leaders({"m": 1.0, "t": 1.2}, ("m",))
    places = [place_of(run="one"), replace(place_of(run="one"), metric="loss")]
    said = overall([Conclusion(place, known, "", ()) for place in places])
    assert said == [
        "By bits per byte and loss, best or level with the best: m in 2 of 2 comparisons, alone."
    ]


def test_languages_are_counted_and_ties_are_ties() -> None:
    tops = [({"m": 1.0, "t": 1.0, "r": 2.0}, ("m", "t")), ({"m": 1.0, "t": 1.2, "r": 2.0}, ("m",))]
    tops.append(({"m": 1.0, "t": 1.2, "r": 1.3}, ("m", "t", "r")))
    codes = ("swh_Latn", "amh_Ethi", "orm_Latn")
    found = [
        Conclusion(place_of(run=code, language=code), leaders(means, level), "", ())
        for code, (means, level) in zip(codes, tops, strict=True)
    ]
    assert overall(found) == [
        "By bits per byte, best or level with the best: m in 2 of 3 languages, 1 of them alone, "
        "t in 1 of 3 languages.",
        "In 1 of 3 languages no difference between the initializations is shown by bits per byte.",
    ]


def test_nothing_beats_the_baseline_is_said(tmp_path: Path) -> None:
    names = ("random", "trans-tokenization")
    config = configuration({"sw": ["swh_Latn"]}, names, baseline="trans-tokenization")
    said = sentences(config, write_results(config, tmp_path))
    assert said[0].startswith("No initialization is shown to beat trans-tokenization")


def test_a_difference_that_may_be_chance_names_nobody(tmp_path: Path) -> None:
    config = configuration({"sw": ["swh_Latn"]}, ("random", "mean"), headline=["accuracy@1"])
    content = compose(config, collect(config, write_results(config, tmp_path)))
    [conclusion] = content.conclusions
    assert conclusion.title == "No difference shown"
    assert conclusion.sentences[0].startswith("No difference between the 2 initializations")
    assert "best" not in " ".join(conclusion.sentences)


def test_nobody_is_best_of_one(tmp_path: Path) -> None:
    """One of two measured, and no baseline: nothing is known."""
    config = configuration({"sw": ["swh_Latn"]}, ("random", "wechsel"))
    results = write_results(config, tmp_path)
    (results / "evaluation/sw/random/seed-1/pretrained/language_model.json").unlink()
    content = compose(config, collect(config, results))
    [conclusion] = content.conclusions
    assert conclusion.title == "Not decided"
    assert "only wechsel was measured, of 2 initializations" in conclusion.sentences[0]
    assert overall(content.conclusions) == []


@pytest.mark.parametrize(("hits", "is_said"), [(0, True), (None, False)])
def test_what_training_took_from_the_best_is_said(
    tmp_path: Path, hits: int | None, is_said: bool
) -> None:
    """By bits per byte it is best; all that it could find before is gone."""
    config = configuration({"sw": ["swh_Latn"]}, ("random", "trans-tokenization"))
    results = write_results(config, tmp_path)
    path = results / "evaluation/sw/trans-tokenization/seed-1/pretrained/retrieval.json"
    if hits is not None:
        result, rows = read_result(path), list(read_predictions(predictions_path(path)))
        scores = [replace(score, value=0.0) for score in result.scores]
        fresh = replace(result, scores=scores, predictions="", predictions_sha256="")
        for old in (path, predictions_path(path)):
            old.unlink()
        write_result(path, fresh, [{**row, "rank": 99} for row in rows])
    [conclusion] = compose(config, collect(config, results)).conclusions
    assert conclusion.leaders.level == ("trans-tokenization",)
    said = [one for one in conclusion.said if one.startswith("But training took from trans-")]
    assert bool(said) == is_said
    assert all("accuracy@1 from 0." in one and " to 0.000" in one for one in said)


def test_a_run_with_one_initialization_says_so(tmp_path: Path) -> None:
    config = configuration({"sw": ["swh_Latn"]}, ("wechsel",))
    said = sentences(config, write_results(config, tmp_path))
    assert said[0].endswith("only wechsel was measured; no other is asked for.")


def test_many_languages_give_one_conclusion_over_their_mean(tmp_path: Path) -> None:
    languages = {"many": ["swh_Latn", "zho_Hans", "deu_Latn"]}
    config = configuration(languages, ("random", "wechsel"))
    content = compose(config, collect(config, write_results(config, tmp_path)))
    assert [c.criterion.language for c in content.conclusions] == [ALL]
    assert "3 languages" in content.conclusions[0].sentences[0]
    assert content.conclusions[0].title == "wechsel (one seed)"
