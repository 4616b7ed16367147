"""Unpacking of archives from outside: every member is checked before anything is written.

Members whose paths lead elsewhere, links (except in Debian packages, where they are usual and left
out), devices, and archives that grow beyond all measure are refused.
"""

import errno
import struct
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, Self, cast

from lingraft.artifacts import digest_file
from lingraft.config.patterns import is_kept
from lingraft.corpus.compression import (
    compression_in,
    damage_named,
    open_compressed,
    unpacked_limit,
)
from lingraft.errors import InputError

MAXIMUM_BYTES = 200 << 30
MAXIMUM_MEMBERS = 2_000_000

_TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_ZIP_SUFFIXES = (".zip", ".whl")

_BLOCK = 1 << 20
_END = 1024  # bytes of zeros at the end of a tar archive
_EXTENSIONS = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
)
_LONGEST_HEADER = 1 << 20  # bytes of long names and attributes, which tarfile reads into memory
_LOCAL = struct.Struct("<4s5H3L2H")  # the header before the content of a member of a zip archive
_UTF8 = 0x800
_COMPARED = _UTF8 | 1  # the name's encoding, encryption
_LONGEST_END = (1 << 16) + 22
_BAD_NAME = (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL)


def is_archive(path: Path) -> bool:
    """Whether the name is one of an archive that `unpack` reads."""
    return path.name.lower().endswith(_TAR_SUFFIXES + _ZIP_SUFFIXES)


def check_archive(path: Path, sha256: str | None, name: str) -> dict[str, Any]:
    """Facts about a downloaded archive.

    Args:
        path: the archive.
        sha256: the expected digest in hexadecimal, if one is expected.
        name: the source, for messages.

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
    """Unpack a zip or tar archive into `target`, reading it to its end.

    Args:
        path: the archive.
        target: existing folder.
        keep: shell patterns of the members to unpack; all, if there are none.

    Raises:
        InputError: the archive is damaged or unsafe.
    """
    budget = Budget(path.name, path.stat().st_size)
    with (
        damage_named(f"{path.name} is a broken archive; download it again"),
        path.open("rb") as raw,
    ):
        if path.name.lower().endswith(_ZIP_SUFFIXES):
            unpack_zip(raw, target, keep, budget)
            return
        kind = compression_in(raw.read(6))
        raw.seek(0)
        if kind is None:
            _check_end(raw)
        unpack_tar(open_compressed(raw, kind) if kind else raw, target, keep, budget)


def _check_end(raw: BinaryIO) -> None:
    """A tar archive ends with two blocks of zeros; without compression nothing else shows a cut."""
    size = raw.seek(0, 2)
    raw.seek(max(0, size - _END))
    if size < _END or raw.read().strip(b"\0"):
        raise EOFError("its end is missing")
    raw.seek(0)


class Budget:
    """Counts what an archive unpacks to and stops one that grows beyond all measure."""

    def __init__(self, name: str, archive_bytes: int) -> None:
        self.name = name
        self._limit = min(MAXIMUM_BYTES, unpacked_limit(archive_bytes))
        self._bytes = 0
        self._members = 0

    def add_member(self) -> None:
        """Count one member of any type.

        Raises:
            InputError: there are too many.
        """
        self._members += 1
        if self._members > MAXIMUM_MEMBERS:
            raise InputError(f"{self.name} is unsafe: it has more than {MAXIMUM_MEMBERS} members")

    def copy(self, source: IO[bytes], target: Path) -> None:
        """Write a member's content, counting its true size.

        Raises:
            InputError: the archive unpacks to too much.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        # "x" refuses an existing file, so a second member of the same name overwrites nothing.
        with target.open("xb") as stream:
            while block := source.read(1 << 20):
                self._bytes += len(block)
                if self._bytes > self._limit:
                    raise InputError(
                        f"{self.name} is unsafe: it unpacks to more than {self._limit} bytes"
                    )
                stream.write(block)


class _Header(tarfile.TarInfo):
    """A header of a member. tarfile takes a damaged one in the middle for the archive's end."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """As tarfile's own."""
        try:
            header = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if not buf or (len(buf) == tarfile.BLOCKSIZE and not buf.strip(b"\0")):
                raise  # this is the end
            raise tarfile.ReadError(f"a header is damaged: {error}") from None
        if header.size < 0 or (header.type in _EXTENSIONS and header.size > _LONGEST_HEADER):
            raise tarfile.ReadError(f"a header says that {header.size} bytes follow")
        return header


