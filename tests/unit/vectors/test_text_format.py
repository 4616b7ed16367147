import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingraft.errors import InputError
from lingraft.vectors.text_format import read_text_vectors


def write(folder: Path, text: str | bytes, name: str = "v.vec") -> Path:
    path = folder / name
    data = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


@pytest.mark.parametrize("name", ["v.vec", "v.vec.gz", "v.txt"])
@pytest.mark.parametrize("header", ["2 3\n", ""])
@pytest.mark.parametrize("newline", ["\n", " \n", "\r\n"])
def test_reads_plain_and_compressed_with_and_without_header(
    tmp_path: Path, name: str, header: str, newline: str
) -> None:
    text = f"{header}la 1 2 3{newline}li -1e-2 .5 0{newline}"
    words, vectors = read_text_vectors(write(tmp_path, text, name))
    assert words == ["la", "li"] and vectors.dtype == np.float32
    assert np.allclose(vectors, [[1, 2, 3], [-0.01, 0.5, 0]])


def test_words_may_hold_spaces_and_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    text = "\ufeff4 2\nNew York 1 2\nroute 66 3 4\na\u00a0b 5 6\n\u2028 7 8\n"
    words, vectors = read_text_vectors(write(tmp_path, text))
    assert words == ["New York", "route 66", "a\u00a0b", "\u2028"]
    assert vectors[1].tolist() == [3, 4]


def test_first_of_duplicate_words_counts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    words, vectors = read_text_vectors(write(tmp_path, "3 2\na 1 1\nb 2 2\na 3 3\n"))
    assert words == ["a", "b"] and vectors[0].tolist() == [1, 1]
    assert "1 duplicate words" in caplog.text


def test_maximum_words_stops_reading(tmp_path: Path) -> None:
    words, _ = read_text_vectors(write(tmp_path, "3 2\na 1 1\nb 2 2\nbroken\n"), 2)
    assert words == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("3 2\n", "promises 3 words, but 0 follow"),
        ("3 2\na 1 2\nb 1 2\n", "line 1 promises 3 words, but 2 follow"),
        ("1 2\na 1 2\nb 1 2\n", "line 1 promises 1 words, but 2 follow"),
        ("0 2\n", "line 1: the header '0 2' promises nothing"),
        ("hello world\na 1 2\n", "line 1 is neither a header"),
        ("2 2\na 1 2\nb 1\n", "line 3 has not 2 numbers"),
        ("2 2\na 1 2\nb 0.1 0.2 0.3\n", "line 3 has not 2 numbers"),
        ("2 2\na 1 2\nb 1 x\n", r"line 3 \('b'\) has a field that is not a number"),
        ("2 2\na 1 2\nb nan 1\n", r"line 3 \('b'\) has NaN"),
        ("1 2\na inf 1\n", r"line 2 \('a'\) has NaN or infinity"),
        ("1 2\na 1e99 1\n", r"line 2 \('a'\) has NaN or infinity"),
        ("1 2\n 1 2\n", "line 2 begins with a space"),
        (b"1 2\n\xff\xfe 1 2\n", "line 2 is not valid UTF-8"),
    ],
)
def test_bad_file_names_its_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputError, match=message) as caught:
        read_text_vectors(path)
    assert str(path) in str(caught.value)


def test_cut_gzip_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "word 1 2 3\n" * 50, "v.vec.gz")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match=r"v\.vec\.gz cannot be read"):
        read_text_vectors(path)
    path.write_bytes(b"no gzip")
    with pytest.raises(InputError, match="cannot be read"):
        read_text_vectors(path)


WORD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r "), min_size=1)


@given(st.dictionaries(WORD, st.lists(st.floats(-9, 9, width=32), min_size=3, max_size=3)))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, words: dict) -> None:
    words = {word: numbers for word, numbers in words.items() if word != "\ufeff"}
    if not words:
        return
    lines = [f"{len(words)} 3"] + [f"{w} {' '.join(map(repr, v))}" for w, v in words.items()]
    path = write(tmp_path_factory.mktemp("v"), "\n".join(lines) + "\n")
    read, vectors = read_text_vectors(path)
    assert read == list(words)
    assert np.array_equal(vectors, np.array(list(words.values()), np.float32))
