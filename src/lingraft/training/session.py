"""What every training does around its steps: one owner of the state, and going on where it was."""

import logging
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lingraft.errors import InputError
from lingraft.training.checkpoint import Checkpoint, CheckpointStore, Hook
from lingraft.training.failures import machine_failures
from lingraft.training.interruption import Interruption
from lingraft.training.job import Machine
from lingraft.training.lock import exclusive
from lingraft.training.metrics import METRICS, MetricsFile
from lingraft.training.world import World, join_world

logger = logging.getLogger(__name__)

Given = TypeVar("Given")


@dataclass(frozen=True)
class Session:
    """A training at work in its state.

    Attributes:
        folder: the state.
        world: the processes.
        store: the checkpoints.
        metrics: the metrics file.
        interruption: whether it is asked to stop.
    """

    folder: Path
    world: World
    store: CheckpointStore
    metrics: MetricsFile
    interruption: Interruption


def train_and_export(
    machine: Machine,
    check: Callable[[], tuple[Given, Path]],
    train: Callable[[Given, Session, Checkpoint | None], None],
    export: Callable[[Given, Session, Checkpoint], None],
    hook: Hook | None = None,
) -> None:
    """Train from the newest checkpoint on, unless it is finished, and export the result.

    Args:
        machine: time budget, and how long a step may take.
        check: opens the inputs; returns them, and the folder of the state.
        train: trains to the end, from a checkpoint or from the beginning.
        export: writes the result of the final checkpoint; the main process alone.
        hook: called at each phase of a save, for tests that stop the process there.

    Raises:
        PreemptedError: asked to stop by signal or time budget; all is saved.
        DivergedError: losses were not finite too often; the last good checkpoint is kept.
        InputError: inputs or all checkpoints are unusable.
        LingraftError: another training uses the state, or disk or memory are full.
    """
    interruption = Interruption(machine.time_budget)
    with interruption.listening():
        given, folder = check()
        world = join_world(machine.hang_minutes)
        holding = exclusive(folder) if world.is_main else nullcontext()
        with machine_failures(folder), holding:
            store, metrics = CheckpointStore(folder, world, hook), MetricsFile(folder / METRICS)
            session = Session(folder, world, store, metrics, interruption)
            checkpoint = store.newest()
            # A job may be killed between the last save and the export. Then only the export is
            # repeated.
            if checkpoint is None or not checkpoint.progress["finished"]:
                if world.is_main:
                    metrics.rewind(checkpoint.step if checkpoint else -1)
                if checkpoint:
                    logger.info("continuing at step %d", checkpoint.step)
                train(given, session, checkpoint)
            final = store.newest()
            if final is None:
                raise InputError(f"{folder} has no finished training to export")
            if world.is_main:
                export(given, session, final)
            world.barrier()
