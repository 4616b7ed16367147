from collections.abc import Callable
from pathlib import Path

import pytest

from lingraft.errors import InputError

NOUN = """  1 This software and database is being provided
00000001 03 n 01 entity 0 000 | that which exists
00000002 03 n 02 domestic_dog 0 dog 0 001 @ 00000001 n 0000 | a dog
"""
ADJ = """00000001 00 a 01 hot 0 001 ! 00000002 a 0101 | warm
00000002 00 a 02 cold 0 chilly(p) 0 001 ! 00000001 a 0101 | not warm
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part, text in (("noun", NOUN), ("adj", ADJ), ("verb", ""), ("adv", "")):
        (tmp_path / f"data.{part}").write_text(text)
    return tmp_path


def test_synsets_and_pointers_are_edges(folder: Path, read: Callable[..., set]) -> None:
    assert read(format="wordnet") == {
        ("domestic dog", "dog", "synonym"),
        ("domestic dog", "entity", "hypernym"),
        ("dog", "entity", "hypernym"),
        # An antonym is a pointer between two words, not all of both synsets.
        ("hot", "cold", "antonym"),
        ("cold", "hot", "antonym"),
        ("cold", "chilly", "synonym"),
    }
    assert len(read(format="wordnet", relations={"antonym": 1})) == 2


def test_damage_is_one_line(folder: Path, read: Callable[..., set]) -> None:
    (folder / "data.adj").write_text(ADJ[:-40])
    with pytest.raises(InputError, match=r"data\.adj line 2 is not a synset of WordNet"):
        read(format="wordnet")
    (folder / "data.adj").write_text(ADJ.split("\n")[0])
    with pytest.raises(InputError, match="WordNet has no synset adj:00000002"):
        read(format="wordnet")
    (folder / "data.adj").unlink()
    with pytest.raises(InputError, match=r"has 0 files data\.adj, not one"):
        read(format="wordnet")
