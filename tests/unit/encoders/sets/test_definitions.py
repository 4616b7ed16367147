import gzip
from pathlib import Path
from typing import Any

import pytest
from tests.unit.encoders.set_samples import a_set, read_set, texts_of

from lingraft.encoders.examples import TrainingExample
from lingraft.errors import ConfigError, InputError

WORDNET = """\
  1 This software and database is being provided to you, the LICENSEE, by
00001740 03 n 01 entity 0 001 ~ 00001930 n 0000 | that which is perceived
00002137 03 n 02 abstraction 0 abstract_entity 0 000 | a general concept; "an example"
"""
ADJECTIVES = '00003131 00 a 01 asleep(p) 0 000 | in a state of sleep; "were all asleep"\n'


def read(folder: Path, **settings: Any) -> list[TrainingExample]:
    chosen = {"kind": "definitions", "source": "words", "language": "eng_Latn", **settings}
    return read_set(chosen, downloads={"words": folder})


def test_wordnet_has_a_definition_for_each_word_of_a_meaning(tmp_path: Path) -> None:
    for part in ("noun", "verb", "adj", "adv"):
        content = {"noun": WORDNET, "adj": ADJECTIVES}.get(part, "  1 license\n")
        (tmp_path / f"data.{part}").write_text(content, "utf-8")
    found = read(tmp_path, format="wordnet")
    assert texts_of(found) == [
        ("entity", "that which is perceived"),
        ("abstraction", "a general concept"),
        ("abstract entity", "a general concept"),
        ("asleep", "in a state of sleep"),
    ]
    assert found[0].language == "eng_Latn"
    (tmp_path / "data.adv").write_text("00001740 02 r zz\n", "utf-8")
    with pytest.raises(InputError, match=r"data\.adv, line 1 is not a line of WordNet's data"):
        read(tmp_path, format="wordnet")


def test_freedict_has_a_definition_for_each_sense(tmp_path: Path) -> None:
    article = "bean cake /biːn/ <n>\n1. bajia, badia\n   Note: a dish\n2. kitu (cha kula)\n"
    with gzip.open(tmp_path / "eng-swh.dict.dz", "wt", encoding="utf-8") as file:
        file.write(article)
    (tmp_path / "eng-swh.index").write_text("bean cake\tA\tB/\n", "utf-8")
    size = len(article.encode())
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    length = digits[size // 64] + digits[size % 64]
    (tmp_path / "eng-swh.index").write_text(f"bean cake\tA\t{length}\n", "utf-8")
    found = read(tmp_path, format="freedict")
    assert texts_of(found) == [("bean cake", "bajia, badia"), ("bean cake", "kitu")]


def test_tsv_has_an_entry_and_its_definitions(tmp_path: Path) -> None:
    (tmp_path / "own.tsv").write_text("dog\tan animal\ta bad man\n\nhot dog\tfood\n", "utf-8")
    (tmp_path / "other.tsv").write_text("cat\tan animal\n", "utf-8")
    found = read(tmp_path, format="tsv", files="own.tsv")
    assert texts_of(found) == [("dog", "an animal"), ("dog", "a bad man"), ("hot dog", "food")]
    assert [example.id for example in found] == [f"own.tsv, line {n}" for n in (1, 1, 3)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"dog\n", "own.tsv, line 1, has no tab: write an entry, a tab, and a definition"),
        (b"\xe9\ta\n", "own.tsv, line 1, is not valid UTF-8"),
    ],
)
def test_lines_that_are_no_definitions_are_refused(
    tmp_path: Path, line: bytes, message: str
) -> None:
    (tmp_path / "own.tsv").write_bytes(line)
    with pytest.raises(InputError, match=message):
        read(tmp_path, format="tsv")


def test_files_are_named_for_tsv_alone() -> None:
    with pytest.raises(ConfigError, match="`files` is for the format tsv"):
        a_set(kind="definitions", source="x", language="eng_Latn", format="wordnet", files="*.noun")
