"""The split depends on content alone and lets nothing of the held-out part into training."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.corpus.splitting import Keys, Part, fold, keys_of, split

_WORDS = ["open", "Close", "file", "the", "3", "12", "tabs", "page!", "Save", "(new)"]
_TEXTS = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=4).map(" ".join)
_GROUPS = st.sampled_from([None, None, "page-a", "page-b", "page-c"])


def _keys(texts: list[tuple[str, str | None]]) -> list[Keys]:
    return [keys_of(text, group, None, None) for text, group in texts]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Open 3 files.", "open 12 files"),
        ("Save as…", "SAVE  AS"),
        ("“Quoted”", "quoted"),
        ("Straße", "STRASSE"),
    ],
)
def test_near_duplicates_fold_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("कि", "की"), ("!", "?"), ("open file", "open page"), ("1 a", "a")]
)
def test_different_texts_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@settings(max_examples=200)
@given(st.lists(st.tuples(_TEXTS, _GROUPS), max_size=40), st.floats(0.1, 0.9))
def test_nothing_held_out_is_in_training(
    texts: list[tuple[str, str | None]], fraction: float
) -> None:
    parts = split(_keys(texts), fraction, None)
    folded = {part: set() for part in Part}
    groups = {part: set() for part in Part}
    for (text, group), part in zip(texts, parts, strict=True):
        folded[part].add(fold(text))
        groups[part].add(group or fold(text))
    assert not folded[Part.TRAIN] & folded[Part.VALID]
    assert not groups[Part.TRAIN] & groups[Part.VALID]
    assert folded[Part.DROPPED] <= folded[Part.VALID]


@given(st.lists(st.tuples(_TEXTS, _GROUPS), max_size=30), st.randoms())
def test_order_does_not_matter(texts: list[tuple[str, str | None]], chance: random.Random) -> None:
    shuffled = list(texts)
    chance.shuffle(shuffled)
    before = sorted(zip(texts, split(_keys(texts), 0.4, 6), strict=True), key=str)
    after = sorted(zip(shuffled, split(_keys(shuffled), 0.4, 6), strict=True), key=str)
    assert before == after


def test_growing_the_corpus_moves_nothing() -> None:
    texts = [(f"message {chr(97 + i % 26)}{chr(97 + i // 26)}", None) for i in range(500)]
    assert split(_keys(texts), 0.2, None)[:200] == split(_keys(texts[:200]), 0.2, None)


def test_the_share_is_about_the_fraction() -> None:
    texts = [
        (f"word{chr(97 + i % 26)}{chr(97 + i // 26 % 26)}{chr(97 + i // 676)}", None)
        for i in range(5000)
    ]
    held_out = split(_keys(texts), 0.1, None).count(Part.VALID)
    assert 400 < held_out < 600


def test_the_maximum_counts_documents() -> None:
    texts = [(f"word{chr(97 + i % 26)}{chr(97 + i // 26)}", f"page {i // 4}") for i in range(400)]
    keys = _keys(texts)
    parts = split(keys, 0.5, 30)
    assert 26 < parts.count(Part.VALID) <= 30
    pages: dict[str | None, set[Part]] = {}
    for (_, page), part in zip(texts, parts, strict=True):
        pages.setdefault(page, set()).add(part)
    assert all(len(found) == 1 for found in pages.values())


def test_the_pivot_decides_and_its_near_duplicates_are_dropped() -> None:
    keys = [
        keys_of("Datei öffnen", None, "Open file", Part.VALID),
        keys_of("Öffne Datei", None, "Open file!", Part.TRAIN),  # same in the pivot's language
        keys_of("Datei Öffnen.", None, "Opens a file", Part.TRAIN),  # same in its own
        keys_of("Datei schließen", None, "Close file", Part.TRAIN),
        keys_of("Datei speichern", None, "Save file", Part.DROPPED),
    ]
    parts = split(keys, 0.000001, None)
    assert parts == [Part.VALID, Part.DROPPED, Part.DROPPED, Part.TRAIN, Part.DROPPED]
