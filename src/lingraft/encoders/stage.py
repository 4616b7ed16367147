"""What the script calls: `tune` locks the state, resumes, trains and writes the encoder."""

import logging
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch

from lingraft import __version__
from lingraft.artifacts import ModelFacts, new_artifact, write_json
from lingraft.encoders.job import TuningInputs, TuningJob, check_tuning
from lingraft.encoders.student import make_student, write_student
from lingraft.encoders.trainee import load_student
from lingraft.errors import InputError
from lingraft.training.checkpoint import WEIGHTS, Checkpoint, CheckpointStore, Hook
from lingraft.training.failures import machine_failures
from lingraft.training.interruption import Interruption, Watchdog
from lingraft.training.job import named_state
from lingraft.training.lock import exclusive
from lingraft.training.metrics import METRICS, MetricsFile
from lingraft.training.stage import choose_precision
from lingraft.training.world import World, join_world

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
    interruption = Interruption(job.machine.time_budget)
    with interruption.listening():
        inputs = check_tuning(job)
        folder = named_state(job.state, inputs.identity, inputs.fingerprint)
        world = join_world(job.machine.hang_minutes)
        holding = exclusive(folder) if world.is_main else nullcontext()
        with machine_failures(folder), holding:
            _tune(job, inputs, folder, world, interruption, hook)


def _tune(
    job: TuningJob,
    inputs: TuningInputs,
    folder: Path,
    world: World,
    interruption: Interruption,
    hook: Hook | None,
) -> None:
    # Imports sentence-transformers' losses, which a tuning that is refused need not wait for.
    from lingraft.encoders.loop import Tuning

    store = CheckpointStore(folder, world, hook)
    metrics = MetricsFile(folder / METRICS)
    checkpoint = store.newest()
    if checkpoint is None or not checkpoint.progress["finished"]:
        if world.is_main:
            metrics.rewind(checkpoint.step if checkpoint else -1)
        if checkpoint:
            logger.info("continuing at step %d", checkpoint.step)
        precision = choose_precision(job.recipe.precision, world)
        watchdog = Watchdog(folder, world.rank, job.machine.hang_minutes)
        with watchdog.watching():
            Tuning(job, inputs, world, store, metrics, interruption, watchdog, precision).run(
                checkpoint
            )
    final = store.newest()
    if final is None:
        raise InputError(f"{folder} has no finished tuning to export")
    if world.is_main:
        _export(job, inputs, folder, store, final)
    world.barrier()


def _export(
    job: TuningJob, inputs: TuningInputs, folder: Path, store: CheckpointStore, final: Checkpoint
) -> None:
    """Write the encoder as a folder of sentence-transformers with its provenance."""
    torch.manual_seed(job.seed)
    student = make_student(job.model, job.recipe)
    load_student(student, final.tensors(WEIGHTS))
    store.keep_only({final.step})
    settings = job.recipe.model_dump(mode="json", exclude_unset=True)
    facts = ModelFacts(steps=final.step, seed=job.seed, state=folder.name)
    with new_artifact(
        job.output, "model", settings=settings, inputs=inputs.artifacts, facts=facts
    ) as staging:
        write_student(student, staging)
        MetricsFile(folder / METRICS).export(staging / METRICS)
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
    needed, trust = "", ""
    if not isinstance(recipe.pooling, str):
        needed = " This pooling is code of lingraft, which must be installed to read the folder."
        trust = ", trust_remote_code=True"
    prompts = {name: text for name, text in recipe.prompts.model_dump().items() if text}
    told = f", prompts {prompts}" if prompts else ""
    licenses = sorted(
        {str(value) for a in inputs.artifacts.values() for value in a.facts.licenses.values()}
    )
    return f"""---
library_name: sentence-transformers
pipeline_tag: sentence-similarity
---

# A sentence encoder, seed {job.seed}

Tuned by lingraft {__version__} in {final.step} steps: {width} dimensions, {pooling} pooling,
at most {recipe.maximum_length} tokens{told}.{needed}

{stages}

Licenses of the model and the texts that it was made from: {", ".join(licenses) or "none stated"}.
Settings and origins are in `provenance.json`, the losses are in `metrics.jsonl`.

```python
from sentence_transformers import SentenceTransformer
encoder = SentenceTransformer("this folder"{trust})
vectors = encoder.encode(["first text", "second text"])
```

The folder is a language model, too: its head is beside the encoder.
"""
