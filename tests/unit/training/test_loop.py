"""What the loop logs."""

from types import SimpleNamespace
from typing import Any

from lingraft.config.pretraining import Pretraining
from lingraft.training.loop import Training
from lingraft.training.parameters import Group
from lingraft.training.progress import Progress

RATES = [("embeddings", 0.001, 0), ("body", 0.0001, 1), ("body", 0.0001, 2)]


def training(**recipe: Any) -> Training:
    made = Training.__new__(Training)
    made.job = SimpleNamespace(recipe=Pretraining(steps=1, **recipe))  # type: ignore[assignment]
    made.progress = Progress(step=1)
    return made


def test_the_logged_rates_are_those_of_the_groups() -> None:
    """Embeddings may have a peak of their own: what is logged is what the optimizer was given."""
    made, lines = training(), []
    groups = [Group(place, f"{place}-{i}", [], peak, 0.0) for place, peak, i in RATES]
    made.engine = SimpleNamespace(groups=groups)  # type: ignore[assignment]
    made.stability = SimpleNamespace(skipped=[])  # type: ignore[assignment]
    figures = {"peak_memory_bytes": 0, "tokens_per_second": 1.0}
    made.monitor = SimpleNamespace(read=lambda: figures)  # type: ignore[assignment]
    made._write = lines.append  # type: ignore[method-assign]
    made._log(0.5, SimpleNamespace(set_postfix=lambda _: None, disable=False))
    assert lines[0]["lr"] == {"embeddings": 0.0005, "body": 0.00005}
