"""The longest row that an architecture takes, found by running it without weights.

Configurations do not say it: RoBERTa's 514 rows are 512 positions, rotary positions have no end,
and GPT-J's rotary table has one. A model without weights is run on short rows, and what it looks up
is noted: a table that is used one row further for one more token is a table of positions. Whether
it really ends is tried out with one token too many.

Shapes: L tokens of a row.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from transformers import PreTrainedConfig

from lingraft.errors import foreign
from lingraft.models.heads import without_cache
from lingraft.models.objective import auto_class

_SHORT = 4  # tokens; no table is shorter
_END = 1 << 62  # what a slice without an end says
_LONGEST_TRIED = 1 << 14  # a longer row would cost gigabytes to try; its table is taken at its word


def most_positions(config: PreTrainedConfig) -> int | None:
    """The longest row that a model with this configuration takes; None if there is no limit.

    Raises:
        InputError: the architecture cannot be built, or is not a language model.
    """
    model = _hollow(config)
    short, longer = _Watch(model, _SHORT), _Watch(model, _SHORT + 1)
    limits = {
        # A row of `_SHORT` tokens needs the table's first `used` rows, so `rows - used` more tokens
        # fit.
        rows - used + _SHORT
        for (rows, used), (rows_again, used_again) in zip(short.uses, longer.uses, strict=False)
        if rows == rows_again and used_again == used + 1
    }
    return next((n for n in sorted(limits) if _ends(model, n, works=not short.failed)), None)


def _ends(model: Any, limit: int, *, works: bool) -> bool:
    """Whether a row of one token more than `limit` cannot be computed; a short one `works`."""
    if limit > _LONGEST_TRIED:
        return True
    watch = _Watch(model, limit + 1)
    return (works and watch.failed) or any(used > rows for rows, used in watch.uses)


def _hollow(config: PreTrainedConfig) -> Any:
    """The model with parameters that have shapes and no numbers; one layer, where it can be."""
    from accelerate import init_empty_weights

    found = auto_class(config)
    small = deepcopy(config)
    try:
        small.num_hidden_layers = 1
        with init_empty_weights():
            return found.from_config(small, trust_remote_code=False).eval()
    except Exception:  # noqa: S110 - layers of several kinds, counted elsewhere
        pass
    with foreign("the architecture"), init_empty_weights():
        return found.from_config(config, trust_remote_code=False).eval()


class _Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Runs a hollow model on one row and notes of which tables it used how many rows.

    What is computed from parameters is zero; indices are true.
    """

    def __init__(self, model: Any, length: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.uses: list[tuple[int, int]] = []  # rows of the table, rows needed
        self.failed = False
        # One id at all places: the look-up in the token table is the same for both lengths. An id
        # in the middle is unlikely to be special, and RoBERTa does not count padding as a position.
        token = (model.config.get_text_config().vocab_size - 1) // 2 + 1
        ids_1L = torch.full((1, length), token)
        try:
            # Inside of `with self` each tensor operation of the model passes through
            # `__torch_dispatch__`.
            with torch.no_grad(), self:
                model.base_model(
                    input_ids=ids_1L,
                    attention_mask=torch.ones_like(ids_1L),
                    **without_cache(model),
                )
        except Exception:
            self.failed = True

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        self._note(func, args)
        if not any(_is_hollow(value) for value in tree_leaves((args, kwargs))):
            return func(*args, **kwargs)
        words = tree_map(_emptied, dict(kwargs))
        if "device" in words:
            words["device"] = torch.device("meta")
        return tree_map(_zeros, func(*tree_map(_emptied, args), **words))

    def _note(self, func: Any, args: Any) -> None:
        name = func.overloadpacket
        aten = torch.ops.aten
        if name is aten.embedding:
            self._note_index(len(args[0]), args[1])
        elif name in (aten.gather, aten.index_select):
            self._note_index(args[0].shape[args[1]], args[2])
        elif name is aten.index:
            for size, index in zip(args[0].shape, args[1], strict=False):
                if index is not None and index.dtype != torch.bool:
                    self._note_index(size, index)
        elif name is aten.slice and len(args) > 3:
            size, start, end = args[0].shape[args[1]], args[2] or 0, args[3]
            if end < _END:  # of all slices, those that name their end
                self.uses.append((size, end % size if end < 0 else end))
            elif start:
                self.uses.append((size, size - start % size))

    def _note_index(self, rows: int, index: torch.Tensor) -> None:
        if index.numel() and not index.is_meta:
            self.uses.append((rows, int(index.max()) + 1))


def _is_hollow(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.is_meta


def _emptied(value: Any) -> Any:
    return value.to("meta") if isinstance(value, torch.Tensor) else value


def _zeros(value: Any) -> Any:
    return torch.zeros_like(value, device="cpu") if _is_hollow(value) else value
