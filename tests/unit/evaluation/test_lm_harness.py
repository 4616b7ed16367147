"""The harness is optional: without it, one clear line; with it, its own numbers."""

import sys
from pathlib import Path

import pytest

from lingraft.config.evaluation import LmHarness
from lingraft.errors import ConfigError, InputError
from lingraft.evaluation.lm_harness import _scores, evaluate
from lingraft.evaluation.subject import Subject


def test_without_the_package_the_error_says_what_to_install(
    causal_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lm_eval", None)
    with pytest.raises(ConfigError, match="pip install lm-eval"):
        evaluate(LmHarness(tasks=("xnli_sw",)), Subject(causal_model))


def test_its_results_become_scores() -> None:
    found = {
        "results": {
            "wikitext": {
                "alias": "wikitext",
                "sample_len": 7,
                "bits_per_byte,none": 1.5,
                "bits_per_byte_stderr,none": "N/A",
                "acc,none": 0.25,
                "acc_stderr,none": 0.01,
            }
        },
        "n-samples": {"wikitext": {"effective": 7, "original": 9}},
        "higher_is_better": {"wikitext": {"bits_per_byte": False, "acc": True}},
    }
    bits, accuracy = _scores(found)
    assert (bits.metric, bits.value, bits.better, bits.n) == ("bits_per_byte", 1.5, "down", 7)
    assert bits.standard_error is None
    assert (accuracy.value, accuracy.better, accuracy.standard_error) == (0.25, "up", 0.01)


def test_masked_models_are_refused(masked_model: Path) -> None:
    pytest.importorskip("lm_eval")
    with pytest.raises(InputError, match="decoders"):
        evaluate(LmHarness(tasks=("xnli_sw",)), Subject(masked_model))
