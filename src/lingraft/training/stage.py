"""What the script calls: `pretrain` locks the state, resumes, trains and exports the model."""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from lingraft import __version__
from lingraft.artifacts import ModelFacts, new_artifact, write_json
from lingraft.errors import ConfigError
from lingraft.models.arithmetic import has_bf16
from lingraft.models.loading import load_weights
from lingraft.models.writing import write_model
from lingraft.tokenizers.saving import copy_tokenizer_files
from lingraft.training.checkpoint import WEIGHTS, Checkpoint, Hook
from lingraft.training.interruption import Watchdog
from lingraft.training.job import Inputs, Job, check_inputs, of_its_model, state_folder
from lingraft.training.metrics import METRICS
from lingraft.training.parameters import load_to_train, make_plain
from lingraft.training.selection import trainable
from lingraft.training.session import Session, train_and_export
from lingraft.training.tensorboard import FOLDER, Board
from lingraft.training.world import World

logger = logging.getLogger(__name__)

_OBJECTIVES = {
    "masked": "masked language modeling",
    "causal": "causal language modeling",
    "retromae": "RetroMAE (Xiao and Liu 2022)",
    "dupmae": "DupMAE (Liu, Xiao and Shao 2022)",
}


def pretrain(job: Job, hook: Hook | None = None) -> None:
    """Train as `job` says, from the newest checkpoint of the same job on, and export the model.

    Args:
        job: what to do.
        hook: called at each phase of a save, for tests that stop the process there.

    Raises:
        PreemptedError: asked to stop by signal or time budget; all is saved.
        DivergedError: losses were not finite too often; the last good checkpoint is kept.
        InputError: inputs or all checkpoints are unusable.
        LingraftError: another training uses the state, or disk or memory are full.
    """

    job = of_its_model(job)

    def check() -> tuple[Inputs, Path]:
        inputs = check_inputs(job)
        return inputs, state_folder(job, inputs.identity)

    train_and_export(job.machine, check, partial(_train, job), partial(_export, job), hook)


def _train(job: Job, inputs: Inputs, session: Session, checkpoint: Checkpoint | None) -> None:
    # The loop imports DeepSpeed, which must come after `join_world` has set its environment
    # variables.
    from lingraft.training.loop import Training

    folder, world = session.folder, session.world
    precision = choose_precision(job.recipe.precision, world)
    watchdog = Watchdog(folder, world.rank, job.machine.hang_minutes)
    with watchdog.watching(), _board(job, folder, world, checkpoint) as board:
        Training(
            job, inputs, world, session.store, session.metrics, session.interruption, watchdog,
            precision, board,
        ).run(checkpoint)  # fmt: skip


@contextmanager
def _board(
    job: Job, folder: Path, world: World, checkpoint: Checkpoint | None
) -> Iterator[Board | None]:
    if not job.machine.tensorboard or not world.is_main:
        yield None
        return
    with closing(Board(folder / FOLDER, checkpoint.step if checkpoint else -1)) as board:
        yield board


def choose_precision(asked: str, world: World) -> str:
    """The arithmetic to use, the same for all processes.

    Args:
        asked: `auto` is bf16 on GPUs that have it, otherwise fp32; `fast` is bf16 also on
            processors that have it.
        world: the processes.

    Raises:
        ConfigError: fp16 on a machine without a GPU.
    """
    is_cpu = world.device.type == "cpu"
    if asked == "fp16" and is_cpu:
        raise ConfigError("precision: fp16 needs a GPU; write fp32, bf16, fast or auto")
    if asked not in ("auto", "fast"):
        return asked
    takes_bf16 = (asked == "fast" or not is_cpu) and has_bf16(world.device.type)
    # Machines of one training may differ.
    return "bf16" if world.sum(float(takes_bf16))[0] == world.size else "fp32"


