"""Opens models of others, the only place: complete, and as their configuration says.

transformers draws weights that a file lacks at random, ignores names that it does not know and
believes the configuration. Here names are compared, the weights decide about ties, and numbers that
are not finite are refused.
"""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoModel, GenerationConfig, PreTrainedModel

from lingraft.artifacts import StoredPart
from lingraft.config.pretraining import Objective
from lingraft.errors import InputError, foreign
from lingraft.models.objective import auto_class
from lingraft.models.padding import train_shared_padding
from lingraft.models.stored import read_architecture, read_weights, require_plain_weights
from lingraft.models.ties import copy_tied_biases, require_matrices, settle_ties

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Opened:
    """A model that was opened: fp32, in evaluation mode."""

    model: PreTrainedModel
    drawn: tuple[str, ...]
    """Parameters of the head that the file lacks: drawn at random. Empty for a whole model."""
    stored: Mapping[str, int] = field(default_factory=dict)
    """How many numbers of each quantized file's types it had there; empty for plain files."""
    parts: Sequence[StoredPart] = ()
    """The same for each kind of weights, with an estimate of what was lost."""


def open_model(
    folder: Path, objective: Objective | None = None, *, pickles: bool = False
) -> Opened:
    """Load the language model in `folder`.

    Args:
        folder: a Hugging Face folder.
        objective: the head to give it; by default the one that the architecture is made for.
        pickles: whether PyTorch's own files are read too, tensors only.

    Raises:
        InputError: the model is damaged, incomplete, quantized, or of a kind that lingraft does
            not handle; the message names the folder and the tensor.
    """
    config = read_architecture(folder)
    with _named(folder):
        model_class = auto_class(config, objective)
    require_plain_weights(folder, pickles=pickles)
    with foreign(f"model in {folder}"):
        model, found = read_weights(
            model_class,
            folder,
            config=config,
            # None reads safetensors where they exist, else PyTorch's own files; True reads
            # safetensors alone.
            use_safetensors=None if pickles else True,
            ignore_mismatched_sizes=True,  # they are refused by name below
        )
    return settled(model, found, folder)


def settled(model: Any, found: Mapping[str, Any], path: Path) -> Opened:
    """A model as transformers loaded it, checked and made such that it can be written again.

    Args:
        model: changed in place.
        found: which names and shapes do not fit, as `read_weights` returns them.
        path: named in messages.

    Raises:
        InputError: see `open_model`.
    """
    with _named(path):
        drawn = _compare(model, found)
        _lay_out(model)
        _require_finite(model)
        settle_ties(model)
        require_matrices(model)
        train_shared_padding(model)
        _repair_generation(model)
    model.eval()
    return Opened(model, drawn)


def require_body(model: Any, missing: Collection[str], folder: Path) -> None:
    """Refuse a body with new weights below a new head (of a classifier, say).

    A pooler is new with the head: language models have none.

    Args:
        model: as transformers loaded it.
        missing: names of the weights that the folder lacks.
        folder: named in the message.

    Raises:
        InputError: weights of the body are missing.
    """
    body = f"{model.base_model_prefix}."
    lacking = [name for name in missing if name.startswith(body) and ".pooler." not in name]
    if lacking:
        raise InputError(f"model in {folder} lacks {_some(lacking)}; take a model that is whole")


@contextmanager
def _named(folder: Path) -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise InputError(f"model in {folder}: {error}") from error


