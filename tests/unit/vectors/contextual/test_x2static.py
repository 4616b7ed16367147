"""X2Static's loss beside its formula, and a training whose result is known."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from lingraft.errors import ConfigError, InputError
from lingraft.numeric.rows import unit_rows
from lingraft.vectors.contextual.passages import words_of_sentences
from lingraft.vectors.contextual.teacher import Passage
from lingraft.vectors.contextual.x2static import (
    X2staticTraining,
    distill,
    draw,
    noise_distribution,
    x2static_loss,
)
from lingraft.vectors.learning.text import EncodedText, encode

SETTINGS = X2staticTraining(
    unit="sentence", epochs=40, learning_rate=0.01, negatives=5, sampling_threshold=1.0,
    batch_size=16, seed=0,
)  # fmt: skip
TEXTS = ["red blue green color", "dog cat bird color", "blue red green", "cat bird dog"] * 20


class Topics:
    """A teacher that knows two topics, and can leave sentences unread or say nonsense."""

    width = 4

    def __init__(self, unread: str = "", factor: float = 1.0) -> None:
        self.unread, self.factor = unread, factor

    def means(
        self, passages: Iterable[Passage], part: str
    ) -> Iterator[tuple[np.ndarray, torch.Tensor]]:
        assert part == "everything"
        for passage in passages:
            if self.unread and self.unread in passage.text:
                continue
            topic = [1.0, 0, 0, 0] if "red" in passage.text else [0, 1.0, 0, 0]
            yield np.array(passage.keys), self.factor * torch.tensor([topic])


def counted() -> EncodedText:
    return encode(words_of_sentences(TEXTS, "eng_Latn", lowercase=False), 1)


def test_the_loss_is_the_published_formula() -> None:
    generator = np.random.default_rng(0)
    state_PE, word_PE = generator.normal(size=(2, 7, 5))
    noise_PKE = generator.normal(size=(7, 3, 5))
    word_PE[0] *= 1000  # beyond the clamp
    positive_P = (state_PE * word_PE).sum(axis=1)
    negative_PK = np.einsum("pe,pke->pk", state_PE, noise_PKE)

    def logistic(score: float) -> float:
        return math.log(1 + math.exp(-min(20.0, max(-20.0, score))))

    # Mean over words, one after the other for the word and each sample, as the authors' code.
    expected = sum(map(logistic, positive_P.tolist())) / 7
    for k in range(3):
        expected += sum(logistic(-score) for score in negative_PK[:, k].tolist()) / 7
    found = x2static_loss(torch.tensor(positive_P), torch.tensor(negative_PK))
    assert float(found) == pytest.approx(expected, abs=1e-6)


def test_noise_follows_the_square_root_of_counts() -> None:
    noise_W = noise_distribution(np.array([16, 4, 1]))
    np.testing.assert_allclose(np.diff(noise_W, prepend=0), [4 / 7, 2 / 7, 1 / 7])
    drawn = draw(noise_W, (5000, 4), np.random.default_rng(0))
    np.testing.assert_allclose(
        np.bincount(drawn.ravel()) / drawn.size, [4 / 7, 2 / 7, 1 / 7], atol=0.02
    )


def test_words_of_a_topic_come_together() -> None:
    text = counted()
    found_WE = distill(text, TEXTS, Topics(), SETTINGS)  # type: ignore[arg-type]
    # States without a negative number push all words to one side; what differs is around the mean.
    unit_WE = unit_rows(found_WE - found_WE.mean(axis=0))
    place = {word: row for row, word in enumerate(text.words)}
    red, green, dog, cat = (unit_WE[place[word], :2] for word in ("red", "green", "dog", "cat"))
    assert red @ green > 0.6 and dog @ cat > 0.6 and red @ dog < -0.5
    color = found_WE[place["color"]]
    assert abs(color[0] - color[1]) < 0.2  # it is in sentences of both


def test_one_seed_gives_one_result() -> None:
    runs = [distill(counted(), TEXTS, Topics(), SETTINGS) for _ in range(2)]  # type: ignore[arg-type]
    np.testing.assert_array_equal(*runs)


def test_sentences_that_were_not_read_teach_nothing() -> None:
    text = counted()
    found_WE = distill(text, TEXTS, Topics(unread="dog"), SETTINGS)  # type: ignore[arg-type]
    dog = found_WE[text.words.index("dog")]
    # It is only a negative sample of the other topic.
    assert dog[0] < -0.5 and np.abs(dog[1:]).max() < 0.3


def test_nonsense_is_named() -> None:
    with pytest.raises(InputError, match="state of the teacher is not finite"):
        distill(counted(), TEXTS, Topics(factor=math.inf), SETTINGS)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="diverged at learning_rate inf"):
        distill(counted(), TEXTS, Topics(), replace(SETTINGS, learning_rate=math.inf))  # type: ignore[arg-type]
