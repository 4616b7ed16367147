"""Fine-tuning of a classifier: AdamW, linear schedule, best epoch on the development set.

Everything random is a function of the seed and the step (the head of the seed, the order of seed
and epoch, dropout of seed and step), so a killed training that resumes from its checkpoint ends
with the weights of one that was never killed.
"""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from lingraft.artifacts import atomic_path
from lingraft.artifacts.sealed import append_digest, keeps_digest
from lingraft.errors import DivergedError, InputError
from lingraft.evaluation.fine_tuning.recipe import LoopSettings
from lingraft.models.rows import padded

logger = logging.getLogger(__name__)

_SAVE_EVERY = 500  # steps between checkpoints inside an epoch

Encoded = Mapping[str, Sequence[int]]  # input_ids, labels, ... of one example
Development = Callable[[Any], float]  # model -> value, higher is better
Reading = Callable[[Sequence[Encoded], int], AbstractContextManager[Sequence[Encoded]]]
"""The rows of a step, and its number -> these rows for as long as the model reads them."""


@dataclass
class FineTuningProgress:
    """How far a training is; part of its checkpoint."""

    step: int = 0
    best: float = -math.inf
    best_epoch: int = -1
    development: list[float] = field(default_factory=list)


def load_with_head(
    folder: Path, auto_class: Any, labels: Sequence[str], tokenizer: Any, seed: int
) -> Any:
    """The model's body under a new classification head that the seed draws.

    Factorized embeddings are multiplied out first: the computed function is the same.

    Args:
        folder: the model.
        auto_class: the class of transformers that adds the head.
        labels: what the head predicts.
        tokenizer: the model's tokenizer.
        seed: of the head.

    Raises:
        InputError: the folder is damaged, or has no weights for the body.
    """
    from transformers import AutoConfig

    from lingraft.models.door import require_body
    from lingraft.models.padding import train_shared_padding
    from lingraft.models.stage import export_model
    from lingraft.models.stored import read_config, read_weights, require_plain_weights

    torch.manual_seed(seed)
    with TemporaryDirectory(prefix="lingraft-dense-") as temporary:
        if read_config(folder).get("factorized_width"):
            export_model(folder, Path(temporary) / "model", dense=True)
            folder = Path(temporary) / "model"
        require_plain_weights(folder, pickles=False)
        # Without an id of padding, classifiers of decoders refuse batches: they look for the last
        # token that is not padding.
        config = AutoConfig.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            num_labels=len(labels),
            pad_token_id=tokenizer.pad_token_id,
        )
        model, found = read_weights(auto_class, folder, config=config, use_safetensors=True)
        require_body(model, found["missing_keys"], folder)
        train_shared_padding(model)
        return model


def fine_tune(
    model: Any,
    examples: Sequence[Encoded],
    development: Development,
    settings: LoopSettings,
    seed: int,
    padding: int,
    *,
    checkpoint: Path | None = None,
    drop_every_other_batch: bool = False,
    on_step: Callable[[int, float], None] | None = None,
    reading: Reading | None = None,
) -> FineTuningProgress:
    """Train `model` in place and leave it with the selected weights.

    Args:
        model: a Hugging Face model that returns a loss for labels.
        examples: encoded training examples.
        development: measures the model after each epoch; higher is better.
        settings: the recipe.
        seed: order and dropout.
        padding: id of the padding token.
        checkpoint: file from which a killed training resumes; None keeps none.
        drop_every_other_batch: gradients are cleared every step and applied every second one,
            as OFA's Taxi1500 script does.
        on_step: called with step and loss.
        reading: the rows of a step as the model reads them; None for as they are.

    Raises:
        InputError: there are no examples.
        DivergedError: the loss is not finite.
    """
    if not examples:
        raise InputError("there are no training examples")
    batches = math.ceil(len(examples) / settings.batch_size)
    optimizer, schedule = _optimizer(model, settings, batches * settings.epochs)
    progress, best = _resume(checkpoint, model, optimizer, schedule)
    bar = tqdm(
        total=batches * settings.epochs, initial=progress.step, desc="fine-tune", disable=None
    )
    while progress.step < batches * settings.epochs:
        epoch, place = divmod(progress.step, batches)
        chosen = _order(len(examples), seed, epoch)[place * settings.batch_size :]
        rows = [examples[i] for i in chosen[: settings.batch_size]]
        with nullcontext(rows) if reading is None else reading(rows, progress.step) as read:
            loss = _step(model, read, settings, seed, progress.step, padding)
        if not drop_every_other_batch or progress.step % 2 == 1:
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        optimizer.zero_grad()
        if on_step is not None:
            on_step(progress.step, loss)
        progress.step += 1
        bar.update()
        at_end = place == batches - 1
        if at_end:
            best = _select(model, development, settings, progress, epoch, best)
        if checkpoint is not None and (at_end or progress.step % _SAVE_EVERY == 0):
            _save(checkpoint, model, optimizer, schedule, progress, best)
    bar.close()
    model.load_state_dict(best)
    model.eval()
    return progress


