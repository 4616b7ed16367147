"""Reads the dictionaries of an alignment, in order of trust, into one list of word pairs."""

import hashlib
from collections.abc import Iterable, Sequence

from lingraft.corpus.words import split_words
from lingraft.errors import InputError
from lingraft.vectors.dictionaries.dictionary import Dictionary, DictionaryInputs
from lingraft.vectors.vectorset import VectorSet
from lingraft.vectors.word_pairs import WordPair, casings, single_word


def read_dictionaries(
    dictionaries: Iterable[Dictionary], inputs: DictionaryInputs
) -> list[WordPair]:
    """Read and merge dictionaries; if two have the same pair, the first one's counts.

    Only pairs whose two sides are one word each, as the vectors' text was segmented, or a term of
    several words that is in the vocabulary, are kept.

    Raises:
        InputError: a dictionary is damaged, has no one-word pair, or shares no word with the
            vectors.
    """
    merged: dict[tuple[str, str], WordPair] = {}
    for dictionary in dictionaries:
        origin = dictionary.origin
        kept = []
        pairs = dictionary.read(inputs)
        for pair in map(inputs.as_learned, pairs) if dictionary.brings_words else pairs:
            if not _is_in_share(pair.source, dictionary.share):
                continue
            source = _as_word(pair.source, inputs.source)
            target = _as_word(pair.target, inputs.target)
            if source and target:
                weight = dictionary.weight * pair.weight
                kept.append(WordPair(source, target, weight, origin, dictionary.is_gold))
        _require_shared(kept, inputs, origin)
        for pair in kept:
            known = merged.setdefault((pair.source, pair.target), pair)
            if pair.is_gold and not known.is_gold:  # a guess from spelling that a dictionary has
                merged[known[:2]] = known._replace(origin=origin, is_gold=True)
    return list(merged.values())


def as_segmented(text: str, side: VectorSet) -> str:
    """The text as the vectors' own text was folded and segmented: its words, with spaces between.

    Args:
        text: a word or a phrase.
        side: the vectors.
    """
    text = text.lower() if side.lowercase else text
    if text in side.index:
        return text
    return " ".join(split_words(text, side.language) if side.language else text.split())


def _as_word(text: str, side: VectorSet) -> str | None:
    """The text as a word or a term of that vocabulary, None if it is neither."""
    word = as_segmented(text, side)
    is_term = " " in word and any(form in side.index for form in casings(word))
    return word if is_term else single_word(word)


def _is_in_share(word: str, share: float) -> bool:
    """Whether a word is among the share of all words that is read: the same in every process."""
    digest = hashlib.blake2b(word.strip().casefold().encode("utf-8"), digest_size=8).digest()
    return int.from_bytes(digest) < share * 2**64


def _require_shared(pairs: Sequence[WordPair], inputs: DictionaryInputs, origin: str) -> None:
    if not pairs:
        raise InputError(f"dictionary {origin} has no pair of single words")
    sources, targets = inputs.source.index, inputs.target.index
    for pair in pairs:
        if any(form in sources for form in casings(pair.source)) and any(
            form in targets for form in casings(pair.target)
        ):
            return
    raise InputError(
        f"dictionary {origin} shares no word pair with the vectors of "
        f"{inputs.source.language or 'the source'} and {inputs.target.language or 'the target'}; "
        "is it of these languages, and in this direction?"
    )
