"""How well a vocabulary fits text, beyond `lingraft.tokenizers.metrics`: kinds of words, parity
with another language, overlap with another vocabulary."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lingraft.errors import ConfigError
from lingraft.initialization.methods.focus import canonical_form
from lingraft.tokenizers.metrics import Span, TokenCounts, parity, word_spans
from lingraft.tokenizers.token_table import TokenTable

WordFinder = Callable[[str, str], Sequence[Span]]


def finder(words: str) -> WordFinder:
    """The function that finds the words of (text, language) as character spans."""
    return {"language": word_spans, "whitespace": _spaced_spans, "icu": _icu_spans}[words]


def overlap(
    target: TokenTable, source: TokenTable, types: Mapping[int, int]
) -> Iterator[tuple[str, str, float, int]]:
    """Share of the target's entries in four classes, over entries and weighted by use.

    special: special tokens; exact: the source has the same string; canonical: it has the same
    text written another way (Dobler and de Melo 2023); none: it has neither.

    Args:
        target: the vocabulary that is measured.
        source: the vocabulary of the source model.
        types: how often each entry of the target occurs in text.

    Yields:
        How it is weighted, the class, its share, and the sum of the weights.
    """
    classes = _classes(target, source)
    for weighting, weights in (
        ("entries", dict.fromkeys(classes, 1)),
        ("weighted by use", {i: types.get(i, 0) for i in classes}),
    ):
        total = sum(weights.values())
        for kind in ("exact", "canonical", "special", "none"):
            share = sum(weights[i] for i, k in classes.items() if k == kind)
            if total:
                yield weighting, kind, share / total, total


def byte_share(counts: TokenCounts, tokenizer: Any) -> float:
    """Share of the tokens that are single bytes: characters that the vocabulary lacks."""
    byte_T = TokenTable(tokenizer).byte_T
    in_bytes = sum(count for i, count in counts.types.items() if byte_T[i])
    return in_bytes / max(1, counts.tokens)


def single_types(texts: Sequence[str], language: str, find: WordFinder, tokenizer: Any) -> float:
    """STRR (Nayeem et al. 2025): share of the distinct words that are one token by themselves.

    Args:
        texts: where the words are from.
        language: of the texts, as swh_Latn.
        find: finds the words.
        tokenizer: whose tokens are counted.
    """
    words = sorted({text[start:end] for text in texts for start, end in find(text, language)})
    if not words:
        return 0.0
    encodings = _encoded(tokenizer, words)
    unknown = tokenizer.unk_token_id
    return float(np.mean([len(e.ids) == 1 and e.ids[0] != unknown for e in encodings]))


def parities(
    targets: Sequence[str], pivots: Sequence[str], tokenizer: Any, source: Any
) -> dict[str, float]:
    """Tokens over those of the pivot's text: ratio of sums, and mean of the sentences' ratios.

    Args:
        targets: sentences of the tokenizer's language.
        pivots: their translations.
        tokenizer: that of the targets.
        source: the source model's tokenizer, which reads the pivot.
    """
    encoded = zip(_encoded(tokenizer, targets), _encoded(source, pivots), strict=True)
    ratios = [len(a.ids) / len(b.ids) for a, b in encoded if b.ids]
    return {
        "parity": parity(targets, pivots, tokenizer, source),
        "parity_of_sentences": float(np.mean(ratios)) if ratios else 0.0,
    }


def _classes(target: TokenTable, source: TokenTable) -> dict[int, str]:
    target_forms, source_forms = canonical_form(target), canonical_form(source)
    canonical = {source_forms[i] for i in source.ids.values() if not source.special_T[i]}
    classes = {}
    for token, i in target.ids.items():
        if target.special_T[i]:
            classes[i] = "special"
        elif token in source.ids and not source.special_T[source.ids[token]]:
            classes[i] = "exact"
        elif target_forms[i] in canonical:
            classes[i] = "canonical"
        else:
            classes[i] = "none"
    return classes


def _encoded(tokenizer: Any, texts: Sequence[str]) -> list[Any]:
    encodings: list[Any] = tokenizer.backend_tokenizer.encode_batch(
        list(texts), add_special_tokens=False
    )
    return encodings


def _spaced_spans(text: str, language: str) -> list[Span]:
    spans, position = [], 0
    for word in text.split():
        # split() gives words without positions. The search starts behind the last word, so that a
        # repeated word is found at its own place.
        start = text.index(word, position)
        position = start + len(word)
        spans.append((start, position))
    return spans


def _icu_spans(text: str, language: str) -> list[Span]:
    """Words by the rules of ICU, which knows scripts without spaces."""
    try:
        from icu4py.breakers import WordBreaker  # type: ignore[import-not-found]
    except ImportError:
        raise ConfigError(
            "evaluation.tokenizer.words: icu needs the package icu4py (pip install icu4py, or "
            "lingraft[icu])"
        ) from None
    spans, start = [], 0
    # The parts themselves: their positions count UTF-16 units.
    for part in WordBreaker(text, language.split("_")[0]):
        if any(map(str.isalnum, part)):  # spaces and punctuation are parts too
            spans.append((start, start + len(part)))
        start += len(part)
    return spans
