"""Reads the dictionaries of an alignment, in order of trust, into one list of word pairs."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from lingraft.config.vectors import Dictionary
from lingraft.corpus.words import split_words
from lingraft.errors import InputError
from lingraft.vectors.dictionaries.cldr import read_cldr
from lingraft.vectors.dictionaries.freedict import read_freedict
from lingraft.vectors.dictionaries.identical import read_identical
from lingraft.vectors.dictionaries.parallel import read_parallel
from lingraft.vectors.dictionaries.places import Places, single_word
from lingraft.vectors.dictionaries.tsv import read_lines, read_tsv
from lingraft.vectors.pairs import WordPair, casings
from lingraft.vectors.vectorset import VectorSet

READERS: dict[str, Callable[[Any, Places], Iterator[WordPair]]] = {
    "freedict": read_freedict,
    "cldr-annotations": read_cldr,
    "parallel": read_parallel,
    "tsv": read_tsv,
    "identical": read_identical,
}


def read_dictionaries(dictionaries: Iterable[Dictionary], places: Places) -> list[WordPair]:
    """Read and merge dictionaries; of a pair that comes twice the first dictionary's counts.

    Only pairs whose two sides are one word each, as the vectors' text was segmented, are kept.

    Raises:
        InputError: a dictionary is damaged, has no one-word pair, or shares no word with the
            vectors.
    """
    merged: dict[tuple[str, str], WordPair] = {}
    for dictionary in dictionaries:
        origin = _describe(dictionary)
        entries = READERS[dictionary.format](dictionary, places)
        turned = (_turn(entry) for entry in entries) if _is_reversed(dictionary) else entries
        kept = [
            WordPair(source, target, dictionary.weight, origin)
            for source, target in map(_single_words(places), turned)
            if source and target
        ]
        _require_shared(kept, places, origin)
        for entry in kept:
            merged.setdefault((entry.source, entry.target), entry)
    return list(merged.values())


def read_pairs_file(path: Path) -> list[WordPair]:
    """Read a two-column dictionary as it is, phrases, casing and duplicates included."""
    return list(read_lines(path))


def _describe(dictionary: Dictionary) -> str:
    name = getattr(dictionary, "source", None) or getattr(dictionary, "corpus", None)
    extract = getattr(dictionary, "extract", "one-word")
    kind = dictionary.format if extract == "one-word" else f"{dictionary.format}-{extract}"
    return f"{kind}:{name}" if name else kind


def _is_reversed(dictionary: Dictionary) -> bool:
    return bool(getattr(dictionary, "reversed", False))


def _turn(entry: WordPair) -> WordPair:
    return entry._replace(source=entry.target, target=entry.source)


def _single_words(places: Places) -> Callable[[WordPair], tuple[str | None, str | None]]:
    def sides(entry: WordPair) -> tuple[str | None, str | None]:
        return _as_word(entry.source, places.source), _as_word(entry.target, places.target)

    return sides


def _as_word(text: str, side: VectorSet) -> str | None:
    """The text as a word of that vocabulary, None if its segmentation gives several words."""
    text = text.lower() if side.lowercase else text
    if text in side.index:
        return single_word(text)
    words = split_words(text, side.language) if side.language else text.split()
    return single_word(words[0]) if len(words) == 1 else None


def _require_shared(entries: list[WordPair], places: Places, origin: str) -> None:
    if not entries:
        raise InputError(f"dictionary {origin} holds no pair of single words")
    sources, targets = places.source.index, places.target.index
    for entry in entries:
        if any(form in sources for form in casings(entry.source)) and any(
            form in targets for form in casings(entry.target)
        ):
            return
    raise InputError(
        f"dictionary {origin} shares no word pair with the vectors of "
        f"{places.source.language or 'the source'} and {places.target.language or 'the target'}; "
        "is it of these languages, and in this direction?"
    )