def collate(rows: Sequence[Encoded], padding: int, device: Any) -> dict[str, Tensor]:
    """Make a batch: rows filled up to the longest, ids with `padding`, labels with -100.

    Args:
        rows: encoded examples, with one `label` each or `labels` of their tokens.
        padding: id of the padding token.
        device: where the batch goes.
    """
    fills = {"input_ids": padding, "labels": -100}
    batch = {}
    for name in rows[0]:
        if name == "label":
            batch["labels"] = torch.tensor([row["label"] for row in rows], device=device)
        else:
            values = padded([row[name] for row in rows], fills.get(name, 0))
            batch[name] = torch.tensor(values, device=device)
    return batch


def _step(
    model: Any, rows: Sequence[Encoded], settings: LoopSettings, seed: int, step: int, padding: int
) -> float:
    # The factor is larger than any number of steps, so that seed 2 at step 0 is not seed 1 at a
    # later step.
    torch.manual_seed(seed * 1_000_003 + step)  # dropout
    model.train()
    device = model.device
    batch = collate(rows, padding, device)
    with torch.autocast(device.type, torch.bfloat16, enabled=settings.precision == "bf16"):
        loss = model(**batch).loss
    if not torch.isfinite(loss):
        raise DivergedError(f"fine-tuning diverged: loss {loss.item()} at step {step}")
    loss.backward()
    return float(loss.item())


def _select(
    model: Any,
    development: Development,
    settings: LoopSettings,
    progress: FineTuningProgress,
    epoch: int,
    best: dict[str, Tensor],
) -> dict[str, Tensor]:
    model.eval()
    value = development(model)
    progress.development.append(value)
    if settings.selection == "last" or value > progress.best:
        progress.best, progress.best_epoch = value, epoch
        # state_dict refers to the weights themselves, so the best ones must be copied.
        return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
    return best


def _optimizer(model: Any, settings: LoopSettings, steps: int) -> tuple[Any, Any]:
    from transformers import get_linear_schedule_with_warmup

    matrices = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [
            {"params": matrices, "weight_decay": settings.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ],
        lr=settings.learning_rate,
    )
    warmup = math.ceil(settings.warmup * steps)
    schedule = get_linear_schedule_with_warmup(optimizer, warmup, steps)  # type: ignore[no-untyped-call]
    return optimizer, schedule


def _order(count: int, seed: int, epoch: int) -> list[int]:
    # A generator of its own leaves the global one, which dropout uses, as it is.
    generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    order: list[int] = torch.randperm(count, generator=generator).tolist()
    return order


def _save(
    path: Path,
    model: Any,
    optimizer: Any,
    schedule: Any,
    progress: FineTuningProgress,
    best: dict[str, Tensor],
) -> None:
    content = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(),
        "progress": vars(progress),
        "best": best,
    }
    with atomic_path(path) as temporary:
        torch.save(content, temporary)
        append_digest(temporary)


def _resume(
    path: Path | None, model: Any, optimizer: Any, schedule: Any
) -> tuple[FineTuningProgress, dict[str, Tensor]]:
    """Take up the checkpoint, if there is a whole one."""
    if path is None or not path.is_file():
        return FineTuningProgress(), dict(model.state_dict())
    if not keeps_digest(path):
        logger.warning("%s is damaged (its digest differs); this training starts again", path)
        return FineTuningProgress(), dict(model.state_dict())
    # weights_only: a pickle could run any code.
    content = torch.load(path, map_location=model.device, weights_only=True)
    model.load_state_dict(content["model"])
    optimizer.load_state_dict(content["optimizer"])
    schedule.load_state_dict(content["schedule"])
    return FineTuningProgress(**content["progress"]), content["best"]
