"""A word and its translation."""

from collections.abc import Sequence
from typing import NamedTuple

WRITTEN = ("source", "target", "weight", "origin")  # the columns of an alignment's dictionary.tsv


class WordPair(NamedTuple):
    """A word of the source language and a translation."""

    source: str
    target: str
    weight: float = 1.0
    origin: str = ""  # the dictionary it came from, as "freedict:eng-swh"
    is_gold: bool = True  # somebody says that it is right, so it may measure an alignment


def measuring(pairs: Sequence[WordPair]) -> list[bool]:
    """Which pairs measure an alignment: those of dictionaries, not those guessed from spelling.

    Where all are guesses, all measure: there is nothing else.
    """
    is_any_gold = any(pair.is_gold for pair in pairs)
    return [pair.is_gold or not is_any_gold for pair in pairs]


def casings(word: str) -> tuple[str, str, str]:
    """The forms in which a word of a dictionary is looked up: raw, lower, Title."""
    return word, word.lower(), word.title()


def phrase(text: str) -> str | None:
    """The text with single spaces if each of its words has a letter, else None."""
    words = text.split()
    return " ".join(words) if words and all(map(single_word, words)) else None


def single_word(text: str) -> str | None:
    """The text if it is one word without spaces and with a letter in it, else None."""
    word = text.strip()
    is_word = bool(word) and not any(map(str.isspace, word)) and any(map(str.isalpha, word))
    return word if is_word else None
