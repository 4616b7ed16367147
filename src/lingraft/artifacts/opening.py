"""The one door to artifacts: what is opened has been checked, file by file.

Whoever reads an artifact opens it here, and `new_artifact` takes opened artifacts as its inputs,
not paths: a stage cannot forget to check what it reads. Each file is read once in a process,
and again when it has changed since.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from lingraft.artifacts.facts import Facts
from lingraft.artifacts.files import digest_file
from lingraft.artifacts.manifest import MANIFEST, Manifest, read_manifest
from lingraft.errors import ArtifactError

logger = logging.getLogger(__name__)

F = TypeVar("F", bound=Facts)


@dataclass(frozen=True)
class Artifact(Generic[F]):
    """An artifact whose files are checked; only the functions of this module make one."""

    folder: Path
    manifest: Manifest
    facts: F

    @property
    def digest(self) -> str:
        """Digest of its content."""
        return self.manifest.digest

    def file(self, name: str) -> Path:
        """The path of one of its files, checked.

        Raises:
            ArtifactError: it has no such file, or the file is not what was written.
        """
        if name not in self.manifest.files:
            raise ArtifactError(f"{self.folder} has no file {name}; make it again")
        _check_file(self.folder, name, self.manifest.files[name], _digest_once)
        return self.folder / name

    def check(self, path: Path) -> None:
        """Check the file at `path` inside the artifact, or all files of the folder there.

        Raises:
            ArtifactError: as `file`.
        """
        name = path.relative_to(self.folder).as_posix()
        below = [known for known in self.manifest.files if known.startswith(f"{name}/")]
        for known in below or [name]:
            self.file(known)


def open_artifact(folder: Path, *kinds: type[F]) -> Artifact[F]:
    """Check every file of an artifact against its manifest and open it.

    Args:
        folder: its folder.
        kinds: the types of facts that it may have; none for an artifact of any kind.

    Raises:
        ArtifactError: it does not exist, is of another kind, has a file that its manifest does
            not name, or a file is missing or is not what was written.
    """
    artifact = open_partly(folder, *kinds)
    _check_files(folder, artifact.manifest, _digest_once)
    return artifact


def open_partly(folder: Path, *kinds: type[F]) -> Artifact[F]:
    """Open an artifact of which only some files are wanted: each is checked by `Artifact.file`.

    For the report, which reads a few numbers beside gigabytes of weights, and for shards, each of
    which reads its own part of a download.

    Raises:
        ArtifactError: it does not exist, is of another kind, or its manifest is damaged.
    """
    manifest = read_manifest(folder)
    if kinds and not isinstance(manifest.facts, kinds):
        wanted = " or ".join(kind.kind_of_artifact for kind in kinds)
        raise ArtifactError(f"{folder} is a {manifest.kind}, but a {wanted} is needed here")
    return Artifact(folder, manifest, cast(F, manifest.facts))


def open_given(path: Path, *kinds: type[F], partly: bool = False) -> Artifact[F] | None:
    """Open what somebody gave by hand: an artifact, or None for files that lingraft did not make.

    A plain folder or file of the user's own has no manifest that could be checked: it is read as
    it is, and the log says so. What has a manifest must be what the manifest says.

    Args:
        path: the folder or file.
        kinds: the facts of the kinds that it may be.
        partly: as `open_partly`: only the files that are asked for are checked.

    Raises:
        ArtifactError: as `open_artifact`.
    """
    if is_artifact(path):
        return open_partly(path, *kinds) if partly else open_artifact(path, *kinds)
    if path not in _TOLD:
        _TOLD.add(path)
        logger.info("%s has no %s: it is read as it is, without a check", path, MANIFEST)
    return None


def opened(given: Mapping[str, Path]) -> dict[str, Artifact[Facts]]:
    """The artifacts among what was given by hand, by name: the inputs of what is made of them.

    Raises:
        ArtifactError: as `open_artifact`.
    """
    found = {name: open_given(path, Facts) for name, path in given.items()}
    return {name: artifact for name, artifact in found.items() if artifact is not None}


def is_artifact(folder: Path) -> bool:
    """Whether a folder has a manifest; whoever reads its files opens it."""
    return (folder / MANIFEST).exists()


def verify(folder: Path, kind: str | None = None) -> Manifest:
    """Check every file of an artifact now, whether it was opened before or not.

    Raises:
        ArtifactError: as `open_artifact`.
    """
    manifest = read_manifest(folder)
    if kind is not None and manifest.kind != kind:
        raise ArtifactError(f"{folder} is a {manifest.kind}, but a {kind} is needed here")
    _check_files(folder, manifest, digest_file)
    return manifest


def size_mb(manifests: Iterable[str | Path]) -> float:
    """Megabytes of the artifacts with these manifests; other paths count nothing.

    A damaged manifest counts nothing either: the job that reads the artifact says what is wrong.

    Raises:
        FileNotFoundError: one is not made yet, so that its size is unknown.
    """
    total = 0
    for path in map(Path, manifests):
        if path.name == MANIFEST:
            path.stat()  # Snakemake needs the name of the missing file
            try:
                total += read_manifest(path.parent).size
            except ArtifactError:
                continue
    return total / 1e6


def lost_file(folder: Path) -> str:
    """What is wrong with an artifact at a glance: a file that is gone, or of another size.

    The files are not read, so that a whole experiment takes a moment.

    Returns:
        One line that names the file and the way out; empty where nothing is lost.
    """
    try:
        manifest = read_manifest(folder)
        for name, entry in manifest.files.items():
            _check_file(folder, name, entry, None)
    except ArtifactError as error:
        return str(error)
    return ""


_Stamp = tuple[int, int, int, int]
_DIGESTS: dict[Path, tuple[_Stamp, str]] = {}  # of files that this process has read
_TOLD: set[Path] = set()


def _digest_once(path: Path) -> str:
    """SHA-256 of a file, computed again only when its size, time or inode has changed."""
    state = path.stat()
    stamp = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)
    known = _DIGESTS.get(path)
    if known is None or known[0] != stamp:
        known = _DIGESTS[path] = (stamp, digest_file(path))
    return known[1]


def _check_files(folder: Path, manifest: Manifest, digest: Callable[[Path], str]) -> None:
    for name, entry in manifest.files.items():
        _check_file(folder, name, entry, digest)
    for path in sorted(folder.rglob("*")):
        # Hidden files are marks (Snakemake's, ours, a file system's); nothing reads them.
        # rglob does not enter a folder behind a link, so such a link counts as a file and is
        # refused.
        is_file = path.is_symlink() or not path.is_dir()
        if not is_file or path.name[0] == "." or path == folder / MANIFEST:
            continue
        if path.relative_to(folder).as_posix() not in manifest.files:
            raise ArtifactError(
                f"{path} is not a file of this {manifest.kind}: its {MANIFEST} does not name it; "
                "move it elsewhere"
            )
    if manifest.kind != "download":  # what comes from others is checked where it is read
        _check_indices(folder, manifest)


def _check_file(
    folder: Path, name: str, entry: Mapping[str, Any], digest: Callable[[Path], str] | None
) -> None:
    path = folder / name
    try:
        if not path.is_file():
            problem = "is missing"
        elif not path.resolve().is_relative_to(folder.resolve()):
            problem = "is a link that leads out of the folder"
        elif path.stat().st_size != entry["size"]:
            problem = f"has {path.stat().st_size} bytes instead of {entry['size']}"
        elif digest is not None and digest(path) != entry["sha256"]:
            problem = "has another content than when it was made (SHA-256 differs)"
        else:
            return
    except (OSError, ValueError) as error:
        problem = f"cannot be read ({error})"
    raise ArtifactError(f"{path} {problem}; delete {folder / MANIFEST} and run again")


def _check_indices(folder: Path, manifest: Manifest) -> None:
    """Weights in several files are listed in an index, which may name files of this folder only."""
    for name in manifest.files:
        if not name.endswith(".safetensors.index.json"):
            continue
        path = folder / name
        try:
            named = set(json.loads(path.read_bytes())["weight_map"].values())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ArtifactError(f"{path} is not an index of weights ({error!r})") from None
        parent = Path(name).parent
        if foreign := sorted(
            str(file) for file in named if (parent / str(file)).as_posix() not in manifest.files
        ):
            raise ArtifactError(
                f"{path} names {foreign[0]!r}, which is not a file of this {manifest.kind}; make "
                "it again"
            )
