"""The harness is optional: without it, one clear line; with it, its own numbers."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
import yaml
from evaluation_samples import sentences

from lingraft.errors import ConfigError, InputError
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks import lm_harness
from lingraft.evaluation.tasks.language_model import LanguageModel
from lingraft.evaluation.tasks.lm_harness import LmHarness, _scores


def test_without_the_package_the_error_says_what_to_install(
    causal_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lm_eval", None)
    with pytest.raises(ConfigError, match="pip install lm-eval"):
        LmHarness(tasks=("xnli_sw",)).evaluate(ModelSubject(causal_model))


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
        LmHarness(tasks=("xnli_sw",)).evaluate(ModelSubject(masked_model))


def test_unknown_tasks_are_named(causal_model: Path) -> None:
    pytest.importorskip("lm_eval", reason="pip install lingraft[harness]")
    with pytest.raises(ConfigError, match="no_such_task"):
        LmHarness(tasks=("no_such_task",)).evaluate(ModelSubject(causal_model))


def test_a_task_of_ones_own_gives_the_byte_perplexity_of_our_own_measurement(
    causal_model: Path, tmp_path: Path, make_corpus: Callable[..., Path]
) -> None:
    pytest.importorskip("lm_eval", reason="pip install lingraft[harness]")
    # Longer than the model's 16 tokens, so the windows have to agree too.
    texts = {str(i): text for i, text in enumerate(sentences(12, longest=50))}
    corpus = make_corpus("c", texts)
    task = {
        "task": "held_out",
        "dataset_path": "json",
        "dataset_kwargs": {
            "data_files": {"test": str(corpus / "valid.jsonl")},
            "cache_dir": str(tmp_path / "cache"),
        },
        "test_split": "test",
        "output_type": "loglikelihood_rolling",
        "doc_to_text": "",
        "doc_to_target": "{{text}}",
        "metric_list": [{"metric": "byte_perplexity"}, {"metric": "bits_per_byte"}],
    }
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "held_out.yaml").write_text(yaml.safe_dump(task), "utf-8")
    data = {"tasks": tmp_path / "tasks"}
    outcome = LmHarness(tasks=("held_out",)).evaluate(ModelSubject(causal_model, data=data))
    theirs = {score.metric: score for score in outcome.scores}
    ours = LanguageModel().evaluate(ModelSubject(causal_model, corpora={"swh_Latn": corpus}))
    bits = next(score.value for score in ours.scores if score.metric == "bits_per_byte")
    assert theirs["bits_per_byte"].value == pytest.approx(bits, rel=1e-4)
    assert theirs["byte_perplexity"].value == pytest.approx(2 ** (bits or 0), rel=1e-4)
    assert theirs["byte_perplexity"].better == "down"
    assert theirs["byte_perplexity"].n == len(texts)


def test_shots_and_examples_reach_the_harness(
    causal_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}
    harness = MagicMock()
    harness.simple_evaluate.side_effect = lambda **options: asked.update(options) or {"results": {}}
    monkeypatch.setattr(lm_harness, "_import", lambda: harness)
    settings = LmHarness(tasks=("xnli_sw",), shots=4, examples=10)
    settings.evaluate(ModelSubject(causal_model))
    assert (asked["num_fewshot"], asked["limit"]) == (4, 10)
    assert settings.protocol() == "lm_harness/4-shot"
