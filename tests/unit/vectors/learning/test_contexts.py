"""Losses and contexts by loops; gradients are torch's own, and its steps those of AdaGrad."""

import numpy as np
import pytest
import torch

from lingraft.vectors.learning.composition import Composition
from lingraft.vectors.learning.contexts import BagOfWords, OrderedWindow
from lingraft.vectors.learning.descent import AdagradTable
from lingraft.vectors.learning.sampling import Sampling, Stretch, stretches
from lingraft.vectors.learning.text import EncodedText, encode
from lingraft.vectors.parts import Cutting

WINDOW, DIMENSION = 2, 4
SAMPLING = Sampling(WINDOW, 5, 1.0, 0.05, 1, 0)
LINES = [["aa", "b", "cd", "b"], ["cd"], ["b", "aa", "aa"]]


def text() -> EncodedText:
    return encode(LINES, minimum_count=1)


def stretch() -> Stretch:
    (found,) = stretches(text(), SAMPLING, np.random.default_rng(0))
    return found


def windows(found: Stretch) -> list[tuple[int, list[int]]]:
    """The id of each target, and those of its window, padding included."""
    ids, size = found.ids_N.tolist(), WINDOW
    return [
        (ids[t + size], ids[t : t + size] + ids[t + size + 1 : t + 2 * size + 1])
        for t in found.targets_T.tolist()
    ]


def loss_by_loops(scores: np.ndarray, targets: list[int], found: Stretch) -> float:
    """From scores (T, W) of all words."""
    total = 0.0
    for row, target in zip(scores, targets, strict=True):
        total += np.log1p(np.exp(-row[target]))
        for negative in found.negatives_K.tolist():
            if negative != target:
                total += 5 / len(found.negatives_K) * np.log1p(np.exp(row[negative]))
    return total


def test_targets_have_their_line_as_context() -> None:
    encoded = text()
    padding = len(encoded.words)
    ids = {word: number for number, word in enumerate(encoded.words)}
    expected = []
    for line in LINES:
        if len(line) > 1:  # a word alone has no context
            padded = [padding] * 2 + [ids[word] for word in line] + [padding] * 2
            for place in range(2, len(padded) - 2):
                around = padded[place - 2 : place] + padded[place + 1 : place + 3]
                expected.append((padded[place], around))
    assert sorted(windows(stretch())) == sorted(expected)


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("positions", [False, True])
def test_bag_of_words_is_that_of_loops(half: bool, positions: bool) -> None:
    encoded, found = text(), stretch()
    generator = torch.Generator().manual_seed(0)
    cutting = Cutting(1, 1, boundaries=False)
    composition = Composition(encoded.words, DIMENSION, cutting, generator, half=half)
    model = BagOfWords(composition, WINDOW, positions=positions)
    output = model.output.values_RE.normal_(generator=generator).numpy()
    weights = np.full((4, DIMENSION), 1.0)
    if model.positions is not None:
        weights = model.positions.values_RE.normal_(generator=generator).numpy()
    table = composition.table.values_RE.numpy()
    own = {part: table[len(encoded.words) + 1 + i] for i, part in enumerate(composition.parts)}
    words = []
    for number, word in enumerate(encoded.words):
        parts = [own[part] for part in word]
        mean = (table[number] + np.mean(parts, axis=0)) / 2
        words.append(mean if half else np.mean([table[number], *parts], axis=0))
    np.testing.assert_allclose(composition.vectors(), words, rtol=1e-5, atol=1e-7)
    words.append(np.zeros(DIMENSION))  # padding
    contexts = []
    for _, around in windows(found):
        total = sum(weight * words[i] for weight, i in zip(weights, around, strict=True))
        contexts.append(total if positions else total / sum(i < 3 for i in around))
    np.testing.assert_allclose(model.context_TE(found).detach(), contexts, rtol=1e-5, atol=1e-6)
    expected = loss_by_loops(np.array(contexts) @ output.T, [i for i, _ in windows(found)], found)
    assert float(model.loss(found, SAMPLING).detach()) == pytest.approx(expected, rel=1e-5)


def test_ordered_window_is_that_of_loops() -> None:
    found, generator = stretch(), torch.Generator().manual_seed(0)
    model = OrderedWindow(3, DIMENSION, WINDOW, generator)
    output = model.output.values_RE.normal_(generator=generator).numpy()
    words = model.input.values_RE.numpy()
    contexts = [np.concatenate([words[i] for i in around]) for _, around in windows(found)]
    expected = loss_by_loops(np.array(contexts) @ output.T, [i for i, _ in windows(found)], found)
    assert float(model.loss(found, SAMPLING).detach()) == pytest.approx(expected, rel=1e-5)


def test_a_step_is_that_of_adagrad() -> None:
    start = torch.arange(6.0).reshape(3, 2)
    table = AdagradTable(start.clone())
    table.rows(torch.tensor([0, 2])).pow(2).sum().backward()
    table.step(0.1)
    gradient = 2 * start * torch.tensor([[1.0], [0.0], [1.0]])
    expected = start - 0.1 * gradient / (gradient**2 + 1e-8).sqrt()
    torch.testing.assert_close(table.values_RE, expected)
    table.step(0.1)  # nothing was looked up since
    torch.testing.assert_close(table.values_RE, expected)
