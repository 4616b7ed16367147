"""A compass: one matrix of contexts, against which the words of each slice of a text are trained.

Bianchi, Di Carlo, Nicoli and Palmonari (2020), *Compass-aligned Distributional Embeddings for
Studying Semantic Differences across Corpora* (CADE). A continuous bag of words is trained on all
text. Its output matrix is then frozen: slices learn their input vectors anew, each on its own text,
and share a space because they predict with the same matrix.

Legend: W words of a slice, C words of the compass, E dimensions.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from lingraft.errors import InputError
from lingraft.numeric.arrays import Float32
from lingraft.vectors.learning.composition import Composition
from lingraft.vectors.learning.contexts import BagOfWords
from lingraft.vectors.learning.descent import AdagradTable
from lingraft.vectors.learning.sampling import Sampling, train_epochs
from lingraft.vectors.learning.text import EncodedText
from lingraft.vectors.parts import Cutting


class FrozenTable(AdagradTable):
    """A table that no step changes."""

    def rows(self, ids_N: Tensor) -> Tensor:
        """Rows (N, E), whose gradients nobody asks for."""
        return self.values_RE[ids_N]

    def step(self, rate: float) -> None:
        """Change nothing."""


def learn_compass(text: EncodedText, dimension: int, sampling: Sampling) -> Float32:
    """The output vectors (C, E) of a continuous bag of words.

    Args:
        text: that of all corpora.
        dimension: E.
        sampling: settings of the training.

    Raises:
        ConfigError: the training diverged.
    """
    model = _bag_of_words(text, dimension, sampling)
    _run(text, model, sampling, "compass")
    found_CE: Float32 = model.output.values_RE.numpy()
    return found_CE


def learn_slice(text: EncodedText, compass_WE: Float32, sampling: Sampling) -> Float32:
    """The input vectors (W, E) of a slice, trained against the compass.

    Args:
        text: that of the slice, of words of the compass only.
        compass_WE: the rows of the compass for these words; they stay as they are.
        sampling: settings of the training.

    Raises:
        ConfigError: the training diverged.
    """
    model = _bag_of_words(text, compass_WE.shape[1], sampling)
    model.output = FrozenTable(torch.from_numpy(compass_WE))
    _run(text, model, sampling, "slice")
    return model.vectors()


def words_of_compass(text: EncodedText, compass: Sequence[str]) -> tuple[EncodedText, list[int]]:
    """A slice without the words that the compass lacks, and the compass's row of each other one.

    Args:
        text: that of the slice.
        compass: words of the compass.

    Raises:
        InputError: they share no word.
    """
    index = {word: row for row, word in enumerate(compass)}
    kept = [row for row, word in enumerate(text.words) if word in index]
    if not kept:
        raise InputError("the compass has no word of this corpus; train it on the corpus, too")
    new_of = np.full(len(text.words), -1, np.int64)
    new_of[kept] = np.arange(len(kept))
    ids_N = new_of[text.ids_N]
    known_N = ids_N >= 0
    words = [text.words[row] for row in kept]
    shared = EncodedText(words, text.counts_W[kept], ids_N[known_N], text.line_N[known_N])
    return shared, [index[word] for word in words]


def _bag_of_words(text: EncodedText, dimension: int, sampling: Sampling) -> BagOfWords:
    generator = torch.Generator().manual_seed(sampling.seed)
    whole_words = Composition(text.words, dimension, Cutting(0, 0), generator)
    return BagOfWords(whole_words, sampling.window, positions=False)


def _run(text: EncodedText, model: BagOfWords, sampling: Sampling, name: str) -> None:
    losses: Iterator[float] = train_epochs(text, model, sampling)
    for loss in (progress := tqdm(losses, name, total=sampling.epochs, disable=None)):
        progress.set_postfix(loss=f"{loss:.3f}")
