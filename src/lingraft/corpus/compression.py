"""Reading of compressed streams to their end, with every check that the format has.

Python's own readers stop early: tarfile before gzip's checksum, bz2 and lzma at a stream whose
first byte is damaged (they take it for garbage behind the end), zstandard where a file is cut off.
"""

import bz2
import errno
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any, BinaryIO, Protocol

import zstandard

from lingraft.errors import InputError

_BLOCK = 1 << 16  # bytes of compressed data
_ZSTD_BLOCK = 1 << 11  # the shortest block of zstd is 4 bytes and unpacks to 128 KiB
_LARGEST_WINDOW = 1 << 27  # bytes; what `zstd` and `xz -9` need at most
_SMALL = 100 << 20  # below this many bytes no ratio is suspicious
MAXIMUM_RATIO = 200  # unpacked size to packed size; text rarely exceeds 20

# What libraries raise when the bytes are not those that were packed.
DAMAGE = (
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zstandard.ZstdError,
    tarfile.TarError,
    zipfile.BadZipFile,
    NotImplementedError,  # a compression method of zip that there is not
    OverflowError,
    struct.error,
    RuntimeError,  # an encrypted member of zip
    ValueError,
)


class _Decoder(Protocol):
    """What bz2's and lzma's decompressors are: output in pieces, the end known."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    """zlib as the other decompressors; it checks gzip's CRC and length itself."""

    def __init__(self) -> None:
        # 31 = 15 (the largest window) + 16 (with gzip's header and checksum).
        self._inner = zlib.decompressobj(wbits=31)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        found = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        # zlib can take all input and still have output: only less than max_length shows that it is
        # empty.
        self.needs_input = not self._inner.unconsumed_tail and len(found) < max_length
        return found


class _Zstd:
    """zstandard as the other decompressors: it has no limit of output, so it is fed in crumbs."""

    def __init__(self) -> None:
        self._inner = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW).decompressobj()
        self._input, self._output = b"", memoryview(b"")

    @property
    def eof(self) -> bool:
        return bool(self._inner.eof) and not self._output

    @property
    def needs_input(self) -> bool:
        return not self._input and not self._output

    @property
    def unused_data(self) -> bytes:
        return bytes(self._inner.unused_data) + self._input

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        self._input += data
        while self._input and not self._output and not self._inner.eof:
            self._output = memoryview(self._inner.decompress(self._input[:_ZSTD_BLOCK]))
            self._input = self._input[_ZSTD_BLOCK:]
        found, self._output = self._output[:max_length], self._output[max_length:]
        return bytes(found)


# suffix -> what makes a decoder of one stream
_DECODERS: Mapping[str, Callable[[], _Decoder]] = {
    "gz": _Gzip,
    "bz2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=4 * _LARGEST_WINDOW),
    "zst": _Zstd,
}
_MAGIC = {b"\x1f\x8b": "gz", b"BZh": "bz2", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zst"}
_SUFFIXES = {".gz": "gz", ".dz": "gz", ".bz2": "bz2", ".xz": "xz", ".zst": "zst"}


class _DecompressedFile(io.RawIOBase):
    """The decompressed bytes of a file of one or several streams; zeros behind them are padding."""

    def __init__(self, raw: BinaryIO, kind: str, limit: int | None) -> None:
        self._raw = raw
        self._new = _DECODERS[kind]
        self._decoder = self._new()
        self._limit = limit
        self._size = 0
        self._ahead = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` with decompressed bytes and return how many; 0 is the end."""
        while not self._decoder.eof or self._start_next():
            data = self._read() if self._decoder.needs_input else b""
            if self._decoder.needs_input and not data:
                raise EOFError("it is cut off")
            try:
                found = self._decoder.decompress(data, len(buffer))
            except OSError as error:  # bz2's word for damage, which is not the disk's fault
                raise ValueError(str(error)) from None
            # readinto may return 0 at the end only; a decoder may need more input before it gives a
            # byte.
            if found:
                self._count(len(found))
                buffer[: len(found)] = found
                return len(found)
        return 0

    def _start_next(self) -> bool:
        """Whether another stream follows; whatever is not one raises when it is decoded."""
        rest = self._decoder.unused_data.lstrip(b"\0")
        while not rest:
            block = self._raw.read(_BLOCK)
            if not block:
                return False
            rest = block.lstrip(b"\0")
        self._decoder = self._new()
        self._ahead = rest
        return True

    def _read(self) -> bytes:
        block, self._ahead = self._ahead, b""  # what was read of the next stream already
        return block or self._raw.read(_BLOCK)

    def _count(self, size: int) -> None:
        self._size += size
        if self._limit is not None and self._size > self._limit:
            raise ValueError(f"it unpacks to more than {self._limit} bytes")


def compression_of(path: PurePath) -> str | None:
    """How a file is compressed, by its name."""
    return _SUFFIXES.get(path.suffix.lower())


def compression_in(start: bytes) -> str | None:
    """How a file is compressed, by its first bytes."""
    return next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), None)


def open_compressed(raw: BinaryIO, kind: str, limit: int | None = None) -> io.BufferedReader:
    """A buffered stream of the decompressed bytes of `raw`; reading it raises one of `DAMAGE`.

    Args:
        raw: the file.
        kind: gz, bz2, xz or zst.
        limit: most bytes that it may unpack to.
    """
    return io.BufferedReader(_DecompressedFile(raw, kind, limit), 1 << 20)


def unpacked_limit(packed: int) -> int:
    """Most bytes that a foreign file of `packed` bytes may unpack to: no text packs better."""
    return max(_SMALL, MAXIMUM_RATIO * packed)


@contextmanager
def damage_named(problem: str) -> Iterator[None]:
    """Make one line of whatever a library says of damaged bytes, `problem` before it.

    Raises:
        InputError: `problem` and the reason in brackets.
    """
    try:
        yield
    except DAMAGE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{problem} ({reason})") from None
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # the latter: a place before the file's start
            raise  # a full disk is not a fault of the file
        raise InputError(f"{problem} ({error})") from None
