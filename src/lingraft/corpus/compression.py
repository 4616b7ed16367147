"""Reading of zstd streams that notices when they are cut off."""

import io
from typing import Any, BinaryIO

import zstandard

_BLOCK = 1 << 18  # bytes of compressed data


class ZstdReader(io.RawIOBase):
    """The decompressed bytes of a file of one or several zstd frames.

    The library's own stream reader takes a file that ends in the middle of a frame for a short one.

    Raises:
        zstandard.ZstdError: when read, if the file is no zstd file or is cut off.
    """

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._decoder = zstandard.ZstdDecompressor().decompressobj()
        self._rest = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` with decompressed bytes and return how many; 0 is the end."""
        while not self._rest:
            block = self._decoder.unused_data or self._raw.read(_BLOCK)
            if not block:
                if self._decoder.eof:
                    return 0
                raise zstandard.ZstdError("it is cut off")
            if self._decoder.eof:
                self._decoder = zstandard.ZstdDecompressor().decompressobj()
            self._rest = self._decoder.decompress(block)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def open_zstd(raw: BinaryIO) -> io.BufferedReader:
    """A buffered stream of the decompressed bytes of `raw`."""
    return io.BufferedReader(ZstdReader(raw), 1 << 20)