def _export(job: Job, inputs: Inputs, session: Session, final: Checkpoint) -> None:
    """Write the result as a plain Hugging Face folder with its provenance."""
    step = _exported_step(job, final)
    model = load_to_train(job.model, job.recipe, job.seed)
    if step:  # at 0 nothing was better than the source
        chosen = final if step == final.step else session.store.whole(step)
        load_weights(model, chosen.tensors(WEIGHTS), trainable(model, job.recipe))
    session.store.keep_only({final.step, step})
    make_plain(model, job.recipe)
    merged = None if inputs.source is None else inputs.source.mix_into(model)
    settings = job.recipe.model_dump(mode="json", exclude_unset=True)
    facts = ModelFacts(steps=step, seed=job.seed, state=session.folder.name)
    with new_artifact(
        job.output, "model", settings=settings, inputs=inputs.artifacts, facts=facts
    ) as staging:
        write_model(model, staging)
        copy_tokenizer_files(job.model, staging)
        session.metrics.export(staging / METRICS)
        write_json(staging / "provenance.json", _provenance(inputs, final, step, merged))
        (staging / "README.md").write_text(_card(job, final, step), "utf-8")
    logger.info("trained %d steps; model in %s", final.step, job.output)


def _exported_step(job: Job, final: Checkpoint) -> int:
    best: int | None = final.progress["best_step"]
    return final.step if not job.recipe.early_stopping or best is None else best


def _provenance(
    inputs: Inputs, final: Checkpoint, exported: int, merged: dict[str, Any] | None
) -> dict[str, Any]:
    source = inputs.artifacts["model"].manifest
    found = {
        "fingerprint": inputs.fingerprint,
        **inputs.identity,
        "source_settings": dict(source.settings),
        "source_facts": source.facts.as_json(),
        "steps": final.step,
        "exported_step": exported,
        "tokens_seen": final.progress["tokens"],
        "seconds": final.progress["seconds"],
        "cpu_seconds": final.progress.get("cpu_seconds"),
        "optimizer_digest": final.progress["optimizer_digest"],
    }
    return found if merged is None else found | {"merged": merged}


def _card(job: Job, final: Checkpoint, exported: int) -> str:
    progress = final.progress
    held_out = (
        f"{progress['best_loss']:.4f}" if progress["best_loss"] is not None else "not measured"
    )
    auto = "AutoModelForCausalLM" if job.recipe.predicts == "causal" else "AutoModelForMaskedLM"
    mixed = _mixed(job)
    return f"""# {_title(job.output)}

Trained by lingraft {__version__}: {_OBJECTIVES[str(job.recipe.objective)]} on
{", ".join(job.tokens)}, {final.step} steps, {progress["tokens"]:,} tokens, seed {job.seed}.
These are the weights of step {exported}. Lowest held-out loss: {held_out} nats per token.

{mixed}Settings and origins are in `provenance.json`, the course of training is in `metrics.jsonl`.

```python
from transformers import {auto}, PreTrainedTokenizerFast
model = {auto}.from_pretrained("this folder")
tokenizer = PreTrainedTokenizerFast.from_pretrained("this folder")
```
"""


def _mixed(job: Job) -> str:
    """What the result took back of its source, as a sentence."""
    if (merge := job.recipe.merge) is None:
        return ""
    layers = ", ".join(f"{number} by {rate:g}" for number, rate in merge.layers.items())
    rows = " Special tokens have the source's rows." if merge.special_tokens else ""
    return f"After that, layers went back towards the source (SLERP): {layers}.{rows}\n\n"


def _title(output: Path) -> str:
    """The model's run, initialization and seed if the workflow chose the folder, else that."""
    # The empty strings give a short path four parts, too.
    run, initialization, seed, name = ("", "", "", *output.resolve().parts)[-4:]
    if seed.startswith("seed-"):
        return f"{run}, {initialization}, {seed.replace('-', ' ')}"
    return f"{seed}, head warmed up" if name == "ready" else name
