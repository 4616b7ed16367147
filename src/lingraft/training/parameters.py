"""What a model has only as it is trained; at which rate, with which weight decay its parameters are
trained.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from lingraft.config.optimization import Optimization
from lingraft.config.pretraining import Pretraining
from lingraft.config.training_stages import FilledStage
from lingraft.models.attention import drop_nothing
from lingraft.models.enhanced_decoder import add_decoder, remove_decoder
from lingraft.models.future_heads import add_future_heads, future_parameters, remove_future_heads
from lingraft.models.heads import embedding_parameters
from lingraft.models.lora import load_with_adapter, merge_adapter
from lingraft.models.ties import untie
from lingraft.training.selection import select


@dataclass(frozen=True)
class Group:
    """Parameters that share a peak learning rate and a weight decay."""

    place: str  # embeddings or body
    name: str
    parameters: list[nn.Parameter]
    learning_rate: float
    weight_decay: float


def load_to_train(folder: Path, recipe: Pretraining, seed: int) -> Any:
    """Load a model with all that its training adds: an adapter, a decoder, further heads.

    Args:
        folder: of the model.
        recipe: says what is added.
        seed: draws the first weights of what is added.

    Raises:
        ConfigError: a target of the adapter is not a linear layer of the model's body, or the model
            cannot get further heads.
    """
    model = load_with_adapter(folder, recipe.adapter, seed)
    if recipe.untie:
        untie(model)
    if recipe.rebuilds:
        add_decoder(model, seed)
    if recipe.future_tokens:
        add_future_heads(model, recipe.future_tokens)
    if recipe.dropout is False:
        drop_nothing(model)
    return model


def make_plain(model: Any, recipe: Pretraining) -> None:
    """Undo what `load_to_train` added; what the adapter learned stays in the weights."""
    if recipe.adapter is not None:
        merge_adapter(model)
    if recipe.rebuilds:
        remove_decoder(model)
    if recipe.future_tokens:
        remove_future_heads(model)


def group(
    model: Any, recipe: Pretraining, stage: FilledStage, held: Container[str] = ()
) -> list[Group]:
    """The trained parameters as groups: embeddings or body, with or without weight decay.

    Args:
        model: its parameters are frozen or not by `stage`.
        recipe: weight decay and learning rates.
        stage: what is trained.
        held: names of parameters that are held in part, which get no decay from the optimizer.
    """
    trained = select(model, stage)
    apart = {id(parameter) for name, parameter in trained.items() if name in held}
    embeddings = embedding_parameters(model) | future_parameters(model)
    own: dict[str, Any] = {"embedding_learning_rate": stage.embedding_learning_rate}
    if stage.train == "new-rows":  # decay would change the old rows too
        own["weight_decay"] = 0.0
    recipe = recipe.model_copy(update=own)
    return divide(trained.values(), embeddings, recipe, stage.learning_rate, apart)


def divide(
    trained: Iterable[nn.Parameter],
    embeddings: Container[int],
    recipe: Optimization,
    learning_rate: float,
    undecayed: Container[int] = (),
) -> list[Group]:
    """Parameters as groups: embeddings or body, with or without weight decay.

    Args:
        trained: the parameters.
        embeddings: identities of those that are embeddings.
        recipe: weight decay, and a learning rate of the embeddings if they have their own.
        learning_rate: of the body.
        undecayed: identities of matrices without weight decay.
    """
    members: dict[tuple[str, bool], list[nn.Parameter]] = {}
    for p in trained:
        place = "embeddings" if id(p) in embeddings else "body"
        # Biases and the weights of norms have one dimension; they get no weight decay.
        members.setdefault((place, p.ndim > 1 and id(p) not in undecayed), []).append(p)
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
