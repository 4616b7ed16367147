"""Folders and files that other stages may trust: written whole or not at all, verified when read.

An artifact is a folder with a `manifest.json`, written last, that lists every file with its size
and SHA-256, the settings that made it, and the digests of the artifacts it was made from. A folder
without a valid manifest does not exist for any consumer.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from lingraft.errors import ArtifactError
from lingraft.outputs import make_own, require_own

MANIFEST = "manifest.json"
FORMAT = 1
_BLOCK = 1 << 20
_MANY_FILES = 100
_VERSIONED_PACKAGES = ("lingraft", "torch", "transformers", "tokenizers", "deepspeed", "numpy")


@dataclass(frozen=True)
class Manifest:
    """What an artifact is, holds and was made from; paths are relative to its folder."""

    kind: str
    files: Mapping[str, Mapping[str, Any]]  # relative path -> {"size": bytes, "sha256": hex}
    settings: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)  # name -> digest of that artifact
    facts: Mapping[str, Any] = field(default_factory=dict)  # licence, resolved version, counts
    versions: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def digest(self) -> str:
        """Digest of the content alone: equal files give equal digests whatever made them."""
        return fingerprint({name: entry["sha256"] for name, entry in self.files.items()})


def digest_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def fingerprint(content: Any) -> str:
    """SHA-256 of a JSON-serializable value in canonical form: keys sorted, no spaces."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; when the block succeeds it becomes `path`, durably.

    On any exception the temporary file is removed and an existing `path` stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        _sync(temporary)
        temporary.replace(path)
        _sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    """Write `content` as indented UTF-8 JSON, atomically; NaN and infinity are refused."""
    with atomic_path(path) as temporary:
        text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")


@contextmanager
def new_artifact(
    directory: Path,
    kind: str,
    *,
    settings: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Path] | None = None,
    facts: dict[str, Any] | None = None,
) -> Iterator[Path]:
    """Yield an empty staging folder whose files become the artifact `directory` on success.

    Args:
        directory: final place; files of an earlier artifact there are replaced.
        kind: what it is ("corpus", "tokenizer", "model", ...), checked by consumers.
        settings: the settings that determine the content, as plain JSON values.
        inputs: name -> folder of each artifact that the content was made from; each must hold a
            manifest, whose digest is recorded.
        facts: what else a reader should know; the caller may add to the dict inside the block.

    The manifest of an earlier artifact is removed before any file is replaced, and the new one is
    written after all files are in place: at no moment does a valid manifest describe a mixture.

    Raises:
        ConfigError: the folder holds files that are not of an artifact.
    """
    require_own(directory)
    directory.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    facts = {} if facts is None else facts
    try:
        yield staging
        manifest = _describe(staging, kind, settings or {}, inputs or {}, facts)
        make_own(directory)
        (directory / MANIFEST).unlink(missing_ok=True)
        _replace_files(staging, directory)
        write_json(directory / MANIFEST, _as_json(manifest))
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def read_manifest(directory: Path) -> Manifest:
    """Read the manifest of an artifact without checking its files.

    Raises:
        ArtifactError: there is none, or it cannot be read.
    """
    path = directory / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Manifest(**content)
    except (FileNotFoundError, NotADirectoryError):
        raise ArtifactError(
            f"{directory} is not a finished artifact: it has no {MANIFEST}"
        ) from None
    except (ValueError, TypeError) as error:
        raise ArtifactError(f"{path} is damaged ({error}); delete it and run again") from None


def verify(directory: Path, kind: str | None = None) -> Manifest:
    """Check every file of an artifact against its manifest and return the manifest.

    Raises:
        ArtifactError: a file is missing, has another size or digest, or the kind is another one.
    """
    manifest = read_manifest(directory)
    if kind is not None and manifest.kind != kind:
        raise ArtifactError(f"{directory} holds a {manifest.kind}, but a {kind} is needed here")
    for name, entry in manifest.files.items():
        path = directory / name
        if not path.is_file():
            problem = "is missing"
        elif path.stat().st_size != entry["size"]:
            problem = f"has {path.stat().st_size} bytes instead of {entry['size']}"
        elif digest_file(path) != entry["sha256"]:
            problem = "has another content than when it was made (SHA-256 differs)"
        else:
            continue
        raise ArtifactError(f"{path} {problem}; delete {directory / MANIFEST} and run again")
    return manifest


def size_mb(manifests: Iterable[str | Path]) -> float:
    """Megabytes of the artifacts with these manifests; other paths count nothing.

    Raises:
        FileNotFoundError: one is not made yet, so that its size is unknown.
    """
    total = 0
    for path in map(Path, manifests):
        if path.name == MANIFEST:
            path.stat()  # Snakemake wants to be told which file is missing
            total += sum(entry["size"] for entry in read_manifest(path.parent).files.values())
    return total / 1e6


def _describe(
    staging: Path,
    kind: str,
    settings: Mapping[str, Any],
    inputs: Mapping[str, Path],
    facts: Mapping[str, Any],
) -> Manifest:
    files = {}
    paths = sorted(path for path in staging.rglob("*") if path.is_file())
    if len(paths) > _MANY_FILES:  # a flush for each of 20,000 small files takes minutes
        os.sync()
    for path in paths:
        if len(paths) <= _MANY_FILES:
            _sync(path)
        name = path.relative_to(staging).as_posix()
        files[name] = {"size": path.stat().st_size, "sha256": digest_file(path)}
    digests = {name: read_manifest(folder).digest for name, folder in inputs.items()}
    return Manifest(kind, files, dict(settings), digests, dict(facts), _versions())


def _replace_files(staging: Path, directory: Path) -> None:
    new = {path.relative_to(staging) for path in staging.rglob("*") if path.is_file()}
    for path in sorted(directory.rglob("*")):
        # Snakemake keeps a time stamp of its own in folders that it declares.
        if path.is_file() and path.relative_to(directory) not in new and path.name[0] != ".":
            path.unlink()
    for name in sorted(new):
        target = directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (staging / name).replace(target)
    _sync(directory)


def _as_json(manifest: Manifest) -> dict[str, Any]:
    return {name: getattr(manifest, name) for name in manifest.__dataclass_fields__}


def _versions() -> dict[str, str]:
    found = {}
    for package in _VERSIONED_PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
