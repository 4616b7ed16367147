"""One spelling for a token's text and the words of vectors.

Unigram vocabularies fold compatibility forms (NFKC), which takes letters of some scripts apart:
Thai SARA AM, Lao AM, the Armenian ligature. Words of vectors have them whole, as people write.
"""

import unicodedata
from collections.abc import Sequence

from lingraft.vectors.vectorset import VectorSet

# What NFKC takes apart and nobody writes in two parts.
_COMPOSED = {"\u0e4d\u0e32": "\u0e33", "\u0ecd\u0eb2": "\u0eb3"}


def as_spelled(texts: Sequence[str], vectors: VectorSet) -> list[str]:
    """The texts as these vectors spell them: each, or the word that differs in composition alone.

    A text that is not among their words is composed, for the n-grams of a fastText model.
    """
    texts = [text.lower() for text in texts] if vectors.lowercase else list(texts)
    unknown = [text for text in texts if text and text not in vectors.index]
    if not unknown:
        return texts
    wanted = {_folded(text) for text in unknown}
    words: dict[str, str] = {}
    for word in vectors.words:
        if (key := _folded(word)) in wanted:
            words.setdefault(key, word)
    return [
        text if text in vectors.index else words.get(_folded(text), composed(text))
        for text in texts
    ]


def composed(text: str) -> str:
    """NFC, and what NFKC took apart put together again."""
    text = unicodedata.normalize("NFC", text)
    for parts, whole in _COMPOSED.items():
        text = text.replace(parts, whole)
    return text


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
