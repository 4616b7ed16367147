from pathlib import Path

import pytest

from lingraft.corpus.documents import Pair, write_lines
from lingraft.errors import InputError
from lingraft.vectors.dictionaries.parallel import ParallelText

ONE_WORD = ParallelText(format="parallel", corpus="c")
CO_OCCURRING = ParallelText(format="parallel", corpus="c", extract="co-occurrence")

SENTENCES = [
    ("Open", "Fungua"),
    ("Open the file", "Fungua faili"),
    ("Close the file", "Funga faili"),
    ("Delete the file now", "Futa faili sasa"),
    ("Open the window", "Fungua dirisha"),
    ("Close the window", "Funga dirisha"),
    ("Delete the window now", "Futa dirisha sasa"),
    ("Close", "42"),
    ("Delete it!", "Futa"),
]


@pytest.fixture
def parallel(tmp_path: Path) -> None:
    pairs = [Pair(str(i), source, target) for i, (source, target) in enumerate(SENTENCES)]
    write_lines(tmp_path / "parallel.jsonl.zst", pairs)


@pytest.mark.usefixtures("parallel")
def test_messages_of_one_word(places) -> None:
    found = [(p.source, p.target) for p in ONE_WORD.read(places("a", "b"))]
    assert found == [("Open", "Fungua")]
    lower = [(p.source, p.target) for p in ONE_WORD.read(places("a", "b", True))]
    assert lower == [("open", "fungua")]


@pytest.mark.usefixtures("parallel")
def test_mutually_best_co_occurring_words(places) -> None:
    found = {(p.source, p.target) for p in CO_OCCURRING.read(places("a", "b", True))}
    assert {("open", "fungua"), ("file", "faili"), ("window", "dirisha")} <= found
    assert ("delete", "futa") in found
    assert not any(source == "the" for source, _ in found)


def test_corpus_without_parallel_text_is_named(places) -> None:
    with pytest.raises(InputError, match="corpus 'c' has no parallel text"):
        list(ONE_WORD.read(places("a", "b")))
    with pytest.raises(InputError, match="needs the corpus 'x'"):
        list(ParallelText(format="parallel", corpus="x").read(places("a", "b")))
