"""How much more often a sample has the n-grams of a document than the corpus has.

The score of a document is the mean over its n-grams of log p_sample - log p_corpus: the difference
of the two cross-entropies of Moore and Lewis (2010). The models are distributions of hashed n-grams
(Xie et al. 2023). A small sample is smoothed by the corpus (a Dirichlet prior), so that an n-gram
that it lacks costs little.

B buckets, N documents.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from lingraft.corpus.splitting import hash_of
from lingraft.corpus.words import split_words
from lingraft.errors import InputError
from lingraft.numeric.arrays import Float64, Int64

_PRIOR = 1000  # n-grams of the corpus that count beside those of the sample


def ngram_ratios(
    sample: Sequence[str],
    texts: Callable[[], Iterator[str]],
    language: str,
    longest: int = 2,
    buckets: int = 10_000,
) -> Float64:
    """The score of each document (N,); that of one without words is the lowest.

    Args:
        sample: texts that documents should be near.
        texts: starts a pass over the documents; there are two.
        language: as in swh_Latn; decides the segmentation.
        longest: words of the longest n-gram.
        buckets: numbers that n-grams are hashed to.

    Raises:
        InputError: the sample has no word.
    """

    def numbers(text: str) -> Int64:
        return hashed_ngrams(text, language, longest, buckets)

    sample_B = _counted(map(numbers, sample), buckets)
    if not sample_B.any():
        raise InputError("the sample has no word; give it text")
    corpus_B = _counted(map(numbers, texts()), buckets) + sample_B + 1
    corpus_B /= corpus_B.sum()
    smoothed_B = (sample_B + _PRIOR * corpus_B) / (sample_B.sum() + _PRIOR)
    ratios_B = np.log(smoothed_B / corpus_B)
    lowest = ratios_B.min()
    found = (numbers(text) for text in texts())
    return np.array([ratios_B[each].mean() if len(each) else lowest for each in found], np.float64)


def hashed_ngrams(text: str, language: str, longest: int, buckets: int) -> Int64:
    """The buckets of a text's n-grams, in lower case; the same on every machine."""
    words = split_words(text.casefold(), language)
    found = [
        hash_of(" ".join(words[start : start + size])) % buckets
        for size in range(1, longest + 1)
        for start in range(len(words) - size + 1)
    ]
    return np.array(found, np.int64)


def _counted(numbers: Iterable[Int64], buckets: int) -> Float64:
    counts_B = np.zeros(buckets)
    for each in numbers:
        counts_B += np.bincount(each, minlength=buckets)
    return counts_B
