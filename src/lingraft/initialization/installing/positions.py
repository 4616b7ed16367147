"""Learned positions that are counted from the pad token (RoBERTa and its children).

Their table begins with unused rows, as many as the pad token's id; where that id moves, the table
moves.

Shapes: P positions, D dimensions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from lingraft.errors import InputError
from lingraft.initialization.installing.target_config import shares_padding
from lingraft.tokenizers.token_table import TokenTable


@dataclass(frozen=True)
class Positions:
    """How far the positions of a model move; no tables where it does not count from padding."""

    tables: Mapping[str, nn.Embedding]
    old: int = 0
    new: int = 0

    @classmethod
    def of(cls, model: Any, target: TokenTable) -> "Positions":
        """What the target's pad token asks of the positions of `model`.

        Raises:
            InputError: the architecture counts positions from the pad token, and the target has
                none, or one that is a part of texts.
        """
        tables = {
            name: module
            for name, module in model.named_modules()
            if isinstance(module, nn.Embedding)
            and module.padding_idx is not None
            and name.endswith("position_embeddings")
        }
        if not tables:
            return cls({})
        kind = model.config.model_type
        if "pad" not in target.roles:
            raise InputError(f"the target tokenizer has no pad token, which {kind} needs")
        if shares_padding(target):
            raise InputError(
                f"{kind} counts positions from the pad token, which the target tokenizer uses in "
                "texts, too: train it with a pad token of its own (special_tokens_style: roberta)"
            )
        old = next(iter(tables.values())).padding_idx
        assert old is not None  # noqa: S101 - as found above
        return cls(tables, old, target.roles["pad"])

    def holds(self, name: str) -> bool:
        """Whether a parameter is a table of positions that are counted from the pad token."""
        return name.removesuffix(".weight") in self.tables

    def write_into(self, config: Any) -> None:
        """Set the length of the tables."""
        if self.new != self.old:
            config.get_text_config().max_position_embeddings += self.new - self.old

    def require_moved(self, renewed: Any) -> None:
        """Check that a model of the new configuration counts from the new pad token.

        Raises:
            InputError: its architecture knows one pad token alone, as MPNet does.
        """
        for name in self.tables:
            fixed = renewed.get_submodule(name).padding_idx
            if fixed != self.new:
                raise InputError(
                    f"{renewed.config.model_type} counts positions from the token with id {fixed}, "
                    f"whatever the tokenizer says, and the target's pad token has id {self.new}: "
                    f"train a tokenizer whose pad token has id {fixed} "
                    "(special_tokens_style: roberta)"
                )

    def fit(self, name: str, old: Tensor, blank: Tensor) -> Tensor:
        """A parameter of another length than before, moved or (no padding) cut or continued.

        Args:
            name: of the parameter.
            old: the source's tensor.
            blank: a tensor of the shape that the new model has there.

        Raises:
            InputError: its shape depends on something else than the pad token.
        """
        difference = self.new - self.old
        if old.shape[1:] != blank.shape[1:] or len(blank) - len(old) != difference:
            raise InputError(
                f"{name} has another shape with the target's vocabulary: {tuple(old.shape)} would "
                f"become {tuple(blank.shape)}, and lingraft does not know how"
            )
        fitted = old.new_zeros(blank.shape)
        if self.holds(name):
            # Positions begin behind the row of the pad token, and all rows from there on move
            # together.
            fitted[self.new :] = old[self.old :]
        else:
            kept = min(len(old), len(fitted))
            fitted[:kept] = old[:kept]
        return fitted
