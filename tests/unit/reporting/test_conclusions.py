from dataclasses import replace
from pathlib import Path

from synthetic import configuration, write_results

from lingraft.config.experiment import Config
from lingraft.reporting.collect import collect
from lingraft.reporting.conclusions import runner_up
from lingraft.reporting.findings import ALL, Finding, Place
from lingraft.reporting.limitations import limitations
from lingraft.reporting.sections import Content, compose, overall
from lingraft.reporting.statistics.comparison import Comparison


def sentences(config: Config, results: Path) -> list[str]:
    content = compose(config, collect(config, results))
    return [sentence for conclusion in content.conclusions for sentence in conclusion.sentences]


def test_summary_says_who_won_by_how_much_how_sure_and_at_what_cost(
    report: tuple[Path, Content],
) -> None:
    conclusion = report[1].conclusions[0]
    won, second, start, budget, cost = conclusion.sentences
    assert won.startswith("trans-tokenization is best: 1.97")
    assert "% less (difference −0." in won
    assert "95% interval" in won
    assert second.startswith("The second, wechsel, is ")
    assert start.startswith("At step 0 it had 2.4")
    assert "steps," in budget
    assert cost.startswith("Initializing took 12.5 s")
    assert overall(report[1]) == [
        "By bits per byte, the best initialization is trans-tokenization in 2 of 2."
    ]


def test_what_no_digit_shows_is_called_level() -> None:
    place = Place(
        "sw",
        "pretrained",
        "language_model",
        "pll",
        "swh_Latn",
        "bits_per_byte",
        "",
        "valid",
        "down",
    )
    finding = Finding(place, "wechsel", mean=1.0, seeds=1)
    ahead = Comparison(
        -0.01,
        -0.02,
        -0.005,
        p_value=0.01,
        confidence=0.95,
        standard_error=0.004,
        seeds=1,
        examples=30,
    )
    tie, apart = replace(finding, mean=1.0004), replace(finding, mean=1.01)
    assert list(runner_up([finding, tie], ahead)) == [
        "The second, wechsel, is level with it (less than 0.001 apart)."
    ]
    (one_seed,) = runner_up([finding, apart], ahead)
    assert one_seed.endswith("(0.005 to 0.020): they differ; another seed may say otherwise.")
    two_seeds = [replace(found, seeds=2) for found in (finding, apart)]
    assert next(iter(runner_up(two_seeds, ahead))).endswith("they differ.")


def test_nothing_beats_the_baseline_is_said(tmp_path: Path) -> None:
    names = ("random", "trans-tokenization")
    config = configuration({"sw": ["swh_Latn"]}, names, baseline="trans-tokenization")
    said = sentences(config, write_results(config, tmp_path))
    assert said[0].startswith("Nothing beats trans-tokenization")


def test_a_difference_that_may_be_chance_is_called_so(tmp_path: Path) -> None:
    config = configuration({"sw": ["swh_Latn"]}, ("random", "mean"), headline=["accuracy@1"])
    said = sentences(config, write_results(config, tmp_path))
    assert "this may be chance" in said[0] or said[0].startswith("Nothing beats")
    assert "is level with it" in said[1]


def test_many_languages_give_one_conclusion_over_their_mean(tmp_path: Path) -> None:
    languages = {"many": ["swh_Latn", "zho_Hans", "deu_Latn"]}
    config = configuration(languages, ("random", "wechsel"))
    content = compose(config, collect(config, write_results(config, tmp_path)))
    assert [c.place.language for c in content.conclusions] == [ALL]
    assert "3 languages" in content.conclusions[0].sentences[0]


def test_limits_follow_from_the_experiment(tmp_path: Path) -> None:
    config = configuration({"sw": ["swh_Latn"]}, ("random", "wechsel"), limitations=["Mine."])
    collection = collect(config, write_results(config, tmp_path))
    said = " ".join(limitations(config, collection))
    for part in (
        "user interfaces",
        "Every number comes from one training",
        "Pretraining ends after 60 steps, at most 122,880 tokens",
        "No task was fine-tuned",
        "english-sw failed",
        "share one policy here (unigram)",
    ):
        assert part in said, part
    assert said.endswith("Mine.")


def test_unequal_bias_policies_are_a_warning(tmp_path: Path) -> None:
    config = configuration({"sw": ["swh_Latn"]}, ("random", "wechsel"))
    results = write_results(config, tmp_path)
    path = results / "models/sw/wechsel/seed-1/initialized/initialization.json"
    path.write_text(path.read_text().replace('"unigram"', '"zero"'))
    said = " ".join(limitations(config, collect(config, results)))
    assert "differ in the bias of the head (unigram, zero)" in said
