"""How a person would name what was measured."""

import pytest

from lingraft.reporting.findings.finding import Criterion
from lingraft.reporting.findings.wording import measure_in_text


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("noise 0.1", "robustness accuracy@1 (noise 0.1)"),
        ("pivot to target", "robustness accuracy@1"),  # the usual one
        ("", "robustness accuracy@1"),
    ],
)
def test_a_sentence_names_the_setting(setting: str, expected: str) -> None:
    """Three sentences on three settings of a task read like contradictions without them."""
    names = ("bytes", "pretrained", "robustness", "robustness/itself", "swh_Latn", "accuracy@1")
    assert measure_in_text(Criterion(*names, setting, "test", "up")) == expected