def _compare(model: Any, found: Mapping[str, Any]) -> tuple[str, ...]:
    """Refuse what is missing or does not fit; return the parameters of a head that is missing."""
    missing, unexpected = set(found["missing_keys"]), set(found["unexpected_keys"])
    missing -= copy_tied_biases(model, missing)
    for name, stored, needed in sorted(found["mismatched_keys"]):
        raise InputError(
            f"{name} has the shape {tuple(stored)} in the file and {tuple(needed)} by config.json; "
            "they do not belong together"
        )
    head = {name for name in missing if _is_of_head(model, name)}
    if lacking := sorted(missing - head):
        known = f"; unknown names there: {_some(unexpected)}" if unexpected else ""
        raise InputError(
            f"its weights lack {_some(lacking)}, which would be drawn at random{known}; take a "
            "model that is whole"
        )
    others = unexpected - _parts_of_body(model) if head and unexpected else set()
    if others:
        raise InputError(
            f"its weights lack the head ({_some(head)}) and have unknown names ({_some(others)}), "
            "which may be the head under another name; take the model with its language modeling "
            "head, or the body alone as AutoModel saves it"
        )
    _refuse_unread(model, unexpected)
    return tuple(sorted(head))


def _is_of_head(model: Any, name: str) -> bool:
    """Whether a weight is above the body and has no row a token."""
    body = model.base_model_prefix
    # Where an architecture has no body of its own, `base_model` is the model itself. Nothing counts
    # as its head then.
    if model.base_model is model or name.startswith(f"{body}."):
        return False
    matrices = (model.get_input_embeddings(), model.get_output_embeddings())
    owner = model.get_submodule(name.rpartition(".")[0])
    return not (name.endswith(".weight") and any(owner is matrix for matrix in matrices))


def _parts_of_body(model: Any) -> set[str]:
    """Names that the architecture without a head knows, e.g. those of a pooler."""
    auto: Any = AutoModel
    with torch.device("meta"):
        names = auto.from_config(model.config, trust_remote_code=False).state_dict()
    return set(names) | {f"{model.base_model_prefix}.{name}" for name in names}


def _refuse_unread(model: nn.Module, unexpected: Collection[str]) -> None:
    """Refuse unknown weights of layers, and further layers: they would change the result."""
    modules = dict(model.named_modules())
    prefix = f"{model.base_model_prefix}."
    for name in sorted(unexpected):
        parts = name.split(".")
        for end in range(1, len(parts)):
            path = ".".join(parts[:end])
            # A file of the body alone has its names without the model's prefix.
            owner = modules.get(path, modules.get(prefix + path))
            is_layer = owner is not None and bool(list(owner.parameters(recurse=False)))
            is_numbered = parts[end].isdigit()
            layers = owner if isinstance(owner, nn.ModuleList) and is_numbered else None
            is_further = layers is not None and int(parts[end]) >= len(layers)
            # Weights of a part that these layers do not have, e.g. norms of queries. Masks and
            # frequencies, which old files have there, are called otherwise.
            is_part = layers is not None and parts[-1] == "weight"
            if is_layer or is_further or is_part:
                raise InputError(
                    f"its weights have {name}, which the model of config.json would ignore; "
                    "they do not belong together"
                )


def _lay_out(model: nn.Module) -> None:
    """Store numbers row by row; a pickle may have a transposed view, which cannot be written."""
    for parameter in model.parameters():
        parameter.data = parameter.data.contiguous()


def _require_finite(model: nn.Module) -> None:
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point() and tensor.numel():
            low, high = torch.aminmax(tensor)
            if not (low.isfinite() and high.isfinite()):
                raise InputError(f"{name} has NaN or infinite numbers: the model is damaged")


def _repair_generation(model: Any) -> None:
    """Change settings of generation that cannot be written again.

    transformers refuses to write what it reads, e.g. a temperature without `do_sample`.
    """
    settings = getattr(model, "generation_config", None)
    if settings is None or _is_writable(settings):
        return
    settings.do_sample = True  # what a temperature means; Llama 2's own file leaves it out
    if not _is_writable(settings):
        model.generation_config = GenerationConfig.from_model_config(model.config)
    logger.warning("generation_config.json contradicts itself; it is repaired before it is written")


def _is_writable(settings: GenerationConfig) -> bool:
    try:
        settings.validate(strict=True)
    except (ValueError, TypeError):
        return False
    return True


def _some(names: Collection[str]) -> str:
    shown = sorted(names)[:3]
    return ", ".join(shown) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
