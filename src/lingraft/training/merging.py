"""What a trained model takes back of its source: checked before the training, done at its end."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel

from lingraft.artifacts import Artifact, ModelFacts, open_artifact
from lingraft.config.merging_back import MergeBack
from lingraft.config.pretraining import Pretraining
from lingraft.errors import ConfigError
from lingraft.models.loading import load_model
from lingraft.models.mixing import mix_layers, require_same_layers, restore_rows
from lingraft.models.stored import read_architecture
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.templates import fixed_tokens

logger = logging.getLogger(__name__)

_SHOWN = 8


@dataclass(frozen=True)
class MergeSource:
    """The model that a training started from, before its vocabulary was changed.

    Attributes:
        artifact: the model with its own tokenizer.
        settings: what is taken back.
        places: row of the trained model -> row of the source, of tokens whose rows are taken back.
        tokens: these tokens.
    """

    artifact: Artifact[ModelFacts]
    settings: MergeBack
    places: Mapping[int, int]
    tokens: tuple[str, ...]

    def mix_into(self, model: Any) -> dict[str, Any]:
        """Mix the source into a trained model; returns what was done, as plain JSON values.

        Args:
            model: changed in place.
        """
        source = load_model(self.artifact.folder)
        angles = mix_layers(model, source, self.settings.layers)
        if self.places:
            restore_rows(model, source, self.places)
        logger.info(
            "took layers %s back towards the source, and %d rows of special tokens",
            ", ".join(f"{n} by {rate:g}" for n, rate in self.settings.layers.items()),
            len(self.places),
        )
        return {
            "source": self.artifact.digest,
            **self.settings.model_dump(mode="json"),
            "tokens": list(self.tokens),
            "angles": angles,
        }


def source_of(recipe: Pretraining, model: Path, source: Path | None) -> MergeSource | None:
    """What the result of a recipe takes back of the source; None if it takes nothing.

    Args:
        recipe: the recipe.
        model: folder of the model that is trained.
        source: folder of the model that it was initialized from.

    Raises:
        ConfigError: the source is not given, or is not needed, or the two cannot be mixed.
        InputError: the source is damaged.
    """
    if recipe.merge is None:
        if source is not None:
            raise ConfigError("`source=` has no effect: the recipe has no `merge`")
        return None
    if source is None:
        raise ConfigError("a recipe with `merge` needs the source model (`source=`)")
    artifact = open_artifact(source, ModelFacts)
    try:
        _require_same_kind(model, source, recipe.merge)
    except ConfigError as error:
        raise ConfigError(f"merge: {source} and {model} cannot be mixed: {error}") from None
    places = _rows_by_token(model, source) if recipe.merge.special_tokens else {}
    rows = dict(places.values())
    return MergeSource(artifact, recipe.merge, rows, tuple(places))


def _require_same_kind(model: Path, source: Path, settings: MergeBack) -> None:
    configs = [read_architecture(folder) for folder in (model, source)]
    if any(hasattr(config, "factorized_width") for config in configs):
        raise ConfigError(
            "factorized embeddings have no rows of their own; take an initialization without "
            "`width`"
        )
    kinds = [str(config.model_type) for config in configs]
    if kinds[0] != kinds[1]:
        raise ConfigError(f"one is a {kinds[0]} model, the other a {kinds[1]} model")
    auto: Any = AutoModel
    with torch.device("meta"):  # shapes without memory
        own, other = (auto.from_config(config, trust_remote_code=False) for config in configs)
    require_same_layers(own, other, list(settings.layers))


def _rows_by_token(model: Path, source: Path) -> dict[str, tuple[int, int]]:
    """The source's special tokens that the model has -> their rows in the model and the source."""
    known = load_tokenizer(model).get_vocab()
    fixed = fixed_tokens(load_tokenizer(source))
    if lost := [token for token in fixed if token not in known]:
        logger.warning(
            "merge: %d of the source's %d special tokens are not in the vocabulary, so they get no "
            "row: %s",
            len(lost), len(fixed), ", ".join(lost[:_SHOWN]) + (", ..." if lost[_SHOWN:] else ""),
        )  # fmt: skip
    return {token: (known[token], row) for token, row in fixed.items() if token in known}
