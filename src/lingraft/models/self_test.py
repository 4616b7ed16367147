"""The test that every written model passes: plain transformers reads the same from its folder.

A folder may differ from the model in memory: names that transformers does not read, a head that the
configuration ties, biases at zero, positions that an architecture fixes in its code. So the folder
is read again, as a user would read it, and compared.

Shapes: N texts, L tokens, V vocabulary.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lingraft.errors import InputError, reason_of
from lingraft.models.heads import without_cache
from lingraft.models.objective import auto_class
from lingraft.models.stored import read_architecture, read_weights
from lingraft.models.token_tables import every_parameter

_TOKENS = 12
# Of the largest logit. Summing in another order changes less than 1e-6 of it; what is not the same
# model differs by about the spread of its logits.
_TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-4}
_TOLERANCE_OF_HALF = 4e-2  # four units in the last place of bfloat16


def reload_equal(folder: Path, model: Any) -> Any:
    """The model in `folder`, loaded by plain transformers, which equals `model` in everything.

    Raises:
        InputError: it does not; the message names the architecture and what differs.
    """
    loaded, found = _load(folder, model)
    _require(model, not found, f"its folder does not fit its architecture: {found}")
    for problem in _differences(model, loaded):
        _require(model, False, problem)
    ids_NL = _some_ids(model)
    expected, given = logits(model, ids_NL), logits(loaded, ids_NL)
    require_close(loaded, given, expected, "the logits of a short text")
    return loaded


@torch.inference_mode()
def logits(model: Any, ids_NL: Tensor, mask_NL: Tensor | None = None) -> Tensor:
    """Logits (N, L, V) of some texts, without dropout.

    Args:
        model: a language model of transformers.
        ids_NL: token ids.
        mask_NL: 0 for padding; by default there is none.

    Raises:
        InputError: the model cannot be run.
    """
    mask_NL = torch.ones_like(ids_NL) if mask_NL is None else mask_NL
    was_training = model.training
    model.eval()
    try:
        found: Tensor = model(
            input_ids=ids_NL, attention_mask=mask_NL, **without_cache(model)
        ).logits
    except Exception as error:
        raise InputError(
            f"{name_of(model)} cannot be run on a short text: {reason_of(error)}"
        ) from error
    finally:
        model.train(was_training)
    return found.detach().float()


def require_close(model: Any, given: Tensor, expected: Tensor, what: str) -> None:
    """Check that two sets of logits are the same up to rounding, and finite.

    Args:
        model: named in the message; its type decides the tolerance.
        given: logits now.
        expected: logits before.
        what: names the logits in the message.

    Raises:
        InputError: they are not; the message names `what` and by how much they differ.
    """
    _require(model, bool(torch.isfinite(given).all()), f"{what} are not finite")
    # At least 1, or logits near zero would have almost no tolerance.
    scale = max(1.0, float(expected.abs().max()))
    difference = float((given - expected).abs().max())
    allowed = scale * _TOLERANCE.get(model.dtype, _TOLERANCE_OF_HALF)
    spread = float(expected.std())
    _require(
        model,
        difference <= allowed,
        f"{what} differ by {difference:.3g} from what they were (their spread is {spread:.3g})",
    )


def _load(folder: Path, model: Any) -> tuple[Any, str]:
    """The model that plain transformers reads, and the names that do not fit in one line."""
    auto = auto_class(read_architecture(folder))
    try:
        loaded, info = read_weights(
            auto,
            folder,
            dtype=model.dtype,
            use_safetensors=True,
            ignore_mismatched_sizes=True,  # they are named below
        )
    except Exception as error:  # whatever the architecture raises: the folder is of no use
        raise InputError(
            f"{name_of(model)} cannot be loaded again by transformers: {reason_of(error)}"
        ) from error
    found = [
        f"{kind.removesuffix('_keys')} {', '.join(sorted(map(_first, names))[:3])}"
        for kind, names in info.items()
        if names
    ]
    return loaded, "; ".join(found)


def _first(name: Any) -> str:
    # A mismatched key comes with its two shapes, other keys as plain strings.
    return str(name if isinstance(name, str) else name[0])


def _differences(model: Any, loaded: Any) -> Iterator[str]:
    if type(loaded).__name__ != type(model).__name__:
        yield f"it loads as {type(loaded).__name__}"
    for kind, own, others in (
        ("parameter", every_parameter(model), every_parameter(loaded)),
        ("buffer", dict(model.named_buffers()), dict(loaded.named_buffers())),
    ):
        if unfit := sorted(own.keys() ^ others.keys()):
            yield f"{kind}s differ after loading: {', '.join(unfit[:3])}"
        for name in unequal(own, others):
            yield f"{kind} {name} is another one after loading"
    if ties(model) != ties(loaded):
        yield "other parameters are tied after loading"


def unequal(own: Mapping[str, Tensor], others: Mapping[str, Tensor]) -> Iterator[str]:
    """Names whose tensors are not equal, number by number."""
    seen: set[tuple[int, int]] = set()
    for name, tensor in own.items():
        other = others[name]
        # Tied parameters have several names; each pair of tensors is compared once.
        if (pair := (id(tensor), id(other))) in seen:
            continue
        seen.add(pair)
        if tensor.shape != other.shape or not torch.equal(tensor.to(other.dtype), other):
            yield name


def ties(model: nn.Module) -> set[frozenset[str]]:
    """Names of parameters that are one parameter."""
    names: dict[int, set[str]] = {}
    for name, parameter in every_parameter(model).items():
        names.setdefault(id(parameter), set()).add(name)
    return {frozenset(group) for group in names.values() if len(group) > 1}


def _some_ids(model: Any) -> Tensor:
    rows = len(model.get_input_embeddings().weight)
    spread = torch.linspace(0, rows - 1, _TOKENS // 2).long()
    return torch.cat([torch.arange(_TOKENS // 2) % rows, spread])[None]


def _require(model: Any, is_so: bool, problem: str) -> None:
    if not is_so:
        raise InputError(f"{name_of(model)} would not be written as it was computed: {problem}")


def name_of(model: Any) -> str:
    """A model's class and architecture, for messages."""
    return f"a {type(model).__name__} ({model.config.model_type})"
