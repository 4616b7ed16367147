"""Digests of models, tokenizers and data: they say whether a stored result is still current."""

from collections.abc import Mapping
from pathlib import Path

from lingraft.artifacts import (
    Facts,
    digest_file,
    fingerprint,
    is_artifact,
    open_given,
    open_partly,
)
from lingraft.errors import InputError
from lingraft.models.sentence_encoder import ENCODER_FILES

_TOKENIZER_FILES = ("tokenizer*", "special_tokens_map.json", "vocab*", "merges.txt", "*.model")


def digest_of(folder: Path) -> str:
    """Digest of a data file or folder: a manifest's after verification, else of all files.

    A part of an artifact, such as one language of a dataset, is checked by the artifact's manifest.

    Raises:
        InputError: it does not exist, is empty, or its files are not those of its manifest.
    """
    if is_artifact(folder.parent) and not is_artifact(folder):
        if folder.exists():
            open_partly(folder.parent, Facts).check(folder)
    elif artifact := open_given(folder, Facts):
        return artifact.digest
    if folder.is_file():
        return digest_file(folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        raise InputError(f"data folder {folder} does not exist or is empty")
    return fingerprint({path.relative_to(folder).as_posix(): digest_file(path) for path in files})


def digest_of_files(folder: Path) -> str:
    """Digest of all files of an artifact, or of a plain folder.

    Raises:
        InputError: there is no such folder, or a file is not the one of the manifest.
    """
    return fingerprint(_files(folder))


def model_digests(folder: Path) -> dict[str, str]:
    """Digest of a model's `weights`, with their configuration, and of its `tokenizer`.

    Raises:
        InputError: one of them is missing, or a file is not the one of the manifest.
    """
    files = _files(folder)
    weights = {name: digest for name, digest in files.items() if _is_of_weights(name)}
    if not weights:
        raise InputError(f"{folder} is not a model's folder: it has no weights")
    return {"weights": fingerprint(weights), "tokenizer": _tokenizer(folder, files)}


def tokenizer_digest(folder: Path) -> str:
    """Digest of the files of a tokenizer, which may be in a model's folder.

    Raises:
        InputError: there are none, or a file is not the one of the manifest.
    """
    return _tokenizer(folder, _files(folder))


def _tokenizer(folder: Path, files: Mapping[str, str]) -> str:
    own = {name: digest for name, digest in files.items() if _is_of_tokenizer(name)}
    if not own:
        raise InputError(f"{folder} has no tokenizer")
    return fingerprint(own)


def _is_of_weights(name: str) -> bool:
    return (
        name.endswith((".safetensors", ".bin"))
        or Path(name).name == "config.json"  # of the model, and of the modules of an encoder
        or name in ENCODER_FILES
    )


def _is_of_tokenizer(name: str) -> bool:
    return any(Path(name).match(pattern) for pattern in _TOKENIZER_FILES)


def _files(folder: Path) -> dict[str, str]:
    """Digest of each file of an artifact, or of a plain folder without its subfolders."""
    if not folder.is_dir():
        raise InputError(f"folder {folder} does not exist")
    if artifact := open_given(folder, Facts):
        return {name: entry["sha256"] for name, entry in artifact.manifest.files.items()}
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    files += sorted(folder.glob("*/config.json"))  # modules of a sentence encoder
    return {path.relative_to(folder).as_posix(): digest_file(path) for path in files}
