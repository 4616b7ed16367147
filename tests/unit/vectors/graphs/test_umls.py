from collections.abc import Callable
from pathlib import Path

import pytest

from lingraft.errors import InputError


def name(concept: str, language: str, text: str, suppressed: str = "N") -> str:
    columns = [concept, language, *[""] * 12, text, "", suppressed, ""]
    return "|".join(columns) + "|\n"


def relation(first: str, rel: str, second: str, rela: str = "") -> str:
    return "|".join([first, "", "", rel, second, "", "", rela, *[""] * 8]) + "|\n"


def test_names_and_relations_are_edges(tmp_path: Path, read: Callable[..., set]) -> None:
    names = [
        name("C1", "ENG", "neoplasm"),
        name("C1", "ENG", "tumor"),
        name("C1", "SPA", "tumor maligno"),
        name("C1", "ENG", "old name", suppressed="O"),
        name("C2", "ENG", "disease"),
    ]
    (tmp_path / "MRCONSO.RRF").write_text("".join(names))
    relations = relation("C1", "PAR", "C2"), relation("C1", "RO", "C2", "isa")
    (tmp_path / "MRREL.RRF").write_text("".join([*relations, relation("C1", "RO", "C9")]))
    expected = {("neoplasm", "tumor", "synonym")}
    expected |= {(word, "disease", how) for word in ("neoplasm", "tumor") for how in ("PAR", "isa")}
    assert read(format="umls") == expected
    with pytest.raises(InputError, match="has no name of language 'SWA'"):
        read(format="umls", language="SWA")


def test_damage_is_one_line(tmp_path: Path, read: Callable[..., set]) -> None:
    with pytest.raises(InputError, match=r"has 0 files MRCONSO\.RRF, not one"):
        read(format="umls")
    (tmp_path / "MRCONSO.RRF").write_text(name("C1", "ENG", "tumor")[:-4])
    with pytest.raises(InputError, match=r"line 1 has 17 columns, not 18; is the file cut off\?"):
        read(format="umls")
