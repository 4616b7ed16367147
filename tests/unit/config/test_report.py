import pytest
from pydantic import ValidationError

from lingraft.config.report import Published, Report


def test_defaults_compare_with_random_by_bits_per_byte() -> None:
    report = Report()
    assert report.baseline == "random"
    assert report.headline[0] == "bits_per_byte"
    assert report.confidence == 0.95


@pytest.mark.parametrize(
    "content",
    [
        {"baseline": "a/b"},
        {"confidence": 1.0},
        {"confidence": 0.5},
        {"resamples": 10},
        {"failed_alignment": 2},
        {"groups": {"tail": ["swahili"]}},
        {"baselin": "random"},
        {"published": [{"run": "a", "initialization": "b", "paper": "wechsel"}]},
    ],
)
def test_nonsense_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Report.model_validate(content)


def test_a_declared_paper_may_map_protocols() -> None:
    declared = {
        "run": "sw",
        "initialization": "ofa-100",
        "paper": "ofa",
        "model": "OFA-mono-100",
        "protocols": {"retrieval/sr": "retrieval/sr-t"},
    }
    report = Report.model_validate({"published": [declared]})
    assert report.published == (Published.model_validate(declared),)
