"""Questions about the letters of words, each with four options of which exactly one is right.

The six kinds are LangGame's (Sims et al. 2025). A letter is what people see as one: a grapheme
cluster. The wrong options are wrong by code points too, so that nobody can read `का` as having the
letter `क` and find two answers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Self

import regex

from lingraft.corpus.splitting import hash_of
from lingraft.corpus.words import split_words
from lingraft.evaluation.data.question_templates import KINDS, Kind

OPTIONS = 4
_LONGEST_PART = 3  # letters that a word begins or ends with, or has
_ATTEMPTS = 300  # to find a question of a kind
_IN_VAIN = 1000  # draws without a new question, after which there are no more
_LOOKS = 100  # at words, for the wrong options of one
_LETTERS = regex.compile(r"[\p{L}\p{M}]+")
_CAPITAL = regex.compile(r"[\p{Lu}\p{Lt}]")


@dataclass(frozen=True)
class LetteredWord:
    """A word and its letters."""

    text: str
    letters: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        """The word with this text."""
        return cls(text, tuple(regex.findall(r"\X", text)))


@dataclass(frozen=True)
class WordQuestion:
    """A question with its options; `part` is letters, and empty for the longest and shortest."""

    kind: Kind
    part: str
    options: tuple[str, ...]
    right: int


@dataclass(frozen=True)
class WordLists:
    """The words of questions to be tested on, and those of questions to learn from; no word is in
    both. Each list is in the order of frequency."""

    test: tuple[LetteredWord, ...]
    train: tuple[LetteredWord, ...]
    ranks: Mapping[str, int]


def words_by_frequency(texts: Iterable[str], language: str, least: int) -> list[str]:
    """The words of texts that are letters alone, the most frequent first, equal ones by spelling.

    A word with a capital is left out: whether it begins with `a` would depend on who reads it.

    Args:
        texts: of the language.
        language: as `swh_Latn`.
        least: letters that a word has at least.
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(split_words(text, language))
    kept = (
        word
        for word in counts
        if _LETTERS.fullmatch(word)
        and not _CAPITAL.search(word)
        and len(regex.findall(r"\X", word)) >= least
    )
    return sorted(kept, key=lambda word: (-counts[word], word))


def divide(words: Sequence[str], test: int, seed: int) -> WordLists:
    """Divide words at random: `test` of them for tests, and all others.

    Args:
        words: the most frequent first.
        test: how many are tested.
        seed: of the draw, which is by the hash of a word.
    """
    chosen = set(sorted(words, key=lambda word: (hash_of(f"{seed}/{word}"), word))[:test])
    return WordLists(
        tuple(LetteredWord.of(word) for word in words if word in chosen),
        tuple(LetteredWord.of(word) for word in words if word not in chosen),
        {word: rank for rank, word in enumerate(words)},
    )


def make_questions(
    words: Sequence[LetteredWord], count: int, generator: Random
) -> list[WordQuestion]:
    """Different questions, of all kinds that the words allow in turn.

    Args:
        words: the options of the questions.
        count: how many; fewer where the words give no more.
        generator: draws all.
    """
    kinds = [kind for kind in KINDS if _draw(kind, words, generator) is not None]
    found: dict[tuple[Kind, str, frozenset[str]], WordQuestion] = {}
    number = last = 0  # draws; the one that gave a new question
    while kinds and len(found) < count and number - last < _IN_VAIN:
        question = _draw(kinds[number % len(kinds)], words, generator)
        number += 1
        if question is not None:
            key = question.kind, question.part, frozenset(question.options)
            if found.setdefault(key, question) is question:
                last = number
    return list(found.values())


def _draw(kind: Kind, words: Sequence[LetteredWord], generator: Random) -> WordQuestion | None:
    if len(words) < OPTIONS:
        return None
    for _ in range(_ATTEMPTS):
        right = generator.choice(words)
        part = _part(kind, right, generator)
        if part is None:
            continue
        wrong: list[str] = []
        for _ in range(_LOOKS):
            other = generator.choice(words)
            if other.text not in wrong and _is_wrong(kind, part, right, other):
                wrong.append(other.text)
            if len(wrong) == OPTIONS - 1:
                place = generator.randrange(OPTIONS)
                return WordQuestion(kind, part, (*wrong[:place], right.text, *wrong[place:]), place)
    return None


def _part(kind: Kind, right: LetteredWord, generator: Random) -> str | None:
    """Letters that are asked for; None where the word answers no question of this kind."""
    letters = right.letters
    if kind in ("longest", "shortest"):
        return ""
    if kind == "most":
        # A letter that is there once would make it a question of another kind.
        often = [letter for letter, count in Counter(letters).items() if count > 1]
        return generator.choice(often) if often else None
    longest = min(_LONGEST_PART, len(letters) - 1)
    if longest < 1:
        return None
    length = generator.randint(1, longest)
    begin = generator.randrange(len(letters) - length + 1)
    begin = {"starts": 0, "ends": len(letters) - length}.get(kind, begin)
    return "".join(letters[begin : begin + length])


def _is_wrong(kind: Kind, part: str, right: LetteredWord, other: LetteredWord) -> bool:
    match kind:
        case "most":
            return other.text.count(part) < right.letters.count(part)
        case "contains":
            return part not in other.text
        case "starts":
            return not other.text.startswith(part)
        case "ends":
            return not other.text.endswith(part)
        case "longest":
            return _is_longer(right, other)
        case "shortest":
            return _is_longer(other, right)


def _is_longer(word: LetteredWord, other: LetteredWord) -> bool:
    return len(word.letters) > len(other.letters) and len(word.text) > len(other.text)
