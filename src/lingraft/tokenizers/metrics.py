"""How well a tokenizer fits text: pure functions over texts and a tokenizer.

Counted without special tokens. Sources: fertility and continued words, Rust et al. 2021
(doi:10.18653/v1/2021.acl-long.243); Rényi efficiency, Zouhar et al. 2023
(doi:10.18653/v1/2023.acl-long.284); parity, Petrov et al. 2023 (arXiv:2305.15425); single token
retention rate, Nayeem et al. 2025 (arXiv:2510.09947).
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lingraft.corpus.words import split_words
from lingraft.tokenizers.pretokens import batches

Span = tuple[int, int]  # of characters, the end excluded


@dataclass
class TokenCounts:
    """What the metrics are made of, summed over texts.

    word_tokens: tokens that overlap words, once for each word; a token inside two words counts
    twice. single_words: words that are one token of their own or part of a longer one.
    """

    texts: int = 0
    bytes: int = 0
    characters: int = 0
    tokens: int = 0
    unknown: int = 0
    words: int = 0
    word_tokens: int = 0
    single_words: int = 0
    round_trips: int = 0
    types: Counter[int] = field(default_factory=Counter)


def count_tokens(
    texts: Iterable[str],
    tokenizer: Any,
    language: str,
    find_words: Callable[[str, str], Sequence[Span]] | None = None,
) -> TokenCounts:
    """Tokenize texts and count.

    Args:
        texts: any texts, read once.
        tokenizer: a fast tokenizer of transformers.
        language: language and script, for the words.
        find_words: the spans of the words of (text, language); `word_spans` by default.
    """
    counts = TokenCounts()
    find_words = find_words or word_spans
    for batch in batches(texts):
        encodings = tokenizer.backend_tokenizer.encode_batch(batch, add_special_tokens=False)
        for text, encoding in zip(batch, encodings, strict=True):
            _add_text(counts, text, encoding, tokenizer)
            _add_words(counts, find_words(text, language), encoding.offsets)
    return counts


def measure(counts: TokenCounts, vocabulary_size: int) -> dict[str, float]:
    """The metrics of counted text; ratios without a denominator are left out.

    fertility: tokens per word (1 is best); continued_words: share of words cut into several tokens;
    single_token_words: the others; unknown: share of tokens; round_trip: share of texts that
    decoding gives back; used_vocabulary: share of the entries that occur.
    """
    ratios = {
        "fertility": (counts.word_tokens, counts.words),
        "continued_words": (counts.words - counts.single_words, counts.words),
        "single_token_words": (counts.single_words, counts.words),
        "bytes_per_token": (counts.bytes, counts.tokens),
        "characters_per_token": (counts.characters, counts.tokens),
        "unknown": (counts.unknown, counts.tokens),
        "round_trip": (counts.round_trips, counts.texts),
        "used_vocabulary": (len(counts.types), vocabulary_size),
    }
    metrics = {name: part / whole for name, (part, whole) in ratios.items() if whole}
    for alpha in (2.5, 3.0):
        metrics[f"renyi_efficiency_{alpha}"] = renyi_efficiency(counts.types, alpha)
    return metrics


def renyi_efficiency(
    types: Mapping[Any, int], alpha: float, vocabulary_size: int | None = None
) -> float:
    """Rényi entropy of the tokens' distribution over that of a uniform one (Zouhar et al. 2023).

    Args:
        types: occurrences by token.
        alpha: order of the entropy; 1 gives Shannon's.
        vocabulary_size: size of the uniform distribution; the authors' program takes the number of
            different tokens in the text, which is the default.
    """
    counts = [count for count in types.values() if count > 0]
    size = len(counts) if vocabulary_size is None else vocabulary_size
    # log(size) is the divisor below, and log(1) is 0.
    if not counts or size < 2:
        return 0.0
    total = sum(counts)
    if alpha == 1.0:
        entropy = -sum(count / total * math.log(count / total) for count in counts)
    else:
        entropy = math.log(sum((count / total) ** alpha for count in counts)) / (1 - alpha)
    return entropy / math.log(size)


def parity(
    texts: Sequence[str], references: Sequence[str], tokenizer: Any, reference: Any
) -> float:
    """Tokens of texts over tokens of their translations (Petrov et al. 2023); 1 is parity.

    Args:
        texts: texts in one language.
        references: their translations, in the same order.
        tokenizer: fast tokenizer of the texts.
        reference: fast tokenizer of the translations, perhaps the same.

    Raises:
        ValueError: there are not as many translations as texts.
    """
    if len(texts) != len(references):
        raise ValueError(f"{len(texts)} texts but {len(references)} translations")
    return _length(texts, tokenizer) / max(1, _length(references, reference))


def word_spans(text: str, language: str) -> list[Span]:
    """The places of the words of `split_words` in the text."""
    spans = []
    position = 0
    for word in split_words(text, language):
        start = text.index(word, position)
        position = start + len(word)
        spans.append((start, position))
    return spans


def _length(texts: Sequence[str], tokenizer: Any) -> int:
    encode = tokenizer.backend_tokenizer.encode_batch
    encoded = (encode(batch, add_special_tokens=False) for batch in batches(texts))
    return sum(len(encoding) for batch in encoded for encoding in batch)


def _add_text(counts: TokenCounts, text: str, encoding: Any, tokenizer: Any) -> None:
    counts.texts += 1
    counts.bytes += len(text.encode())
    counts.characters += len(text)
    counts.tokens += len(encoding.ids)
    counts.types.update(encoding.ids)
    if tokenizer.unk_token_id is not None:
        counts.unknown += encoding.ids.count(tokenizer.unk_token_id)
    counts.round_trips += _returns(text, encoding.ids, tokenizer.backend_tokenizer)


def _returns(text: str, ids: list[int], backend: Any) -> bool:
    normal = text if backend.normalizer is None else backend.normalizer.normalize_str(text)
    decoded: str = backend.decode(ids, skip_special_tokens=False)
    return decoded.strip() == normal.strip()


def _add_words(counts: TokenCounts, words: Sequence[Span], offsets: Sequence[Span]) -> None:
    # A token with an empty span covers no character, so it overlaps no word.
    tokens = [span for span in offsets if span[1] > span[0]]
    ends = [end for _, end in tokens]
    starts = [start for start, _ in tokens]
    for start, end in words:
        # Spans exclude their end. Tokens before `first` end before the word, tokens from `last` on
        # begin behind it.
        first = bisect_right(ends, start)
        last = bisect_right(starts, end - 1)
        overlapping = max(1, last - first)
        counts.words += 1
        counts.word_tokens += overlapping
        counts.single_words += overlapping == 1
