"""The twelve poolings of DSE: over the last layers, and over the tokens.

Shapes: N texts, T tokens (padded), H hidden size, L layers.
"""

from typing import Any, Literal

import torch
from sentence_transformers.base.modules.module import Module
from torch import Tensor

Join = Literal["concat", "mean"]
Tokens = Literal["mean", "sqrt", "max"]


class LayerPooling(Module):  # type: ignore[misc]  # the library has no types
    """Joins the last layers of each token, and then the tokens.

    The module before it must give all hidden states (`output_hidden_states` of its configuration).

    Args:
        embedding_dimension: H.
        layers: how many of the last layers are joined.
        join: put one after the other (L * H dimensions), or averaged.
        tokens: the mean of the tokens, their sum over the root of their number, or the largest of
            each dimension.
        with_cls: whether the first token takes part.
    """

    config_keys = ["embedding_dimension", "layers", "join", "tokens", "with_cls"]

    def __init__(
        self,
        embedding_dimension: int,
        layers: int = 4,
        join: Join = "concat",
        tokens: Tokens = "mean",
        with_cls: bool = False,
    ) -> None:
        super().__init__()
        self.embedding_dimension, self.layers = embedding_dimension, layers
        self.join, self.tokens, self.with_cls = join, tokens, with_cls

    def forward(self, features: dict[str, Any]) -> dict[str, Any]:
        """Add `sentence_embedding` (N x H, or N x L * H) to the features.

        Raises:
            ValueError: there are no hidden states, or fewer layers.
        """
        hidden = features.get("all_layer_embeddings", ())
        if len(hidden) <= self.layers:  # the first hidden states are the token embeddings
            raise ValueError(
                f"pooling over {self.layers} layers was given {max(0, len(hidden) - 1)}; use "
                "fewer, or set `output_hidden_states` in the model's configuration"
            )
        last = list(hidden[-self.layers :])
        joined = torch.cat(last, dim=2) if self.join == "concat" else torch.stack(last).mean(dim=0)
        features["sentence_embedding"] = self._over_tokens(joined, self._counted(features))
        return features

    def _counted(self, features: dict[str, Any]) -> Tensor:
        """Which tokens take part, N x T."""
        counted_NT: Tensor = features["attention_mask"].bool().clone()
        if not self.with_cls:
            first_N1 = counted_NT.int().argmax(dim=1, keepdim=True)
            counted_NT.scatter_(1, first_N1, False)
        return counted_NT

    def _over_tokens(self, joined_NTE: Tensor, counted_NT: Tensor) -> Tensor:
        if self.tokens == "max":
            return joined_NTE.masked_fill(~counted_NT[:, :, None], -torch.inf).amax(dim=1)
        summed_NE = (joined_NTE * counted_NT[:, :, None]).sum(dim=1)
        number_N1 = counted_NT.sum(dim=1, keepdim=True).clamp(min=1).to(summed_NE)
        return summed_NE / (number_N1 if self.tokens == "mean" else number_N1.sqrt())

    def get_embedding_dimension(self) -> int:
        """Dimensions of a vector."""
        return self.embedding_dimension * (self.layers if self.join == "concat" else 1)

    def save(self, output_path: str, *args: Any, **kwargs: Any) -> None:
        """Write the settings.

        Args:
            output_path: the module's folder.
            args: nothing that this module needs.
            kwargs: nothing that this module needs.
        """
        self.save_config(output_path)
