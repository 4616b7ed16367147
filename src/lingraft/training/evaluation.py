"""Held-out loss in the course of training, over all corpora of the run."""

import math
from dataclasses import dataclass
from typing import Any

from lingraft.training.job import Inputs, Job
from lingraft.training.objectives import HeldOutLoss, held_out_loss
from lingraft.training.world import World

_BATCH_TOKENS = 1 << 12


@dataclass(frozen=True)
class HeldOutLosses:
    """Held-out loss by corpus and in all."""

    corpora: dict[str, HeldOutLoss]
    bytes: dict[str, int]

    @property
    def loss(self) -> float:
        """Nats per predicted token over all corpora."""
        predictions = sum(entry.predictions for entry in self.corpora.values())
        return sum(entry.nats for entry in self.corpora.values()) / max(1, predictions)

    @property
    def bits_per_byte(self) -> float:
        """Over all corpora, each weighing as much as its held-out text."""
        total = max(1, sum(self.bytes.values()))
        return math.fsum(
            entry.bits_per_byte * self.bytes[name] / total for name, entry in self.corpora.items()
        )


def evaluate(
    objective: Any, job: Job, inputs: Inputs, world: World, share_work: bool
) -> HeldOutLosses:
    """Evaluate on at most `evaluation_rows` rows of each corpus.

    Args:
        objective: the `LanguageModeling` that is trained.
        job: recipe of the run.
        inputs: held-out token files.
        world: the processes.
        share_work: each process takes a share; ZeRO-3 must run all batches on all.
    """
    recipe = job.recipe
    share = (world.rank, world.size) if share_work else (0, 1)
    results = {}
    for name, file in inputs.held_out.items():
        part = held_out_loss(
            objective,
            file,
            objective=recipe.objective,
            sequence_length=recipe.sequence_length,
            rows=recipe.evaluation_rows,
            masking=recipe.masking,
            document_attention=not recipe.attend_across_documents,
            batch_size=max(1, _BATCH_TOKENS // recipe.sequence_length),
            device=world.device,
            share=share,
        )
        if share_work:
            nats, predictions = world.sum(part.nats, part.predictions)
            part = HeldOutLoss(nats, int(predictions), part.tokens_per_byte)
        results[name] = part
    return HeldOutLosses(
        results, {name: file.counts.bytes for name, file in inputs.held_out.items()}
    )
