"""Which parameters are trained, at which rate, with which weight decay; what a model has only as it
is trained.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from lingraft.config.pretraining import FilledStage, Optimization, Pretraining
from lingraft.errors import ConfigError
from lingraft.models.enhanced_decoder import add_decoder, decoder_parameters, remove_decoder
from lingraft.models.heads import embedding_parameters, head_parameters
from lingraft.models.lora import adapter_parameters, load_with_adapter, merge_adapter


@dataclass(frozen=True)
class Group:
    """Parameters that share a peak learning rate and a weight decay."""

    place: str  # embeddings or body
    name: str
    parameters: list[nn.Parameter]
    learning_rate: float
    weight_decay: float


def load_to_train(folder: Path, recipe: Pretraining, seed: int) -> Any:
    """Load a model with all that its training adds: an adapter, a decoder.

    Args:
        folder: of the model.
        recipe: says what is added.
        seed: draws the first weights of what is added.

    Raises:
        ConfigError: a target of the adapter is not a linear layer of the model's body.
    """
    model = load_with_adapter(folder, recipe.adapter, seed)
    if recipe.rebuilds:
        add_decoder(model, seed)
    return model


def make_plain(model: Any, recipe: Pretraining) -> None:
    """Undo what `load_to_train` added; what the adapter learned stays in the weights."""
    if recipe.adapter is not None:
        merge_adapter(model)
    if recipe.rebuilds:
        remove_decoder(model)


def select(model: Any, train: str) -> dict[str, nn.Parameter]:
    """Freeze what a stage that trains `train` leaves alone and return the rest by name, each
    parameter once.

    Raises:
        ConfigError: nothing would be trained.
    """
    wanted = _wanted(model, train)
    for parameter in model.parameters():
        # Identities, not names: a tied parameter is one object with several names.
        parameter.requires_grad_(id(parameter) in wanted)
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    if not trained:
        raise ConfigError(
            f"train: {train} leaves nothing to train in this model; write train: embeddings or all"
        )
    return trained


def trainable(model: Any, recipe: Pretraining) -> set[str]:
    """Names of the parameters that some stage trains; the others stay those of the source."""
    wanted = set().union(*(_wanted(model, stage.train) for stage in recipe.all_stages))
    return {name for name, p in model.named_parameters() if id(p) in wanted}


def _wanted(model: Any, train: str) -> set[int]:
    if train == "embeddings":
        # A decoder begins with random weights, so no stage leaves it as it is. With the head it is
        # above the body.
        return embedding_parameters(model) | decoder_parameters(model)
    if train == "head":
        return head_parameters(model)
    if updates := adapter_parameters(model):
        return updates | embedding_parameters(model) | head_parameters(model)
    return {id(p) for p in model.parameters()}


def group(model: Any, recipe: Pretraining, stage: FilledStage) -> list[Group]:
    """The trained parameters as groups: embeddings or body, with or without weight decay.

    Args:
        model: its parameters are frozen or not by `stage`.
        recipe: weight decay and learning rates.
        stage: what is trained.
    """
    trained = select(model, stage.train)
    embeddings = embedding_parameters(model)
    return divide(trained.values(), embeddings, recipe, stage.learning_rate)


def divide(
    trained: Iterable[nn.Parameter],
    embeddings: Container[int],
    recipe: Optimization,
    learning_rate: float,
) -> list[Group]:
    """Parameters as groups: embeddings or body, with or without weight decay.

    Args:
        trained: the parameters.
        embeddings: identities of those that are embeddings.
        recipe: weight decay, and a learning rate of the embeddings if they have their own.
        learning_rate: of the body.
    """
    members: dict[tuple[str, bool], list[nn.Parameter]] = {}
    for p in trained:
        place = "embeddings" if id(p) in embeddings else "body"
        # Biases and the weights of norms have one dimension; they get no weight decay.
        members.setdefault((place, p.ndim > 1), []).append(p)
    groups = []
    for place in ("embeddings", "body"):
        own = recipe.embedding_learning_rate if place == "embeddings" else None
        peak = learning_rate if own is None else own
        for decays in (True, False):
            if found := members.get((place, decays)):
                name = f"{place}-{'decayed' if decays else 'undecayed'}"
                decay = recipe.weight_decay if decays else 0.0
                groups.append(Group(place, name, found, peak, decay))
    return groups


def as_optimizer_groups(groups: list[Group]) -> Iterator[dict[str, Any]]:
    """The groups as torch optimizers take them; the rate is set at each update."""
    for entry in groups:
        yield {
            "params": entry.parameters,
            "lr": 0.0,
            "weight_decay": entry.weight_decay,
            "name": entry.name,
        }


def peaks(groups: Iterable[Group]) -> dict[str, float]:
    """The peak learning rate of the embeddings and of the body, each where it is trained."""
    return {entry.place: entry.learning_rate for entry in groups}
