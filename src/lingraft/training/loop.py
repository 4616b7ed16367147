"""The loop: stages of steps, with evaluation, logging, checkpoints and clean interruption.

A step depends only on its number, the weights and the moments; `Progress` stores the rest. So a
training that was killed and continued ends with the same bits as one that was not.
"""

import logging
import math
import time
from collections.abc import Generator, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import numpy as np
from torch import Tensor
from tqdm import tqdm

from lingraft.config.training_stages import FilledStage
from lingraft.errors import ConfigError, PreemptedError
from lingraft.models.loading import load_weights
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.training.batches import Batch, BatchCounts, Samples, TrainingData, deal, in_background
from lingraft.training.checkpoint import MOMENTS, WEIGHTS, Checkpoint, CheckpointStore, digest
from lingraft.training.compiling import compiles_by_default
from lingraft.training.disk import require_space
from lingraft.training.engine import Engine, Update
from lingraft.training.evaluation import HeldOutText
from lingraft.training.interruption import Interruption, Watchdog
from lingraft.training.job import Inputs, Job, micro_batch
from lingraft.training.layout import Layout, observes_layers
from lingraft.training.metrics import MetricsFile
from lingraft.training.monitor import Monitor
from lingraft.training.objectives import objective_of_recipe
from lingraft.training.parameters import load_to_train, peaks
from lingraft.training.progress import Progress
from lingraft.training.sampler import Stream, key
from lingraft.training.schedules import rate
from lingraft.training.selection import hold, hold_old_rows, select, trainable
from lingraft.training.stability import Stability
from lingraft.training.teaching import Lesson
from lingraft.training.tensorboard import Board
from lingraft.training.world import World

logger = logging.getLogger(__name__)


