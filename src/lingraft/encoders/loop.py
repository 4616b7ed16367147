"""The steps of a tuning, with checkpoints, metrics and clean interruption.

A step depends only on its number, the weights and the moments. So a tuning that was killed and
continued ends with the same bits as one that was not.
"""

import logging
import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor
from tqdm import tqdm

from lingraft.encoders.batches import ExampleSampler, share_of
from lingraft.encoders.job import TuningInputs, TuningJob
from lingraft.encoders.optimizer import TuningOptimizer
from lingraft.encoders.preparation import prepare_stage
from lingraft.encoders.settings import TuningStage
from lingraft.encoders.student import Student, make_student
from lingraft.encoders.trainee import Losses, Trainee, load_student, student_weights
from lingraft.errors import PreemptedError
from lingraft.models.attention import choose_attention, drop_nothing
from lingraft.training.checkpoint import MOMENTS, WEIGHTS, Checkpoint, digest
from lingraft.training.interruption import Watchdog
from lingraft.training.monitor import Monitor
from lingraft.training.sampler import Stream, key
from lingraft.training.schedules import rate
from lingraft.training.session import Session
from lingraft.training.stability import Stability
from lingraft.training.world import World

logger = logging.getLogger(__name__)


@dataclass
class TuningProgress:
    """What a checkpoint stores besides tensors."""

    step: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    optimizer_steps: int = 0
    losses: dict[str, float] = field(default_factory=dict)  # sums since the last line of the log
    logged: int = 0  # the step of that line
    stability: dict[str, Any] = field(default_factory=dict)
    optimizer_digest: str = ""
    finished: bool = False


