from pathlib import Path

import numpy as np
import pytest

from lingraft.errors import InputError
from lingraft.vectors.correspondences import Correspondences
from lingraft.vectors.dictionaries.tsv import TsvDictionary, read_lines
from lingraft.vectors.report import write_dictionary
from lingraft.vectors.word_pairs import WordPair


def test_tab_or_spaces_separate_and_phrases_stay_whole(tmp_path: Path, places) -> None:
    path = tmp_path / "d.tsv"
    path.write_bytes("\ufeffcat\tpaka\r\nNew York\tNyu Yoki\n\ndog  mbwa\ncat\tpaka\n".encode())
    found = [(p.source, p.target) for p in read_lines(path)]
    assert found == [("cat", "paka"), ("New York", "Nyu Yoki"), ("dog", "mbwa"), ("cat", "paka")]
    settings = TsvDictionary(format="tsv", source="d", path="d.tsv")
    assert [(p.source, p.target) for p in settings.read(places("a", "b"))] == found


def test_the_dictionary_of_an_alignment_is_one(tmp_path: Path) -> None:
    pairs = [
        WordPair("cat", "paka", 0.5, "tsv:d"),
        WordPair("New York", "Nyu Yoki", 1.0, "identical"),
    ]
    positions_P = np.arange(2)
    write_dictionary(
        tmp_path / "dictionary.tsv",
        pairs,
        Correspondences(positions_P, positions_P, np.ones(2), positions_P),
    )
    assert list(read_lines(tmp_path / "dictionary.tsv")) == pairs


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"source\ttarget\tweight\torigin\ncat\tpaka\n", "line 2 is not source, target, weight"),
        (b"source\ttarget\tweight\torigin\na\tb\tmuch\tx\n", "line 2 is not source, target"),
        (b"cat\tpaka\ndog\n", "line 2 has 1 columns"),
        (b"a\tb\tc\n", "line 1 has 3 columns"),
        (b"a b c\n", "line 1 has 3 columns"),
        (b"a\tb\n\xff\tb\n", "line 2 is not valid UTF-8"),
    ],
)
def test_bad_line_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "d.tsv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        list(read_lines(path))


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.tsv does not exist"):
        list(read_lines(tmp_path / "no.tsv"))