def unpack_tar(
    stream: IO[bytes],
    target: Path,
    keep: Sequence[str],
    budget: Budget,
    *,
    skip_links: bool = False,
) -> None:
    """Unpack a tar archive from a stream, which is read to its end; damage raises `DAMAGE`.

    Args:
        stream: the archive, decompressed.
        target: existing folder.
        keep: shell patterns of the members to unpack; all, if there are none.
        budget: counts what is unpacked.
        skip_links: leave links out instead of refusing them.

    Raises:
        InputError: the archive is unsafe.
    """
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as archive:
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
        # tarfile stops at a block of zeros. Reading on lets the checksum of gzip or xz be compared.
        rest = cast(IO[bytes], archive.fileobj)
        while block := rest.read(_BLOCK):
            if block.strip(b"\0"):
                raise tarfile.ReadError("data follows behind its end")


def unpack_zip(raw: BinaryIO, target: Path, keep: Sequence[str], budget: Budget) -> None:
    """Unpack a zip archive; damage raises `DAMAGE`.

    Args:
        raw: the archive.
        target: existing folder.
        keep: shell patterns of the members to unpack; all, if there are none.
        budget: counts what is unpacked.

    Raises:
        InputError: the archive is unsafe.
    """
    with zipfile.ZipFile(raw) as archive:
        members = archive.infolist()
        _check_count(raw, len(members))
        for member in members:
            budget.add_member()
            name = safe_name(member.filename, budget.name)
            # The upper 16 bits are the mode of Unix: 0o120000 is a symbolic link.
            if (member.external_attr >> 16) & 0o170000 == 0o120000:
                raise InputError(f"{budget.name} is unsafe: {member.filename!r} is a link")
            _check_entry(raw, member)
            if not member.is_dir() and is_kept(name, keep):
                with archive.open(member) as content:
                    _copy_once(budget, content, target / name)


def _check_count(raw: BinaryIO, found: int) -> None:
    """Compare the members with their number at the archive's end, which zipfile does not read."""
    size = raw.seek(0, 2)
    raw.seek(max(0, size - _LONGEST_END))
    tail = raw.read()
    # The record at the end begins with PK\5\6; its bytes 10 and 11 are the number of members.
    promised = int.from_bytes(tail[tail.rfind(b"PK\5\6") :][10:12], "little")
    if promised not in (found, 0xFFFF):  # the latter means more than it can say
        raise zipfile.BadZipFile(f"its end promises {promised} members, but it lists {found}")


def _check_entry(raw: BinaryIO, member: zipfile.ZipInfo) -> None:
    """Compare an entry of the directory with the header before its content.

    The checksum is that of the content alone: a damaged name or flag in the directory would give
    another file, or none (a name that ends with a slash).
    """
    raw.seek(member.header_offset)
    header = raw.read(_LOCAL.size)
    signature, _, flags, method, *_, length, _ = _LOCAL.unpack(header.ljust(_LOCAL.size, b"\0"))
    encoding = "utf-8" if member.flag_bits & _UTF8 else "cp437"
    own = (b"PK\3\4", flags & _COMPARED, method, raw.read(length))
    name = member.orig_filename.encode(encoding)
    listed = (signature, member.flag_bits & _COMPARED, member.compress_type, name)
    if own != listed:
        raise zipfile.BadZipFile(f"the directory's entry {member.filename!r} differs from the file")


def safe_name(name: str, archive: str) -> str:
    """The member's name as a relative path.

    Raises:
        InputError: the path is absolute or leads outside, or there is none.
    """
    if not name:
        raise InputError(f"{archive} is broken: a member has no name")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or ":" in name[:2]:
        raise InputError(f"{archive} is unsafe: {name!r} leads outside of the archive")
    return path.as_posix()


def _copy_once(budget: Budget, content: IO[bytes], path: Path) -> None:
    try:
        budget.copy(content, path)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise InputError(f"{budget.name} is unsafe: it has {path.name!r:.80} twice") from None
    except OSError as error:
        if error.errno not in _BAD_NAME:
            raise
        problem = f"the name {path.name!r:.80} cannot be stored here ({error.strerror})"
        raise InputError(f"{budget.name}: {problem}; leave it out with `keep`") from None
    except UnicodeEncodeError:
        problem = f"the name {path.name!r:.80} cannot be stored here (not UTF-8)"
        raise InputError(f"{budget.name}: {problem}; leave it out with `keep`") from None