@dataclass
class Tuning:
    """A job at work: its means, and the state that its steps change."""

    job: TuningJob
    inputs: TuningInputs
    session: Session
    watchdog: Watchdog
    precision: str

    progress: TuningProgress = field(init=False)
    stability: Stability = field(init=False)
    student: Student = field(init=False)
    trainee: Trainee = field(init=False)
    optimizer: TuningOptimizer = field(init=False)
    monitor: Monitor = field(init=False)
    saved_at: float = field(init=False)

    @property
    def world(self) -> World:
        """The processes."""
        return self.session.world

    def run(self, checkpoint: Checkpoint | None) -> None:
        """Train from `checkpoint` (or the beginning) to the end.

        Raises:
            PreemptedError: asked to stop; everything is saved.
            DivergedError: the losses are beyond help.
        """
        self.progress = TuningProgress(**checkpoint.progress) if checkpoint else TuningProgress()
        self.stability = Stability(**self.progress.stability)
        progress = self.progress
        self.monitor = Monitor(self.world, progress.seconds, cpu_seconds=progress.cpu_seconds)
        self.saved_at = time.monotonic()
        self.student = self._new_student()
        weights = checkpoint.tensors(WEIGHTS) if checkpoint else {}
        load_student(self.student, weights, partly=True)
        self.student.encoder.to(self.world.device)
        self.student.language_model.to(self.world.device)
        begin = 0
        for number, stage in enumerate(self.job.recipe.stages):
            if self.progress.step < begin + stage.steps:
                self._run_stage(number, stage, begin, checkpoint)
                checkpoint = None  # the next stages begin with new moments
            begin += stage.steps

    def _new_student(self) -> Student:
        recipe = self.job.recipe
        student = make_student(self.job.model, recipe)
        model, length = student.language_model, recipe.maximum_length
        choose_attention(model, self.world.device, self.precision, length)
        if recipe.dropout is False:
            drop_nothing(model)
        return student

    def _run_stage(
        self, number: int, stage: TuningStage, begin: int, checkpoint: Checkpoint | None
    ) -> None:
        job = self.job
        sets = {name: self.inputs.sets[name] for name in stage.data}
        sampler = ExampleSampler(
            sets, stage.steps, stage.batch_size, stage.sampling_exponent, job.seed + number
        )
        share_of(np.arange(stage.batch_size), self.world.rank, self.world.size)  # refuses
        is_within = checkpoint is not None and self.progress.step > begin
        prepared = prepare_stage(
            job, self.inputs, number, sampler, self.student, self.session, goes_on=is_within
        )
        if stage.from_start and not is_within:
            load_student(self.student, student_weights(make_student(job.model, job.recipe)))
        torch.manual_seed(_dropout_seed(job.seed, begin, self.world.size))  # of new layers
        self.trainee = Trainee(self.student, job.recipe, stage, prepared).to(self.world.device)
        self.optimizer = TuningOptimizer(self.trainee.groups(job.recipe), job.recipe)
        if is_within and checkpoint is not None:
            self._restore(checkpoint)
        self.student.encoder.train()
        self.student.language_model.train()
        with self._progress_bar(stage, begin) as bar:
            while self.progress.step < begin + stage.steps:
                self._step(stage, begin, sampler, bar)

    def _restore(self, checkpoint: Checkpoint) -> None:
        named = self.trainee.trained()
        with torch.no_grad():
            for name, tensor in checkpoint.tensors(WEIGHTS).items():
                named[name].copy_(tensor)
        moments = checkpoint.tensors(MOMENTS)
        self.optimizer.load_moments(named, moments, self.progress.optimizer_steps)

    def _step(self, stage: TuningStage, begin: int, sampler: ExampleSampler, bar: Any) -> None:
        progress, recipe = self.progress, self.job.recipe
        local = progress.step - begin
        stage.loss.advance(self.trainee.loss, local / stage.steps)
        numbers_N = share_of(sampler.numbers(local), self.world.rank, self.world.size)
        made = list(self._passes(stage, sampler, numbers_N))
        if self.world.size > 1:
            self._average_gradients()
        share = rate(recipe, local, stage.steps)
        norm = self.optimizer.update(share, recipe.gradient_clipping)
        progress.step += 1
        self._note(made, norm)
        self._end_step(stage, begin, share, norm, bar)

    def _passes(
        self, stage: TuningStage, sampler: ExampleSampler, numbers_N: Any
    ) -> Iterator[tuple[float, Losses]]:
        """Forward and backward passes of a step; yields the share of each, and its losses."""
        size = len(numbers_N)
        if not stage.loss.compares_examples:
            size = min(size, self.job.machine.micro_batch or size)
        for first in range(0, len(numbers_N), size):
            part_N = numbers_N[first : first + size]
            # Dropout is drawn anew from the step's number, the same after a restart.
            place = self.progress.step * self.world.size + self.world.rank
            torch.manual_seed(_dropout_seed(self.job.seed, place, first))
            examples = [sampler.examples[number] for number in part_N]
            keys_N = key(self.job.seed, Stream.HIDDEN, self.progress.step, part_N)
            bf16 = self.precision == "bf16"
            with torch.autocast(self.world.device.type, torch.bfloat16, enabled=bf16):
                losses = self.trainee.losses(examples, part_N, keys_N)
            weight = len(part_N) / len(numbers_N)
            (losses.total * weight).backward()  # type: ignore[no-untyped-call]
            yield weight, losses

    def _average_gradients(self) -> None:
        for parameter in self.trainee.trained().values():
            if parameter.grad is not None:
                dist.all_reduce(parameter.grad)
                parameter.grad /= self.world.size

    def _note(self, made: list[tuple[float, Losses]], norm: float) -> None:
        sums = {"loss": sum(weight * float(one.total.detach()) for weight, one in made)}
        sums["pair_loss"] = sum(weight * one.pairs for weight, one in made)
        if made[0][1].language_model is not None:
            sums["language_model_loss"] = sum(w * (one.language_model or 0.0) for w, one in made)
        for name, value in zip(sums, self.world.sum(*sums.values()), strict=True):
            sums[name] = value / self.world.size
        finite = math.isfinite(sums["loss"]) and math.isfinite(norm)
        self.stability.note(self.progress.step, sums["loss"], finite)
        for name, value in sums.items() if finite else ():
            self.progress.losses[name] = self.progress.losses.get(name, 0.0) + value

    def _end_step(
        self, stage: TuningStage, begin: int, share: float, norm: float, bar: Any
    ) -> None:
        step, machine = self.progress.step, self.job.machine
        self.watchdog.beat(step)
        bar.update()
        ends_stage = step == begin + stage.steps
        if step % machine.log_steps == 0 or ends_stage:
            self._log(share, norm, bar)
        elapsed = time.monotonic() - self.saved_at
        save_due = self.world.is_main and elapsed > 60.0 * machine.checkpoint_minutes
        stop, save = self.world.sum(float(self.session.interruption.due()), float(save_due))
        over = step == self.job.recipe.total_steps
        every = machine.checkpoint_steps
        if over or stop or save or (every and step % every == 0):
            self._save(final=over)
        if stop and not over:
            reason = self.session.interruption.reason or "another process was asked to"
            raise PreemptedError(
                f"stopped at step {step} of {self.job.recipe.total_steps} because "
                f"{reason}; all is saved, and the same command continues the tuning"
            )

    def _log(self, share: float, norm: float, bar: Any) -> None:
        progress = self.progress
        steps = max(1, progress.step - progress.logged)
        line = {
            "kind": "tune",
            "step": progress.step,
            **{name: total / steps for name, total in progress.losses.items()},
            "lr": {entry.place: entry.learning_rate * share for entry in self.optimizer.groups},
            "grad_norm": norm,
            "skipped": len(self.stability.skipped),
            "seconds": round(self.monitor.seconds, 3),
            "cpu_seconds": round(self.monitor.cpu_seconds(), 3),
        }
        progress.losses, progress.logged = {}, progress.step
        shown = f"{line.get('loss', math.nan):.4f}"
        bar.set_postfix({"loss": shown})
        if self.world.is_main:
            place = {"processes": self.world.size, "device": self.world.device_name}
            self.session.metrics.append({**line, **place, "precision": self.precision})
            if bar.disable:
                logger.info(
                    "step %d/%d  loss %s", progress.step, self.job.recipe.total_steps, shown
                )

    def _save(self, final: bool) -> None:
        progress = self.progress
        progress.seconds = self.monitor.seconds
        progress.cpu_seconds = self.monitor.cpu_seconds()
        progress.stability = self.stability.to_json()
        progress.optimizer_steps = self.optimizer.steps
        progress.finished = final
        named = self.trainee.trained()
        tensors: dict[str, Iterable[tuple[str, Tensor]]] = {
            WEIGHTS: [(name, p.detach()) for name, p in named.items()]
        }
        if final:
            progress.optimizer_digest = digest(self.optimizer.moments(named))
        else:
            tensors[MOMENTS] = self.optimizer.moments(named)
        if self.world.is_main:
            self.session.metrics.sync()
        self.session.store.save(progress.step, tensors, asdict(progress))
        self.saved_at = time.monotonic()
        self.watchdog.beat(progress.step)

    def _progress_bar(self, stage: TuningStage, begin: int) -> Any:
        return tqdm(
            total=stage.steps,
            initial=self.progress.step - begin,
            desc=f"tuning {stage.loss.name}",
            unit="step",
            disable=None if self.world.is_main else True,
        )


def _dropout_seed(seed: int, *place: int) -> int:
    (drawn,) = key(seed, Stream.DROPOUT, *place)
    return int(drawn >> np.uint64(1))  # 63 bits fit a signed integer
