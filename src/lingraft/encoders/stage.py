"""What the script calls: `tune` locks the state, resumes, trains and writes the encoder."""

import logging
from functools import partial
from pathlib import Path
from typing import Any

import torch

from lingraft import __version__
from lingraft.artifacts import ModelFacts, new_artifact, write_json
from lingraft.encoders.card import card
from lingraft.encoders.job import TuningInputs, TuningJob, check_tuning
from lingraft.encoders.student import make_student, write_student
from lingraft.encoders.trainee import load_student
from lingraft.training.checkpoint import WEIGHTS, Checkpoint, Hook
from lingraft.training.interruption import Watchdog
from lingraft.training.job import named_state
from lingraft.training.metrics import METRICS
from lingraft.training.session import Session, train_and_export
from lingraft.training.stage import choose_precision

logger = logging.getLogger(__name__)


def tune(job: TuningJob, hook: Hook | None = None) -> None:
    """Tune as `job` says, from the newest checkpoint of the same job on, and write the encoder.

    Args:
        job: what to do.
        hook: called at each phase of a save, for tests that stop the process there.

    Raises:
        PreemptedError: asked to stop by signal or time budget; all is saved.
        DivergedError: losses were not finite too often; the last good checkpoint is kept.
        InputError: inputs or all checkpoints are unusable.
        LingraftError: another tuning uses the state, or disk or memory are full.
    """

    def check() -> tuple[TuningInputs, Path]:
        inputs = check_tuning(job)
        return inputs, named_state(job.state, inputs.identity, inputs.fingerprint)

    train_and_export(job.machine, check, partial(_tune, job), partial(_export, job), hook)


def _tune(
    job: TuningJob, inputs: TuningInputs, session: Session, checkpoint: Checkpoint | None
) -> None:
    # Imports sentence-transformers' losses, which a tuning that is refused need not wait for.
    from lingraft.encoders.loop import Tuning

    precision = choose_precision(job.recipe.precision, session.world)
    watchdog = Watchdog(session.folder, session.world.rank, job.machine.hang_minutes)
    with watchdog.watching():
        Tuning(job, inputs, session, watchdog, precision).run(checkpoint)


def _export(job: TuningJob, inputs: TuningInputs, session: Session, final: Checkpoint) -> None:
    """Write the encoder as a folder of sentence-transformers with its provenance."""
    torch.manual_seed(job.seed)
    student = make_student(job.model, job.recipe)
    load_student(student, final.tensors(WEIGHTS))
    session.store.keep_only({final.step})
    settings = job.recipe.model_dump(mode="json", exclude_unset=True)
    facts = ModelFacts(steps=final.step, seed=job.seed, state=session.folder.name)
    with new_artifact(
        job.output, "model", settings=settings, inputs=inputs.artifacts, facts=facts
    ) as staging:
        write_student(student, staging)
        session.metrics.export(staging / METRICS)
        write_json(staging / "provenance.json", _provenance(inputs, final))
        (staging / "README.md").write_text(_card(job, inputs, final, student), "utf-8")
    logger.info("tuned %d steps; encoder in %s", final.step, job.output)


def _provenance(inputs: TuningInputs, final: Checkpoint) -> dict[str, Any]:
    return {
        "fingerprint": inputs.fingerprint,
        **inputs.identity,
        "steps": final.step,
        "seconds": final.progress["seconds"],
        "cpu_seconds": final.progress["cpu_seconds"],
        "optimizer_digest": final.progress["optimizer_digest"],
    }


def _card(job: TuningJob, inputs: TuningInputs, final: Checkpoint, student: Any) -> str:
    recipe, width = job.recipe, student.encoder.get_embedding_dimension()
    stages = "\n".join(
        f"- {stage.loss.name} on {', '.join(stage.data)}: {stage.steps} steps of "
        f"{stage.batch_size} examples ({stage.loss.paper})"
        for stage in recipe.stages
    )
    pooling = recipe.pooling if isinstance(recipe.pooling, str) else recipe.pooling.kind
    prompts = {name: text for name, text in recipe.prompts.model_dump().items() if text}
    told = f", prompts {prompts}" if prompts else ""
    made = (
        f"Tuned by lingraft {__version__} in {final.step} steps: {width} dimensions, {pooling} "
        f"pooling, at most {recipe.maximum_length} tokens{told}.\n\n{stages}"
    )
    behind = (
        "Settings and origins are in `provenance.json`, the losses are in `metrics.jsonl`.\n"
        "The folder is a language model, too: its head is beside the encoder."
    )
    return card(f"seed {job.seed}", made, student.encoder, inputs.artifacts.values(), behind)
