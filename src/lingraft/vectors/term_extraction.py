"""Terms of several words, found by counting: NPMI (Bouma, 2009), C-value (Frantzi et al., 2000)."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, pairwise
from math import log, log2

from lingraft.vectors.phrases import Phrases

Lines = Callable[[], Iterator[list[str]]]  # the words of each line, from the start at each call


def by_npmi(lines: Lines, minimum_count: int, threshold: float, longest: int) -> dict[str, float]:
    """Neighbors that occur together more often than by chance, and their NPMI (-1 to 1).

    NPMI is ln(p(ab) / (p(a) p(b))) / -ln p(ab). Longer terms grow from shorter ones, a pass each.

    Args:
        lines: the text.
        minimum_count: rarer pairs are no terms.
        threshold: smallest NPMI of a term.
        longest: words that a term may have.
    """
    found: dict[str, float] = {}
    for _ in range(longest - 1):
        phrases = Phrases(found)
        single: Counter[str] = Counter()
        double: Counter[tuple[str, str]] = Counter()
        for words in lines():
            joined = phrases.join(words)
            single.update(joined)
            double.update(pairwise(joined))
        total = single.total()
        new = {
            f"{first} {second}": npmi(single[first], single[second], count, total)
            for (first, second), count in double.items()
            if count >= minimum_count and len(f"{first} {second}".split(" ")) <= longest
        }
        new = {term: score for term, score in new.items() if score >= threshold}
        if not new.keys() - found.keys():
            break
        found |= new
    return found


def npmi(first: int, second: int, together: int, total: int) -> float:
    """NPMI of a pair from the counts of its parts and of both, and that of all words."""
    if together == total:
        return 1.0
    return log(together * total / (first * second)) / -log(together / total)


def by_c_value(
    lines: Lines, minimum_count: int, threshold: float, longest: int, stop_words: int
) -> dict[str, float]:
    """Word sequences that occur often, and not only inside of longer ones, and their C-values.

    C-value(a) = log2 |a| (f(a) - the mean frequency of the longer terms around a).

    Args:
        lines: the text.
        minimum_count: rarer sequences are no terms.
        threshold: smallest C-value of a term.
        longest: words that a term may have.
        stop_words: a term neither begins nor ends with one of so many most frequent words.
    """
    counts = Counter(word for words in lines() for word in words)
    stopped = {word for word, _ in counts.most_common(stop_words)}
    frequent = {word for word, count in counts.items() if count >= minimum_count}
    sequences = Counter(chain.from_iterable(_sequences(ws, longest, frequent) for ws in lines()))
    kept = {
        sequence: count
        for sequence, count in sequences.items()
        if count >= minimum_count and not {sequence[0], sequence[-1]} & stopped
    }
    around: dict[tuple[str, ...], list[int]] = {}
    for sequence, count in kept.items():
        for part in set(_parts(sequence)) & kept.keys():
            around.setdefault(part, []).append(count)
    scores = {}
    for sequence, count in kept.items():
        outer = around.get(sequence, [])
        nested = sum(outer) / len(outer) if outer else 0.0
        scores[" ".join(sequence)] = log2(len(sequence)) * (count - nested)
    return {term: score for term, score in scores.items() if score >= threshold}


def _sequences(
    words: Sequence[str], longest: int, frequent: Iterable[str]
) -> Iterator[tuple[str, ...]]:
    """All sequences of two words or more, up to the longest, of frequent words."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + longest, len(words)) + 1):
            if words[end - 1] not in frequent:
                break
            if end - start > 1:
                yield tuple(words[start:end])


def _parts(sequence: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The sequences of two words or more inside a longer one."""
    for length in range(2, len(sequence)):
        for start in range(len(sequence) - length + 1):
            yield sequence[start : start + length]
