"""Documents near a sample by codes: its topic comes first, whatever the order of the documents."""

import random

import numpy as np
import pytest

from lingraft.corpus.selection.nearest_codes import nearness
from lingraft.corpus.selection.paragraph_vectors import ParagraphRecipe
from lingraft.errors import InputError

COMMON = [f"wa{letter}" for letter in "abcdefghij"]
TOPICS = [[f"{topic}{number}" for number in range(25)] for topic in ("dawa", "njia", "kuku")]
RECIPE = ParagraphRecipe(dimension=16, bits=16, epochs=10)


def _texts(topic: int, count: int, seed: int) -> list[str]:
    generator = random.Random(f"{topic} {seed}")
    return [
        " ".join(generator.choices(COMMON, k=12) + generator.choices(TOPICS[topic], k=12))
        for _ in range(count)
    ]


def test_the_topic_of_the_sample_is_nearest() -> None:
    sample = _texts(0, 15, 1)
    documents = [text for topic in range(3) for text in _texts(topic, 60, 2)]
    scores = nearness(sample, lambda: iter(documents), "swh_Latn", RECIPE, 100)
    best = np.argsort(-scores, kind="stable")[:60]
    assert (best < 60).mean() > 0.95
    again = nearness(sample, lambda: iter(documents[::-1]), "swh_Latn", RECIPE, 100)
    assert np.array_equal(again[::-1], scores)


def test_a_sample_without_a_word_is_one_line() -> None:
    with pytest.raises(InputError, match="the sample has no word"):
        nearness(["?"], lambda: iter(["paka"]), "swh_Latn", RECIPE, 10)
