"""The structure of fastText's model files (.bin, .ftz), checked to the last byte.

fastText itself reads a cut file without complaint, and writes one where the disk is full. The
layout, little-endian: header, words and labels, pruned n-grams, input matrix, output matrix; a
matrix is dense, or quantized by products (`.ftz`).
"""

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lingraft.errors import InputError

_MAGIC = 793712314
_VERSIONS = (11, 12)
SUPERVISED = 3  # the `model` of a classifier
_HEADER = struct.Struct("<2i12id3i2q")  # magic, version, 12 arguments, t, dictionary sizes
_ENTRY_END = struct.Struct("<qb")  # behind a word's zero byte: count, word or label
_SHAPE = struct.Struct("<2q")  # rows, columns
_QUANTIZER = struct.Struct("<4i")  # dimension, subquantizers, their dimension, the last one's
_CENTROIDS = 256  # of a subquantizer
_BLOCK = 1 << 20


@dataclass(frozen=True)
class FastTextHeader:
    """What the first bytes of a model say."""

    dimension: int
    model: int
    entries: int
    words: int
    labels: int
    pruned: int


def check_fasttext(path: Path) -> FastTextHeader:
    """Check that a model is whole: every part has the length that it says, and nothing follows.

    Raises:
        InputError: it is not a fastText model, of another version, or cut off.
    """
    with path.open("rb") as stream:
        header = _read_header(stream, path)
        try:
            _skip_entries(stream, header.entries)
            # -1 says that nothing was pruned; a pruned n-gram has two integers of 4 bytes.
            _skip(stream, 8 * max(header.pruned, 0))
            is_quantized = _read_flag(stream)
            columns, _ = _skip_matrix(stream, is_quantized)
            output = header.labels if header.model == SUPERVISED else header.words
            # The second flag is always in the file, but counts only where the input matrix is
            # quantized.
            width, rows = _skip_matrix(stream, _read_flag(stream) and is_quantized)
            shape = (columns, width, rows, header.words + header.labels)
            expected = (header.dimension, header.dimension, output, header.entries)
            if shape != expected or stream.read(1):
                raise ValueError
        except (struct.error, ValueError):
            raise InputError(f"{path} is truncated or damaged; make or download it again") from None
    return header


def _read_header(stream: BinaryIO, path: Path) -> FastTextHeader:
    start = stream.read(_HEADER.size)
    if len(start) < _HEADER.size or struct.unpack_from("<i", start)[0] != _MAGIC:
        raise InputError(f"{path} is not a fastText model (.bin)")
    values = _HEADER.unpack(start)
    version, dimension, model = values[1], values[2], values[9]
    if version not in _VERSIONS:
        known = " or ".join(map(str, _VERSIONS))
        raise InputError(f"{path} is a fastText model of version {version}, not {known}")
    # Values 2 to 13 are the arguments, 14 is the sampling threshold t; the sizes of the dictionary
    # follow.
    entries, words, labels, _, pruned = values[15:20]
    return FastTextHeader(dimension, model, entries, words, labels, pruned)


def _skip_entries(stream: BinaryIO, count: int) -> None:
    """Skip words and labels: each ends with a zero byte, a count and a kind."""
    data, position = b"", 0
    for _ in range(count):
        end = data.find(b"\0", position)
        while end < 0 or end + 1 + _ENTRY_END.size > len(data):
            block = stream.read(_BLOCK)
            if not block or len(data) - position > _BLOCK:  # no word is that long
                raise ValueError
            data, position = data[position:] + block, 0
            end = data.find(b"\0")
        position = end + 1 + _ENTRY_END.size
    # The last block goes beyond the entries: back to their end.
    stream.seek(position - len(data), os.SEEK_CUR)


def _skip_matrix(stream: BinaryIO, is_quantized: bool) -> tuple[int, int]:
    """Skip a matrix and return its columns and rows."""
    has_norms = _read_flag(stream) if is_quantized else False
    rows, columns = _SHAPE.unpack(stream.read(_SHAPE.size))
    if rows < 0 or columns < 0:
        raise ValueError
    if not is_quantized:
        _skip(stream, 4 * rows * columns)
        return columns, rows
    (codes,) = struct.unpack("<i", stream.read(4))
    _skip(stream, codes)
    _skip_quantizer(stream)
    if has_norms:
        _skip(stream, rows)
        _skip_quantizer(stream)
    return columns, rows


def _skip_quantizer(stream: BinaryIO) -> None:
    dimension, *_ = _QUANTIZER.unpack(stream.read(_QUANTIZER.size))
    _skip(stream, 4 * _CENTROIDS * dimension)


def _read_flag(stream: BinaryIO) -> bool:
    (flag,) = struct.unpack("<B", stream.read(1))
    if flag > 1:
        raise ValueError
    return bool(flag)


def _skip(stream: BinaryIO, count: int) -> None:
    size = os.fstat(stream.fileno()).st_size
    if count < 0 or stream.tell() + count > size:
        raise ValueError
    stream.seek(count, os.SEEK_CUR)
