"""How much of a score is left by the share of wrong characters."""

from dataclasses import replace

import pytest
from synthetic import EMPTY, configuration

from lingraft.evaluation.outcome import Score
from lingraft.evaluation.tasks.robustness import Robustness
from lingraft.reporting.collected.collection import Collected, Measured
from lingraft.reporting.figures.noise_curves import noise_figures
from lingraft.stages.trainings import TrainingId

CONFIG = configuration({"swahili": ["swh_Latn"]}, ("random", "wechsel"), seeds=(1, 2))


def measured(name: str, seed: int, share: float, value: float | None) -> Measured:
    score = Score(
        "swh_Latn", "accuracy@1", value, 100, setting=f"noise {share:g}", standard_error=0.01
    )
    training = TrainingId("swahili", name, seed)
    return Measured(training, "pretrained", "robustness", Robustness().protocol(), score)


def with_scores(*rows: Measured) -> Collected:
    return replace(EMPTY, scores=rows)


def test_a_line_is_the_mean_of_the_seeds_with_the_error_of_one() -> None:
    rows = [
        measured("wechsel", seed, share, value + seed / 100)
        for seed in (1, 2)
        for share, value in ((0.2, 0.5), (0.0, 0.9), (0.1, 0.7))  # in any order
    ]
    [figure] = noise_figures(CONFIG, with_scores(*rows))
    [panel], [line] = figure.panels, figure.series
    assert panel.ticks == {"0%": 0.0, "10%": 0.1, "20%": 0.2}
    assert list(line.x) == [0.0, 0.1, 0.2]
    assert line.y == pytest.approx([0.915, 0.715, 0.515])
    # Wilson's, where a share has an error of .01: the p with |share - p| = 1.96 sqrt(p(1 - p) / n).
    assert line.low == pytest.approx([0.8933028, 0.6950101, 0.4953924], abs=1e-6)
    assert line.high == pytest.approx([0.9326178, 0.7341808, 0.5345616], abs=1e-6)
    assert "wechsel in swahili, swh_Latn" in figure.alternative


def test_one_share_is_no_curve_and_what_has_no_value_is_left_out() -> None:
    assert not noise_figures(CONFIG, EMPTY)
    alone = measured("wechsel", 1, 0.1, 0.7)
    assert not noise_figures(CONFIG, with_scores(alone, measured("wechsel", 1, 0.0, None)))


@pytest.mark.parametrize(("setting", "share"), [("noise 0.1", 0.1), ("noise 0", 0.0), ("", None)])
def test_a_setting_names_its_share(setting: str, share: float | None) -> None:
    assert Robustness.share_of(setting) == share
