"""DupMAE's vector of a text: its first token's vector and what its other tokens say, side by side.

The other tokens say together which entries of the vocabulary the text is about: of each entry their
highest logit counts, and the highest of these are kept. The inner product of two such vectors adds
what both parts have in common. Liu, Xiao and Shao 2022, "RetroMAE v2: Duplex Masked Auto-Encoder".

This is after the paper: that the first vector is reduced, the tokens are aggregated and both are
concatenated is in its abstract; the published code has the first vector alone. How the two are
scaled is learned with the projection.

Shapes: N texts, L tokens of a text, H hidden size, V vocabulary, R reduced size.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import torch
from safetensors.torch import save_file
from sentence_transformers.base.modules.module import Module
from torch import Tensor, nn
from transformers import AutoConfig

from lingraft.encoders.modules.prediction_head import PREFIX, PredictionHead

_PROJECTION = "projection.weight"


class DuplexPooling(nn.Module):
    """The vectors of texts from the last hidden states and logits of a masked model.

    Args:
        hidden: hidden size of the model.
        reduced: dimensions that the first token's vector gets.
        kept: entries of the vocabulary that a text keeps.
    """

    def __init__(self, hidden: int, reduced: int, kept: int) -> None:
        super().__init__()
        self.kept = kept
        self.projection = nn.Linear(hidden, reduced, bias=False)
        # It begins with the first dimensions, so that no seed decides what it is.
        nn.init.eye_(self.projection.weight)

    def forward(self, hidden_NLH: Tensor, logits_NLV: Tensor, real_NL: Tensor) -> Tensor:
        """The vectors (N, R + V), with at most `kept` numbers in their second part.

        Args:
            hidden_NLH: last hidden states.
            logits_NLV: what the head makes of them.
            real_NL: False for padding; bool. The first token says nothing in the second part.
        """
        said_NLV = logits_NLV[:, 1:].masked_fill(~real_NL[:, 1:, None], -math.inf)
        values_NK, entries_NK = said_NLV.amax(1).topk(self.kept)
        # Below 0 a logit says that the entry is not there.
        spread_NV = logits_NLV.new_zeros(logits_NLV[:, 0].shape)
        spread_NV = spread_NV.scatter(1, entries_NK, values_NK.clamp(min=0.0))
        return torch.cat([self.projection(hidden_NLH[:, 0]), spread_NV], dim=1)


class DuplexEncoding(Module):  # type: ignore[misc]  # the library has no types
    """DupMAE's vector as a module of an encoder, behind the body of a masked language model.

    The head of the language model is copied and stays as it is; it is written with the module, so
    that the module needs no other file.

    Args:
        reduced: dimensions that the first token's vector gets.
        kept: entries of the vocabulary that a text keeps.
        language_model: the configuration of the model whose head it is.
        head: with the tensors of `head_tensors`.
    """

    config_keys = ["reduced", "kept", "language_model"]

    def __init__(
        self,
        reduced: int,
        kept: int,
        language_model: Mapping[str, Any],
        head: Mapping[str, Tensor],
    ) -> None:
        super().__init__()
        self.reduced, self.kept, self.language_model = reduced, kept, dict(language_model)
        config = AutoConfig.for_model(**self.language_model)
        self.vocabulary: int = config.vocab_size
        self.pooling = DuplexPooling(config.hidden_size, reduced, kept)
        self.head = PredictionHead(config, head)

    def forward(self, features: dict[str, Any]) -> dict[str, Any]:
        """Add `sentence_embedding` (N x R + V) to the features."""
        hidden_NLH, real_NL = features["token_embeddings"], features["attention_mask"].bool()
        logits_NLV = self.head(hidden_NLH)
        features["sentence_embedding"] = self.pooling(hidden_NLH, logits_NLV, real_NL)
        return features

    def get_embedding_dimension(self) -> int:
        """Dimensions of a vector, R + V."""
        return self.reduced + self.vocabulary

    def save(self, output_path: str, *args: Any, **kwargs: Any) -> None:
        """Write the settings, the matrix and the head.

        Args:
            output_path: the module's folder.
            args: nothing that this module needs.
            kwargs: nothing that this module needs.
        """
        self.save_config(output_path)
        tensors = {PREFIX + name: value for name, value in self.head.head.state_dict().items()}
        tensors[_PROJECTION] = self.pooling.projection.weight
        # Tied tensors are one tensor under two names, which the format does not have.
        content = {name: value.detach().cpu().clone() for name, value in tensors.items()}
        save_file(content, Path(output_path) / "model.safetensors")

    @classmethod
    def load(cls, model_name_or_path: str, subfolder: str = "", **kwargs: Any) -> Self:
        """Read what `save` wrote.

        Args:
            model_name_or_path: the encoder's folder.
            subfolder: the module's folder in it.
            kwargs: what this module does not need.
        """
        tensors = cls.load_torch_weights(model_name_or_path, subfolder, local_files_only=True)
        config = cls.load_config(model_name_or_path, subfolder, local_files_only=True)
        module = cls(**config, head=tensors)
        with torch.no_grad():
            module.pooling.projection.weight.copy_(tensors[_PROJECTION])
        return module
