"""What the scripts call: take a downloaded model in, and write a model out for others."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from lingraft.artifacts import (
    DownloadFacts,
    ModelFacts,
    new_artifact,
    open_artifact,
    open_given,
    opened,
    path_inside,
)
from lingraft.config.pretraining import Pretraining
from lingraft.errors import ConfigError, InputError, foreign
from lingraft.models.door import Opened
from lingraft.models.formats import FORMATS
from lingraft.models.loading import load_model
from lingraft.models.objective import objective_of, sees_later_tokens
from lingraft.models.settings import Model
from lingraft.models.trainable import require_trainable
from lingraft.models.writing import write_model
from lingraft.tokenizers.backend import TOKENIZER
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.saving import copy_tokenizer_files, write_tokenizer

logger = logging.getLogger(__name__)


def convert_model(
    settings: Model,
    downloads: Mapping[str, Path],
    output: Path,
    recipes: Mapping[str, Pretraining] | None = None,
) -> None:
    """Write the model that `settings` describes as a "model" artifact.

    Args:
        settings: where the model is, in which format, with which tokenizer.
        downloads: download artifacts by the name of their source.
        output: folder of the artifact.
        recipes: those that will train it, by their keys: the model is refused here, and not when
            all that its training needs has been made.

    Raises:
        ConfigError: a recipe does not fit the model.
        InputError: a file is missing or damaged, or the tokenizer does not fit the model.
    """
    own_tokenizer = settings.tokenizer_source
    used = {
        name: open_artifact(downloads[name], DownloadFacts)
        for name in (settings.source, own_tokenizer)
        if name is not None and name in downloads
    }
    path = path_inside(_files(downloads, settings.source), settings.path)
    # transformers draws the weights that a file lacks from torch's global generator.
    torch.manual_seed(settings.seed)
    found = FORMATS[settings.format].read(path, settings.objective)
    if found.drawn:
        names = ", ".join(found.drawn)
        logger.info("the head is new, drawn at random (seed %d): %s", settings.seed, names)
    model = found.model
    _check_objective(settings, model, path)
    for key, recipe in (recipes or {}).items():
        try:
            require_trainable(model.config, recipe, path)
        except ConfigError as error:
            raise ConfigError(f"{key}: {error}") from None
    tokenizer, tokenizer_path = _tokenizer(settings, downloads, path)
    _check_fit(model, tokenizer, tokenizer_path)
    with new_artifact(
        output,
        "model",
        settings=settings.model_dump(exclude_unset=True, mode="json"),
        inputs=used,
        facts=_facts(found),
    ) as staging:
        write_model(model, staging)
        write_tokenizer(tokenizer, staging)


def export_model(folder: Path, output: Path, *, dense: bool = False) -> None:
    """Write the model in `folder` and its tokenizer to `output`.

    Args:
        folder: a model, such as results/demo/models/swahili/ofa/seed-1/pretrained.
        output: folder of the artifact.
        dense: make a model that loads without lingraft (a factorized one is multiplied out).

    Raises:
        InputError: `folder` is not a model that can be loaded, or no other library has its kind.
    """
    open_given(folder, ModelFacts)
    model = load_model(folder)
    if dense and hasattr(model.config, "byte_maximum"):
        raise InputError(
            f"model in {folder} reads the bytes of words: no matrix computes the same; export it "
            "without `dense=true`, and `import lingraft` before it is loaded"
        )
    if dense and hasattr(model.config, "factorized_width"):
        from lingraft.models.factorized import dense_model

        model = dense_model(model)
    inputs = opened({"model": folder})
    with new_artifact(output, "model", settings={"dense": dense}, inputs=inputs) as staging:
        write_model(model, staging)
        if (folder / TOKENIZER).is_file():
            copy_tokenizer_files(folder, staging)


def _tokenizer(settings: Model, downloads: Mapping[str, Path], path: Path) -> tuple[Any, Path]:
    """The model's tokenizer, and where it is."""
    if settings.tokenizer_source is None:
        return FORMATS[settings.format].read_tokenizer(path), path
    own = path_inside(_files(downloads, settings.tokenizer_source), settings.tokenizer_path)
    return load_tokenizer(own), own


def _facts(found: Opened) -> ModelFacts | None:
    if not found.stored:
        return ModelFacts(drawn=list(found.drawn)) if found.drawn else None
    from lingraft.models.gguf import bits_per_weight
    from lingraft.models.gguf_precision import described

    bits = round(bits_per_weight(found.stored), 2)
    logger.info("the file has %.2f bits a weight: %s", bits, dict(found.stored))
    for line in described(found.parts):
        logger.info("%s (an estimate from the steps: the original is not in the file)", line)
    return ModelFacts(
        drawn=list(found.drawn),
        stored_types=dict(found.stored),
        stored_bits_per_weight=bits,
        stored_parts=list(found.parts),
    )


def _check_objective(settings: Model, model: PreTrainedModel, path: Path) -> None:
    """Check that the model sees what its objective needs: the whole row, or only the past."""
    objective = settings.objective or objective_of(model.config)
    if FORMATS[settings.format].is_random and objective == "masked":
        return  # random weights carry hardly anything from one token to another
    with foreign(f"model in {path}"):
        sees = sees_later_tokens(model)
    if sees == (objective == "causal"):
        what = "depend" if sees else "do not depend"
        raise InputError(
            f"model in {path} is not a {objective} language model: its predictions {what} on "
            "later tokens (see is_decoder in its config.json)"
        )


def _check_fit(model: PreTrainedModel, tokenizer: Any, tokenizer_path: Path) -> None:
    rows = model.config.get_text_config().vocab_size
    # Ids may have gaps: the highest one counts, not their number.
    needed = 1 + max(tokenizer.get_vocab().values(), default=-1)
    if needed > rows:
        raise InputError(
            f"tokenizer in {tokenizer_path} needs {needed} rows, but the model has only "
            f"{rows} embeddings: they do not belong together"
        )


def _files(downloads: Mapping[str, Path], name: str) -> Path:
    if name not in downloads:
        raise InputError(f"download {name} is not given in `downloads=`")
    return downloads[name] / "files"
