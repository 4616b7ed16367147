"""Published values as horizontal lines in the learning curves, if they are joined with ours.

Curves show bits per byte. Papers print losses and perplexities per token of their own tokens, which
are ours only with the paper's tokenizer and text. They are converted with our tokens per byte. The
legend names the paper, and the table of published numbers says how each number was read.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.published.beside import DAGGER, Beside

_NATS = {"loss": lambda value: value, "perplexity": math.log, "pseudo_perplexity": math.log}


@dataclass(frozen=True)
class Level:
    """A published value of one run, in the metric of the curves."""

    run: str
    label: str
    value: float


def published_levels(collection: Collected, rows: Sequence[Beside]) -> list[Level]:
    """The levels of all joined rows with a metric that a curve can show."""
    found = []
    for row in rows:
        run, number = row.published.run, row.number
        if row.ours is None or run is None:
            continue
        factor = bits_per_nat(collection, run)
        mark = "" if number.is_certain else f" {DAGGER}"
        label = f"{number.paper}: {number.model}{mark}"
        if number.metric == "bits_per_byte":
            found.append(Level(run, label, number.share))
        elif number.metric in _NATS and factor is not None:
            found.append(Level(run, label, _NATS[number.metric](number.share) * factor))
    return found


def bits_per_nat(collection: Collected, run: str) -> float | None:
    """Bits per byte that equal one nat per token, with the held-out text and tokenizer of a run."""
    for training, lines in collection.curves.items():
        for line in lines if training.run == run else ():
            loss, bits = line.get("loss"), line.get("bits_per_byte")
            if line.get("kind") == "valid" and loss and bits:
                return float(bits) / float(loss)
    return None
