"""How well a vocabulary fits the held-out text of a language, and what the source has of it.

The metrics are those of `lingraft.tokenizers.metrics`; this task runs them on held-out text, adds
parity with the pivot and the overlap of the vocabularies.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lingraft.config.evaluation import Tokenizer
from lingraft.errors import ConfigError
from lingraft.evaluation.data.reading import draw, held_out_pairs, language_of, read_texts
from lingraft.evaluation.outcome import Direction, Outcome, Score, unmeasured
from lingraft.evaluation.subject import Subject
from lingraft.initialization.methods.focus import canonical_form
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.metrics import (
    Span,
    TokenCounts,
    count_tokens,
    measure,
    parity,
    renyi_efficiency,
    word_spans,
)
from lingraft.tokenizers.token_table import TokenTable

_BETTER: Mapping[str, Direction] = {
    "fertility": "down",
    "continued_words": "down",
    "unknown": "down",
    "byte_fallback": "down",
    "parity": "down",
    "parity_of_sentences": "down",
    "single_token_words": "up",
    "bytes_per_token": "up",
    "characters_per_token": "up",
    "round_trip": "up",
    "used_vocabulary": "up",
    "renyi_efficiency": "up",
    "single_token_types": "up",
}


def protocol(settings: Tokenizer) -> str:
    """Without special tokens; the id says what a word is."""
    return f"tokenizer/{settings.words}"


def evaluate(settings: Tokenizer, subject: Subject) -> Outcome:
    """The metrics on each corpus, and the overlap with the source model's vocabulary."""
    tokenizer = subject.tokenizer
    scores: list[Score] = []
    types: Counter[int] = Counter()
    for name, corpus in subject.corpora.items():
        language = language_of(corpus, name)
        documents = draw(read_texts(corpus), settings.documents)
        texts = [document.text for document in documents]
        if not texts:
            scores.append(unmeasured(language, "fertility", "no held-out text"))
            continue
        counts = count_tokens(texts, tokenizer, language, finder(settings.words))
        types.update(counts.types)
        values = measure(counts, len(tokenizer))
        values["byte_fallback"] = _byte_share(counts, tokenizer)
        values["renyi_efficiency"] = renyi_efficiency(counts.types, settings.renyi_order)
        values["single_token_types"] = _single_types(texts, language, settings, tokenizer)
        values |= _parities(name, settings, subject)
        scores += [
            Score(language, metric, value, len(texts), _BETTER[metric])
            for metric, value in values.items()
            if metric in _BETTER
        ]
    if subject.source_folder is not None:
        source = load_tokenizer(subject.source_folder)
        scores += overlap(TokenTable(tokenizer), TokenTable(source), types)
    return Outcome(scores)


def finder(words: str) -> Callable[[str, str], Sequence[Span]]:
    """The function that finds the words of (text, language) as character spans."""
    return {"language": word_spans, "whitespace": _spaced_spans, "icu": _icu_spans}[words]


def overlap(target: TokenTable, source: TokenTable, types: Mapping[int, int]) -> Iterator[Score]:
    """Share of the target's entries in four classes, over entries and weighted by use.

    special: special tokens; exact: the source has the same string; canonical: it has the same
    text written another way (Dobler and de Melo 2023); none: it has neither.
    """
    classes = _classes(target, source)
    language = "all"
    for setting, weights in (
        ("entries", dict.fromkeys(classes, 1)),
        ("weighted by use", {i: types.get(i, 0) for i in classes}),
    ):
        total = sum(weights.values())
        for kind in ("exact", "canonical", "special", "none"):
            share = sum(weights[i] for i, k in classes.items() if k == kind)
            if total:
                yield Score(
                    language, f"overlap_{kind}", share / total, total, "none", setting=setting
                )


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


def _byte_share(counts: TokenCounts, tokenizer: Any) -> float:
    byte_T = TokenTable(tokenizer).byte_T
    in_bytes = sum(count for i, count in counts.types.items() if byte_T[i])
    return in_bytes / max(1, counts.tokens)


def _single_types(
    texts: Sequence[str], language: str, settings: Tokenizer, tokenizer: Any
) -> float:
    """STRR (Nayeem et al. 2025): share of the distinct words that are one token by themselves."""
    find = finder(settings.words)
    words = sorted({text[start:end] for text in texts for start, end in find(text, language)})
    if not words:
        return 0.0
    encodings = tokenizer.backend_tokenizer.encode_batch(words, add_special_tokens=False)
    unknown = tokenizer.unk_token_id
    return float(np.mean([len(e.ids) == 1 and e.ids[0] != unknown for e in encodings]))


def _parities(name: str, settings: Tokenizer, subject: Subject) -> dict[str, float]:
    """Tokens over those of the pivot's text: ratio of sums, and mean of the sentences' ratios."""
    pivot = subject.pivots.get(name)
    if pivot is None or subject.source_folder is None:
        return {}
    pairs = draw(held_out_pairs(subject.corpora[name], pivot), settings.documents)
    if not pairs:
        return {}
    source = load_tokenizer(subject.source_folder)
    targets, pivots = [pair.target for pair in pairs], [pair.source for pair in pairs]
    ratios = [
        len(a.ids) / len(b.ids)
        for a, b in zip(_encoded(subject.tokenizer, targets), _encoded(source, pivots), strict=True)
        if b.ids
    ]
    return {
        "parity": parity(targets, pivots, subject.tokenizer, source),
        "parity_of_sentences": float(np.mean(ratios)) if ratios else 0.0,
    }


def _encoded(tokenizer: Any, texts: Sequence[str]) -> list[Any]:
    encodings: list[Any] = tokenizer.backend_tokenizer.encode_batch(
        list(texts), add_special_tokens=False
    )
    return encodings


def _spaced_spans(text: str, language: str) -> list[Span]:
    spans, position = [], 0
    for word in text.split():
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
