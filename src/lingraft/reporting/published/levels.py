"""Published values as horizontal lines in the learning curves, where they join with ours.

Curves show the held-out loss in training, nats for each of our tokens; papers print losses and
perplexities in their own tokens. They are the same tokens only with the paper's tokenizer and
text. What is in bits per byte is converted by our tokens per byte. The legend names the paper,
and the table beside it says how the number was read.
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
    """The levels of all rows that joined and whose metric a curve can show."""
    found = []
    for row in rows:
        if row.ours is None:
            continue
        run, number = row.ours.criterion.run, row.number
        factor = bits_per_nat(collection, run)
        mark = "" if number.is_certain else f" {DAGGER}"
        label = f"{number.paper}: {number.model}{mark}"
        if number.metric in _NATS:
            found.append(Level(run, label, _NATS[number.metric](number.share)))
        elif number.metric == "bits_per_byte" and factor is not None:
            found.append(Level(run, label, number.share / factor))
    return found


def bits_per_nat(collection: Collected, run: str) -> float | None:
    """Bits per byte for each nat per token, by a run's own held-out text and tokenizer."""
    for training, lines in collection.curves.items():
        for line in lines if training.run == run else ():
            loss, bits = line.get("loss"), line.get("bits_per_byte")
            if line.get("kind") == "valid" and loss and bits:
                return float(bits) / float(loss)
    return None
