"""Unpacking of archives from outside: every member is checked before anything is written.

Members whose paths lead elsewhere, links (except in Debian packages, where they are usual and left
out), devices, and archives that grow beyond all measure are refused.
"""

import shutil
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from lingraft.artifacts import digest_file
from lingraft.config.sources import is_kept
from lingraft.corpus.sources.place import Facts
from lingraft.errors import InputError

MAXIMUM_BYTES = 200 << 30
MAXIMUM_MEMBERS = 2_000_000
MAXIMUM_RATIO = 200  # unpacked size to archive size; text rarely exceeds 20
_SMALL = 100 << 20  # below this many bytes no ratio is suspicious

_TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_ZIP_SUFFIXES = (".zip", ".whl")


def is_archive(path: Path) -> bool:
    """Whether the name is one of an archive that `unpack` reads."""
    return path.name.lower().endswith(_TAR_SUFFIXES + _ZIP_SUFFIXES)


def check_archive(path: Path, sha256: str | None, name: str) -> Facts:
    """Facts about a downloaded archive.

    Raises:
        InputError: its SHA-256 is not the expected one.
    """
    found = digest_file(path)
    if sha256 is not None and found != sha256:
        raise InputError(
            f"{name}: SHA-256 of {path.name} is {found}, expected {sha256}; if the new content is "
            "right, change sha256 in the configuration"
        )
    return {"archive": {"name": path.name, "size": path.stat().st_size, "sha256": found}}


def unpack(path: Path, target: Path, keep: Sequence[str]) -> None:
    """Unpack a zip or tar archive into `target`.

    Args:
        path: the archive.
        target: existing folder.
        keep: shell patterns of the members to unpack; all, if there are none.

    Raises:
        InputError: the archive is damaged or unsafe.
    """
    if path.name.lower().endswith(_ZIP_SUFFIXES):
        _unpack_zip(path, target, keep)
        return
    with _readable(path.name), tarfile.open(path, "r:*") as archive:
        unpack_tar(archive, target, keep, Budget(path.name, path.stat().st_size))


class Budget:
    """Counts what an archive unpacks to and stops one that grows beyond all measure."""

    def __init__(self, name: str, archive_bytes: int) -> None:
        self.name = name
        self._limit = min(MAXIMUM_BYTES, max(_SMALL, MAXIMUM_RATIO * archive_bytes))
        self._bytes = 0
        self._members = 0

    def add_member(self) -> None:
        """Count one member of any type."""
        self._members += 1
        if self._members > MAXIMUM_MEMBERS:
            raise InputError(f"{self.name} is unsafe: it has more than {MAXIMUM_MEMBERS} members")

    def copy(self, source: IO[bytes], target: Path) -> None:
        """Write a member's content, counting its true size."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as stream:
            while block := source.read(1 << 20):
                self._bytes += len(block)
                if self._bytes > self._limit:
                    raise InputError(
                        f"{self.name} is unsafe: it unpacks to more than {self._limit} bytes"
                    )
                stream.write(block)


def unpack_tar(
    archive: tarfile.TarFile,
    target: Path,
    keep: Sequence[str],
    budget: Budget,
    *,
    skip_links: bool = False,
) -> None:
    """Unpack an open tar archive, which may be a stream; damage raises tarfile's own errors."""
    for member in archive:
        budget.add_member()
        name = safe_name(member.name, budget.name)
        if member.isdir() or (skip_links and (member.issym() or member.islnk())):
            continue
        if not member.isreg():
            raise InputError(f"{budget.name} is unsafe: {member.name!r} is a link or a device")
        if is_kept(name, keep):
            content = archive.extractfile(member)
            if content is not None:
                _copy_once(budget, content, target / name)


def _unpack_zip(path: Path, target: Path, keep: Sequence[str]) -> None:
    budget = Budget(path.name, path.stat().st_size)
    with _readable(path.name), zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            budget.add_member()
            name = safe_name(member.filename, path.name)
            if (member.external_attr >> 16) & 0o170000 == 0o120000:
                raise InputError(f"{path.name} is unsafe: {member.filename!r} is a link")
            if not member.is_dir() and is_kept(name, keep):
                with archive.open(member) as content:
                    _copy_once(budget, content, target / name)


def safe_name(name: str, archive: str) -> str:
    """The member's name as a relative path.

    Raises:
        InputError: the path is absolute or leads outside.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or ":" in name[:2]:
        raise InputError(f"{archive} is unsafe: {name!r} leads outside of the archive")
    return path.as_posix()


def _copy_once(budget: Budget, content: IO[bytes], path: Path) -> None:
    try:
        budget.copy(content, path)
    except (FileExistsError, NotADirectoryError):
        raise InputError(f"{budget.name} is unsafe: it holds {path.name!r} twice") from None


@contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, NotImplementedError, shutil.Error) as e:
        raise InputError(f"{name} is a broken archive ({e}); download it again") from None
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # a full disk is no fault of the archive
        raise InputError(f"{name} is a broken archive ({error}); download it again") from None
