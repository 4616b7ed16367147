"""The head of a language model apart from its body: as tensors, and made again, frozen.

Shapes: N vectors, E hidden size, V vocabulary.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lingraft.errors import ConfigError
from lingraft.models.heads import architecture_of, logit_cap
from lingraft.models.loading import load_model
from lingraft.models.objective import auto_class

PREFIX = "head."  # of its tensors among what a loss prepared


def open_language_model(folder: Path) -> Any:
    """The language model in a folder, with a dense embedding matrix."""
    from lingraft.models.factorized import dense_model

    model = load_model(folder)
    return dense_model(model) if hasattr(model.config, "factorized_width") else model


def head_tensors(model: Any) -> dict[str, Tensor]:
    """What a language model has above its body, the output embeddings included, by name."""
    body = f"{model.base_model_prefix}."
    content = model.state_dict().items()
    return {PREFIX + name: value.clone() for name, value in content if not name.startswith(body)}


def dense_layer(model: Any) -> tuple[Tensor, Tensor]:
    """Weight E x E and bias E of the layer with which the head of a language model begins.

    Raises:
        ConfigError: the head has no such layer.
    """
    body = f"{model.base_model_prefix}."
    for name, layer in model.named_modules():
        is_square = isinstance(layer, nn.Linear) and layer.in_features == layer.out_features
        if is_square and not name.startswith(body):
            bias = layer.bias if layer.bias is not None else torch.zeros(layer.out_features)
            return layer.weight.detach().clone(), bias.detach().clone()
    raise ConfigError(
        f"the head of a {model.config.model_type} model has no dense layer; set pooler: false"
    )


def body_config(student: Any) -> Any:
    """The configuration of the model in a SentenceTransformer."""
    return student[0].model.config


def require_width(student: Any, why: str) -> None:
    """Refuse vectors that are not as wide as the hidden states.

    Raises:
        ConfigError: they are not.
    """
    width, hidden = student.get_embedding_dimension(), body_config(student).hidden_size
    if width != hidden:
        raise ConfigError(
            f"the student's vectors have {width} dimensions and its hidden states {hidden}; {why}, "
            "so choose a pooling that keeps them as wide"
        )


class PredictionHead(nn.Module):
    """A frozen language modeling head, which predicts a token from one vector.

    Args:
        config: of the model whose head it was.
        prepared: with the tensors of `head_tensors`.

    Raises:
        ConfigError: lingraft does not know how the architecture's head works.
    """

    def __init__(self, config: Any, prepared: Mapping[str, Tensor]) -> None:
        super().__init__()
        with torch.device("meta"):
            model = auto_class(config).from_config(config, trust_remote_code=False)
        found = architecture_of(model)
        if found is None or logit_cap(model) is not None:
            raise ConfigError(
                f"the head of a {config.model_type} model is not known apart from its body; "
                "choose another loss"
            )
        # Without its body a model does not find its last layer.
        self._output = model.get_output_embeddings()
        delattr(model, model.base_model_prefix)
        head = {
            name.removeprefix(PREFIX): value.clone()
            for name, value in prepared.items()
            if name.startswith(PREFIX)
        }
        model.load_state_dict(head, assign=True)
        self._transform = found.transform
        self.head = model.requires_grad_(False)

    def forward(self, vectors_NE: Tensor) -> Tensor:
        """Logits, N x V."""
        logits_NV: Tensor = self._output(self._transform(self.head, vectors_NE))
        return logits_NV
