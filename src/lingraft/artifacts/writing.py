"""Artifacts are made in a staging folder and appear whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from lingraft.artifacts.facts import FACTS, DownloadFacts, Facts, Licenses, ModelFacts
from lingraft.artifacts.files import digest_file, is_disk_full
from lingraft.artifacts.manifest import Manifest
from lingraft.artifacts.opening import Artifact
from lingraft.artifacts.weights import count_weights
from lingraft.errors import LingraftError
from lingraft.outputs import clear_remains, make_own, put_in_place, require_own, sync

_MANY_FILES = 100
_VERSIONED_PACKAGES = ("lingraft", "torch", "transformers", "tokenizers", "deepspeed", "numpy")


@contextmanager
def new_artifact(
    directory: Path,
    kind: str,
    *,
    settings: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Artifact[Any]] | None = None,
    facts: Facts | None = None,
) -> Iterator[Path]:
    """Yield an empty staging folder whose files become the artifact `directory` on success.

    Args:
        directory: final place; files of an earlier artifact there are replaced.
        kind: what it is ("corpus", "tokenizer", "model", ...), checked by consumers.
        settings: the settings that determine the content, as plain JSON values.
        inputs: name -> the opened artifact that the content was made from; its digest is
            recorded, and its licenses are taken over.
        facts: what else a reader should know; the caller may set more of them inside the block.

    The finished folder takes the place of an earlier artifact in one step: whenever the process is
    killed, there is the old artifact or the new one, never a mixture.

    Raises:
        ConfigError: the folder has files that are not of an artifact.
        LingraftError: the disk is full, whichever library noticed it and whatever it raised.
    """
    facts = _typed(kind, facts)
    inputs = _opened(inputs or {})
    require_own(directory)
    clear_remains(directory)
    directory.parent.mkdir(parents=True, exist_ok=True)
    beside = directory.resolve().parent  # of a link, on the disk that it shows
    staging = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=beside))
    try:
        yield staging
        manifest = _describe(staging, kind, settings or {}, inputs, facts)
        make_own(staging)
        # The manifest comes last: what has one is complete, and its files are on the disk.
        manifest.save(staging)
        put_in_place(staging, directory)
    except Exception as error:
        if is_disk_full(error):
            raise LingraftError(
                f"the disk is full: {directory} could not be written "
                f"({' '.join(str(error).split()):.200}); free some space and run again"
            ) from None
        raise
    finally:
        # After the exchange of names this is the earlier artifact, after a failure the unfinished
        # one.
        shutil.rmtree(staging, ignore_errors=True)


def _typed(kind: str, facts: Facts | Mapping[str, Any] | None) -> Facts:
    """The facts as the type of this kind; a mapping with a key that it does not have is refused."""
    if isinstance(facts, FACTS[kind]):
        return facts
    if isinstance(facts, Facts):
        raise TypeError(f"a {kind} cannot have {type(facts).__name__}")
    return FACTS[kind].model_validate(dict(facts or {}))


def _opened(inputs: Mapping[str, Artifact[Any]]) -> Mapping[str, Artifact[Any]]:
    for name, artifact in inputs.items():
        if not isinstance(artifact, Artifact):
            raise TypeError(f"input {name} must be opened with open_artifact, not {artifact!r}")
    return inputs


def _describe(
    staging: Path,
    kind: str,
    settings: Mapping[str, Any],
    inputs: Mapping[str, Artifact[Any]],
    facts: Facts,
) -> Manifest:
    files = {}
    paths = sorted(path for path in staging.rglob("*") if path.is_file())
    if len(paths) > _MANY_FILES:  # a flush for each of 20,000 small files takes minutes
        os.sync()
    for path in paths:
        if len(paths) <= _MANY_FILES:
            sync(path)
        name = path.relative_to(staging).as_posix()
        files[name] = {"size": path.stat().st_size, "sha256": digest_file(path)}
    if licenses := _licenses(inputs):
        facts.licenses = licenses | facts.licenses
    if isinstance(facts, ModelFacts) and facts.parameters is None:
        facts.parameters = count_weights(staging)
    digests = {name: artifact.digest for name, artifact in inputs.items()}
    return Manifest(kind, files, facts, dict(settings), digests, _versions())


def _licenses(inputs: Mapping[str, Artifact[Any]]) -> Licenses:
    """Of all downloads behind the inputs; a download is an input under the name of its source."""
    found: Licenses = {}
    for name, artifact in inputs.items():
        if isinstance(artifact.facts, DownloadFacts):
            found[name] = artifact.facts.license
        else:
            found |= artifact.facts.licenses
    return found


@cache
def _versions() -> dict[str, str]:
    found = {}
    for package in _VERSIONED_PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
