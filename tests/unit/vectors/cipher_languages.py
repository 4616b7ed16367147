"""A language whose words have known translations: copies of one text, each in its own words."""

import numpy as np

from lingraft.vectors.trainers.fasttext import FasttextVectors
from lingraft.vectors.vectorset import VectorSet

TYPES = 300


def texts(prefix: str, order_seed: int, count: int = 3000) -> list[str]:
    """Texts of 12 words `<prefix><i>`, the same ones in every language, in an order of its own.

    Word i prefers the company of the words near it on a ring, so that each has a place of its own.
    """
    generator = np.random.default_rng(0)
    centers = generator.integers(0, TYPES, count)
    offsets = np.rint(generator.normal(0, 4, (count, 12))).astype(int)
    zipf = generator.random((count, 12)) < 0.15  # frequent words that go with everything
    frequent = (generator.zipf(1.6, (count, 12)) - 1) % TYPES
    rows = np.where(zipf, frequent, (centers[:, None] + offsets) % TYPES)
    order = np.random.default_rng(order_seed).permutation(len(rows))
    return [" ".join(f"{prefix}{i}" for i in rows[row]) for row in order]


def language(prefix: str, order_seed: int, count: int = 3000) -> VectorSet:
    """Vectors of a language, trained on its own copy of the text."""
    settings = FasttextVectors(
        corpus="c", dimension=30, longest_ngram=0, minimum_count=1, sampling_threshold=1e-2
    )
    return settings.train(texts(prefix, order_seed, count), "eng_Latn")