@dataclass
class Training:
    """A job at work: its means, and the state that its steps change.

    `run` sets the state that lasts for the whole training; `_run_stage` sets that of one stage.
    """

    job: Job
    inputs: Inputs
    world: World
    store: CheckpointStore
    metrics: MetricsFile
    interruption: Interruption
    watchdog: Watchdog
    precision: str
    board: Board | None = None  # of the main process, if wanted

    progress: Progress = field(init=False)
    stability: Stability = field(init=False)
    monitor: Monitor = field(init=False)
    saved_at: float = field(init=False)  # time of the last checkpoint, on the monotonic clock
    held_out: HeldOutText | None = field(init=False, default=None)

    stage: FilledStage = field(init=False)
    begin: int = field(init=False)  # the step at which the stage begins
    engine: Engine = field(init=False)

    def run(self, checkpoint: Checkpoint | None) -> Progress:
        """Train from `checkpoint` (or the beginning) to the end.

        Raises:
            PreemptedError: asked to stop; everything is saved.
            DivergedError: the losses are beyond help.
        """
        self.progress = Progress(**checkpoint.progress) if checkpoint else Progress()
        self.stability = Stability(**self.progress.stability)
        self.monitor = Monitor(
            self.world, self.progress.seconds, self.progress.joules, self.progress.cpu_seconds
        )
        self.saved_at = time.monotonic()
        weights = checkpoint.tensors(WEIGHTS) if checkpoint else {}
        for stage in self.job.recipe.all_stages:
            self._divide(stage)  # refuses a batch that cannot be divided before any step
        begin = 0
        for stage in self.job.recipe.all_stages:
            end = begin + stage.steps
            if self.progress.step < end and not self.progress.is_over(self.job.recipe):
                weights = self._run_stage(stage, begin, weights, checkpoint)
                # Only the interrupted stage continues with stored moments; the next stages begin
                # with new ones.
                checkpoint = None
            begin = end
        return self.progress

    def _run_stage(
        self,
        stage: FilledStage,
        begin: int,
        weights: dict[str, Tensor],
        checkpoint: Checkpoint | None,
    ) -> dict[str, Tensor]:
        """Train a stage from these weights (the source model's if empty); return the new ones."""
        self.stage, self.begin = stage, begin
        recipe, job = self.job.recipe, self.job
        lesson = self.inputs.lesson(job, stage)
        data: Samples = (
            lesson.snippets
            if lesson
            else TrainingData(self.inputs.training, recipe, stage, job.seed, self.inputs.knowledge)
        )
        self.engine = self._start_engine(weights, checkpoint, lesson)
        if self.progress.step == 0:
            self._evaluate()
        batches = self._batches(data)
        with self._progress_bar() as bar:
            while self.progress.step < begin + stage.steps and not self.progress.is_over(recipe):
                self._step(batches, bar)
        batches.close()
        is_last = self.progress.is_over(recipe)
        # `cpu()` returns the same memory for a tensor that is on the CPU already. `clone` makes the
        # copy, because the engine ends here.
        weights = {} if is_last else {name: t.cpu().clone() for name, t in self.engine.weights()}
        self.engine.close()
        return weights

    def _start_engine(
        self,
        weights: dict[str, Tensor],
        checkpoint: Checkpoint | None,
        lesson: Lesson | None,
    ) -> Engine:
        recipe = self.job.recipe
        model = load_to_train(self.job.model, recipe, self.job.seed)
        for stage in recipe.all_stages:
            # `select` also sets `requires_grad`; the engine sets it again for its own stage.
            select(model, stage)  # refuses to train nothing
        self._require_space(model)
        first = lesson.first_rows(model) if lesson else None  # before they are trained
        if weights:
            load_weights(model, weights, trainable(model, recipe))
        if self.stage.train == "new-rows":
            hold_old_rows(model, self.inputs.new_V)
        held = self._shield(model)
        hold(model, held)
        objective = lesson.objective(model, first) if lesson else objective_of_recipe(model, recipe)
        engine = Engine(objective, recipe, self.stage, self._layout(), self.world, held)
        # At the first step of a stage the stored moments are those of the stage before it.
        if checkpoint and self.progress.step > self.begin:
            engine.load_moments(checkpoint.tensors(MOMENTS), self.progress.optimizer_steps)
            engine.load_scaler_state(self.progress.scaler)
        return engine

    def _shield(self, model: Any) -> dict[str, Tensor]:
        """What the stage holds of its parameters; scored once, by the main process."""
        shield = self.inputs.shielding.of_stage(self.stage, self.store.folder)
        if shield is None:
            return {}
        beat = partial(self.watchdog.beat, self.progress.step)
        self.world.alone(lambda: shield.score(self.world.device, beat))
        # Where the gradients are, so that no backward pass brings them there.
        return {name: held.to(self.world.device) for name, held in shield.held(model).items()}

    def _require_space(self, model: Any) -> None:
        recipe, state, output = self.job.recipe, self.store.folder, self.job.output
        self.world.alone(lambda: require_space(model, recipe, state, output))

    def _layout(self) -> Layout:
        machine = self.job.machine
        earlier = self.progress.micro_batch if self.progress.step > self.begin else 0
        size, accumulation = self._divide(self.stage, earlier)
        if earlier not in (0, size) and self.world.is_main:
            logger.warning(
                "forward passes have %d rows, and had %d before this restart: other dropout masks "
                "are drawn, so the result differs from that of a training without it",
                size, earlier,
            )  # fmt: skip
        self.progress.micro_batch = size
        several = self.world.size > 1
        default = 1 if several or self.precision == "fp16" else 0
        if machine.zero_stage == 0 and self.precision != "fp32" and default:
            of = " of several processes" if several else ""
            raise ConfigError(f"precision {self.precision}{of} needs `zero_stage=` 1, 2 or 3")
        zero_stage = default if machine.zero_stage is None else machine.zero_stage
        is_observed = observes_layers(self.stage, machine.activation_checkpointing)
        compiles = compiles_by_default(self.world.device, is_observed, zero_stage)
        return Layout(
            zero_stage=zero_stage,
            precision=self.precision,
            micro_batch=size,
            accumulation=accumulation,
            activation_checkpointing=machine.activation_checkpointing,
            compile=compiles if machine.compile is None else machine.compile,
        )

    def _divide(self, stage: FilledStage, earlier: int = 0) -> tuple[int, int]:
        """Rows of a forward pass, and passes of a step.

        After a restart they are as before where possible, because the dropout masks of a pass are
        drawn for all its rows together.
        """
        asked, processes = self.job.machine.micro_batch, self.world.size
        if asked is None and earlier and stage.batch_size % (processes * earlier) == 0:
            asked = earlier
        return micro_batch(stage, processes, self.world.device.type, asked)

    def _batches(self, data: Samples) -> Generator[tuple[int, Batch]]:
        """This process's micro-batches from the current step on, each with its dropout's seed."""
        layout, progress = self.engine.layout, self.progress
        steps = self.begin + self.stage.steps - progress.step
        samples = deal(
            progress.samples, steps, layout.micro_batch, layout.accumulation,
            self.world.rank, self.world.size,
        )  # fmt: skip
        for batch, samples_N in in_background(data, samples):
            # The first sample's number identifies the micro-batch, whichever process works on it. A
            # key has 64 bits; 63 of them fit a signed integer.
            (dropout,) = key(self.job.seed, Stream.DROPOUT, samples_N[0])
            yield int(dropout >> np.uint64(1)), batch

    def _step(self, batches: Iterator[tuple[int, Batch]], bar: Any) -> None:
        started = time.monotonic()
        progress, layout = self.progress, self.engine.layout
        micro_batches = [next(batches) for _ in range(layout.accumulation)]
        local = zip(*(batch.counts for _, batch in micro_batches), strict=True)
        counts = BatchCounts(*map(int, self.world.sum(*map(sum, local))))
        share = rate(self.job.recipe, progress.step - self.begin, self.stage.steps)
        accept = self._accepts if self.job.recipe.skip_spikes else None
        update = self.engine.update(micro_batches, counts, share, accept)
        # One collective call instead of three. A `stop` or `save` above 0 comes from at least one
        # process, and all processes follow it.
        nats, stop, save = self.world.sum(
            update.nats, float(self.interruption.due()), float(self._is_save_due())
        )
        self._note(update, nats, counts, time.monotonic() - started)
        self._end_step(share, bool(stop), bool(save), bar)

    def _accepts(self, loss: float) -> bool:
        if not self.stability.is_spike(loss):
            return True
        logger.warning("step %d: loss %.3f is a spike, update skipped", self.progress.step, loss)
        return False

    def _note(self, update: Update, nats: float, counts: BatchCounts, seconds: float) -> None:
        progress = self.progress
        loss = nats / max(1, counts.predictions)
        # fp16 finds its loss scale by overflowing now and then; only lost losses count there.
        finite = math.isfinite(loss) and (update.applied or self.precision == "fp16")
        progress.step += 1
        progress.samples += self.stage.batch_size
        progress.tokens += counts.tokens
        progress.gradient_norm = (
            update.gradient_norm if math.isfinite(update.gradient_norm) else 0.0
        )
        if finite:
            progress.window_nats += nats
            progress.window_predictions += counts.predictions
        self.monitor.note(counts.tokens, seconds, self.engine.objective.work(counts))
        self.watchdog.beat(progress.step)
        if not update.skipped_on_purpose:
            self.stability.note(progress.step, loss, finite)

    def _end_step(self, share: float, stop: bool, save: bool, bar: Any) -> None:
        step, recipe = self.progress.step, self.job.recipe
        bar.update()
        ends_stage = step == self.begin + self.stage.steps
        if step % self.job.machine.log_steps == 0 or ends_stage:
            self._log(share, bar)
        gained = False
        if step % recipe.evaluation_interval == 0 or step == recipe.total_steps:
            gained = self._evaluate()
        over = self.progress.is_over(self.job.recipe)
        every = self.job.machine.checkpoint_steps
        if (
            over
            or stop
            or save
            # Early stopping exports its best step, so that step needs a checkpoint.
            or (gained and recipe.early_stopping)
            or (every and step % every == 0)
        ):
            self._save(final=over)
        if stop and not over:
            raise PreemptedError(
                f"stopped at step {step} of {recipe.total_steps} because "
                f"{self.interruption.reason or 'another process was asked to'}; all is saved, and "
                "the same command continues the training"
            )

    def _log(self, share: float, bar: Any) -> None:
        progress = self.progress
        loss = progress.window_nats / max(1, progress.window_predictions)
        line = {
            "kind": "train",
            "step": progress.step,
            "tokens": progress.tokens,
            "loss": loss,
            "lr": {group: peak * share for group, peak in peaks(self.engine.groups).items()},
            "grad_norm": progress.gradient_norm,
            "skipped": len(self.stability.skipped),
            **self.monitor.read(),
        }
        progress.window_nats, progress.window_predictions = 0.0, 0
        self._write(line)
        memory = f"{line['peak_memory_bytes'] / 2**30:.1f}G"
        speed = f"{line['tokens_per_second']:.0f}"
        bar.set_postfix({"loss": f"{loss:.3f}", "tokens/s": speed, "memory": memory})
        if bar.disable and self.world.is_main:
            logger.info(
                "step %d/%d  loss %.4f  %s tokens/s  %s",
                progress.step, self.job.recipe.total_steps, loss, speed, memory,
            )  # fmt: skip

    def _evaluate(self) -> bool:
        """Evaluate and log; return whether the loss is the best so far."""
        # With ZeRO-3 each forward pass gathers weights from all processes, so all must run every
        # batch.
        share_work = self.engine.layout.zero_stage < 3
        compiled = self.engine.layout.compile
        found = self._held_out().score(self.engine.objective, self.world, share_work, compiled)
        if found is None:
            return False
        self._write(
            {
                "kind": "valid",
                "step": self.progress.step,
                "tokens": self.progress.tokens,
                **found,
                "seconds": round(self.monitor.seconds, 3),
                "cpu_seconds": round(self.monitor.cpu_seconds(), 3),
            }
        )
        loss, bits = found["loss"], found["bits_per_byte"]
        if self.world.is_main:
            logger.info(
                "step %d  held-out loss %.4f, %.4f bits per byte", self.progress.step, loss, bits
            )
        self.watchdog.beat(self.progress.step)
        return self.progress.note_evaluation(loss, self.job.recipe.early_stopping)

    def _held_out(self) -> HeldOutText:
        if self.held_out is None:
            tokenizer, documents = load_tokenizer(self.job.model), self.inputs.held_out
            model = self.engine.hf_model
            held_out = HeldOutText.of(model, tokenizer, documents, self.job.measure)
            # Those that all processes have: a corpus may have been made while they started.
            common = set.intersection(*map(set, self.world.gather(list(self.inputs.elsewhere))))
            elsewhere = {n: own for n, own in self.inputs.elsewhere.items() if n in common}
            self.held_out = held_out.beside(model, tokenizer, elsewhere, self.job.measure)
        return self.held_out

    def _is_save_due(self) -> bool:
        elapsed = time.monotonic() - self.saved_at
        return self.world.is_main and elapsed > 60.0 * self.job.machine.checkpoint_minutes

    def _save(self, final: bool) -> None:
        """Save; at the end weights only, with a digest of the optimizer's state in its place."""
        progress = self.progress
        progress.seconds, progress.joules = self.monitor.seconds, self.monitor.joules
        progress.cpu_seconds = self.monitor.cpu_seconds()
        progress.stability = self.stability.to_json()
        progress.optimizer_steps = self.engine.steps()
        progress.scaler = self.engine.scaler_state()
        progress.finished = final
        tensors: dict[str, Iterable[tuple[str, Tensor]]] = {WEIGHTS: self.engine.weights()}
        if final:
            progress.optimizer_digest = digest(self.engine.moments())
        else:
            tensors[MOMENTS] = self.engine.moments()
        if self.world.is_main:
            self.metrics.sync()
        best = progress.best_step if self.job.recipe.early_stopping else None
        self.store.save(progress.step, tensors, asdict(progress), best)
        self.saved_at = time.monotonic()
        self.watchdog.beat(progress.step)

    def _write(self, line: dict[str, Any]) -> None:
        if self.world.is_main:
            place = {"processes": self.world.size, "device": self.world.device_name}
            self.metrics.append({**line, **place, "precision": self.precision})
            if self.board is not None:
                self.board.add(line)

    def _progress_bar(self) -> Any:
        return tqdm(
            total=self.stage.steps,
            initial=self.progress.step - self.begin,
            desc=f"training {self.stage.train}",
            unit="step",
            disable=None if self.world.is_main else True,
        )
