"""Streams of zstd frames are read whole, or not at all."""

import io

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from lingraft.corpus.compression import open_zstd


@given(st.lists(st.binary(max_size=2000), min_size=1, max_size=4))
def test_frames_are_read_one_after_the_other(contents: list[bytes]) -> None:
    frames = b"".join(map(zstandard.compress, contents))
    assert open_zstd(io.BytesIO(frames)).read() == b"".join(contents)


def test_long_content_is_read_in_lines() -> None:
    content = b"".join(b"line %d\n" % number for number in range(200_000))
    assert b"".join(open_zstd(io.BytesIO(zstandard.compress(content)))) == content


@pytest.mark.parametrize("size", [0, 3, 10, -4, -1])
def test_cut_off_content_is_an_error(size: int) -> None:
    whole = zstandard.ZstdCompressor(write_checksum=True).compress(bytes(range(256)) * 100)
    with pytest.raises(zstandard.ZstdError):
        open_zstd(io.BytesIO(whole[:size])).read()


def test_the_second_frame_must_be_whole_too() -> None:
    frames = zstandard.compress(b"one") + zstandard.compress(b"two" * 100)[:-3]
    with pytest.raises(zstandard.ZstdError):
        open_zstd(io.BytesIO(frames)).read()
