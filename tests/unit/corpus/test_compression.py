"""Compressed streams are read whole, with every check of their format, or not at all."""

import bz2
import gzip
import io
import lzma
import random
import tracemalloc
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from lingraft.corpus.compression import DAMAGE, open_compressed

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}
each_kind = pytest.mark.parametrize("kind", PACK)


def _read(kind: str, packed: bytes, limit: int | None = None) -> bytes:
    return open_compressed(io.BytesIO(packed), kind, limit).read()


@given(st.sampled_from(list(PACK)), st.lists(st.binary(max_size=2000), min_size=1, max_size=4))
def test_streams_are_read_one_after_the_other(kind: str, contents: list[bytes]) -> None:
    assert _read(kind, b"".join(map(PACK[kind], contents))) == b"".join(contents)


@each_kind
def test_long_content_is_read_in_lines(kind: str) -> None:
    content = b"".join(b"line %d\n" % number for number in range(30_000))
    assert b"".join(open_compressed(io.BytesIO(PACK[kind](content)), kind)) == content


@each_kind
@pytest.mark.parametrize("size", [0, 3, 10, -4, -1])
def test_cut_off_content_is_an_error(kind: str, size: int) -> None:
    whole = PACK[kind](bytes(range(256)) * 100)
    with pytest.raises(DAMAGE):
        _read(kind, whole[:size])


@each_kind
def test_the_second_stream_must_be_whole_too(kind: str) -> None:
    with pytest.raises(DAMAGE):
        _read(kind, PACK[kind](b"one") + PACK[kind](b"two" * 100)[:-3])


@each_kind
def test_only_zeros_may_follow(kind: str) -> None:
    packed = PACK[kind](b"one")
    assert _read(kind, packed + bytes(100_000)) == b"one"
    for junk in (b"junk" * 10, bytes(5) + b"junk"):
        with pytest.raises(DAMAGE):
            _read(kind, packed + junk)


@each_kind
def test_a_flipped_bit_changes_nothing_in_silence(kind: str) -> None:
    chance = random.Random(kind)
    halves = [chance.choices(b"some words of text ", k=400) for _ in range(2)]
    content = b"".join(map(bytes, halves))
    packed = b"".join(PACK[kind](bytes(half)) for half in halves)
    for _ in range(150):
        damaged = bytearray(packed)
        damaged[chance.randrange(len(packed))] ^= 1 << chance.randrange(8)
        try:
            assert _read(kind, bytes(damaged)) == content
        except DAMAGE:
            continue


def _bomb(kind: str, size: int) -> bytes:
    if kind != "zst":
        return PACK[kind](bytes(size))
    header = b"\x28\xb5\x2f\xfd\x00\x38"  # a window of 128 KiB; then blocks of one repeated byte
    blocks, block = size >> 17, (1 << 17) << 3 | 1 << 1
    last = ((1 << 17) << 3 | 1 << 1 | 1).to_bytes(3, "little") + b"\0"
    return header + (block.to_bytes(3, "little") + b"\0") * (blocks - 1) + last


@each_kind
def test_bombs_are_bounded_in_memory_and_size(kind: str) -> None:
    packed = _bomb(kind, (160 if kind == "zst" else 24) << 20)
    with pytest.raises(ValueError, match="unpacks to more than 9000000 bytes"):
        open_compressed(io.BytesIO(packed), kind, 9_000_000).read(10_000_000)
    tracemalloc.start()
    with open_compressed(io.BytesIO(packed), kind) as stream:
        assert stream.read(1 << 20) == bytes(1 << 20)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < (150 if kind == "zst" else 16) << 20
