"""Whether a recipe of pretraining fits a model: asked where the model comes in, and again where it
is trained."""

from pathlib import Path
from typing import Any

from lingraft.config.pretraining import REBUILDERS, Objective, Pretraining
from lingraft.errors import ConfigError
from lingraft.models.byte_words_types import PREFIX as BYTE_WORDS
from lingraft.models.factorized_types import PREFIX
from lingraft.models.heads import SEPARATE_DOCUMENTS
from lingraft.models.objective import is_causal


def require_trainable(config: Any, recipe: Pretraining, folder: Path) -> Pretraining:
    """Check that a model is one that a recipe can train.

    Args:
        config: the model's configuration.
        recipe: the recipe; its objective is the model's where it names none.
        folder: where the model is, for messages.

    Returns:
        The recipe with its objective.

    Raises:
        ConfigError: the model predicts something else, or an option has no effect in it.
    """
    kind: Objective = "causal" if is_causal(config) else "masked"
    recipe = recipe.of_model(kind)
    if kind != recipe.predicts:
        raise ConfigError(
            f"objective: {recipe.objective} does not fit the model in {folder}, which is a "
            f"{kind} language model; write objective: {kind}"
        )
    architecture = str(config.model_type).removeprefix(PREFIX)
    if recipe.rebuilds and architecture not in REBUILDERS:
        raise ConfigError(
            f"objective: {recipe.objective} does not fit the model in {folder}, of type "
            f"{architecture}; it knows {', '.join(sorted(REBUILDERS))}: write objective: masked"
        )
    if not recipe.attend_across_documents and architecture not in SEPARATE_DOCUMENTS:
        raise ConfigError(
            f"attend_across_documents: false has no effect in models of type {architecture} "
            f"({folder}); remove it"
        )
    if architecture.startswith(BYTE_WORDS) and not recipe.masking.whole_words:
        raise ConfigError(
            f"the model in {folder} reads words as bytes, and hides a word as a whole; write "
            "masking: {whole_words: true}"
        )
    return recipe
