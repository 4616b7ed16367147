"""Costs of a model, against counts by hand."""

from collections.abc import Callable
from pathlib import Path

from transformers import AutoModelForMaskedLM

from lingraft.evaluation.measures.forward_cost import flops_per_token, parameter_counts
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.efficiency import Efficiency


def test_counts_equal_those_by_hand(masked_model: Path) -> None:
    model = AutoModelForMaskedLM.from_pretrained(masked_model)
    counts = parameter_counts(model)
    assert counts["embedding_parameters"] == 65 * 16 + 65  # tied, and the head's bias
    assert counts["parameters"] == sum(p.numel() for p in model.parameters())
    assert counts["body_parameters"] == counts["parameters"] - counts["embedding_parameters"]
    block = 4 * 16 * 16 + 2 * 16 * 32
    assert flops_per_token(model, 10) == 2 * (2 * block + 65 * 16) + 4 * 2 * 10 * 16


def test_speed_and_memory_are_measured(
    masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    corpora = {"x": make_corpus("c", {"1": "w1 w2", "2": "w3"}), "empty": make_corpus("e", {})}
    outcome = Efficiency().evaluate(ModelSubject(masked_model, corpora=corpora))
    found = {(s.language, s.metric): s.value for s in outcome.scores}
    assert (found[("x", "tokens_per_second")] or 0) > 0
    assert (found[("x", "peak_memory_bytes")] or 0) > 1e7
    assert found[("empty", "tokens_per_second")] is None
