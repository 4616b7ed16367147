"""X2Static: vectors that predict which words are in a sentence, from what a teacher says of it.

Gupta and Jaggi (2021), *Obtaining Better Static Word Embeddings Using Contextual Embedding Models*:
CBOW, with the mean of the teacher's states in place of the mean of the context's vectors.

Legend: W words, S sentences, B sentences of a batch, P words of a batch, K negative samples of a
word, E width of the teacher.
"""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import softplus
from tqdm import tqdm

from lingraft.errors import ConfigError, InputError
from lingraft.numeric.arrays import Float32, Float64, Int64
from lingraft.vectors.contextual.passages import Unit, passages_of
from lingraft.vectors.contextual.teacher import Part, TeacherModel
from lingraft.vectors.learning.text import EncodedText

_CLAMP = 20.0  # scores beyond do not change the loss
_EXPONENT = 0.5  # of the counts by which negative samples are drawn

Half = npt.NDArray[np.float16]


@dataclass(frozen=True)
class X2staticTraining:
    """Settings of the training."""

    unit: Unit
    epochs: int
    learning_rate: float
    negatives: int
    sampling_threshold: float
    batch_size: int
    seed: int


def distill(
    text: EncodedText, texts: Iterable[str], teacher: TeacherModel, settings: X2staticTraining
) -> Float32:
    """Vectors (W, E) of the words of a text.

    The states of the sentences are kept in a temporary file (2 bytes a number), so that the teacher
    reads the text once, however many epochs follow.

    Args:
        text: ids of the words; a line is a sentence, numbered as `passages_of` does.
        texts: the documents.
        teacher: what reads them.
        settings: of the training.

    Raises:
        ConfigError: the training diverged.
        InputError: the teacher says something that is not a number.
    """
    with tempfile.TemporaryDirectory(prefix="lingraft-states-") as folder:
        sentences = int(text.line_N[-1]) + 1
        states_SE = np.memmap(
            Path(folder) / "states", np.float16, "w+", shape=(sentences, teacher.width)
        )
        known_S = _write_states(states_SE, texts, teacher, settings.unit)
        kept_N = known_S[text.line_N]
        read = EncodedText(text.words, text.counts_W, text.ids_N[kept_N], text.line_N[kept_N])
        return _train(read, states_SE, settings)


def _write_states(
    states_SE: Half, texts: Iterable[str], teacher: TeacherModel, unit: Unit
) -> npt.NDArray[np.bool_]:
    """Fill in the mean state of each sentence; return which ones the teacher has read."""
    known_S = np.zeros(len(states_SE), bool)
    part: Part = "everything" if unit == "sentence" else "spans"
    # Sentences after the last word of the vocabulary have no row.
    for keys_G, means_GE in teacher.means(passages_of(texts, unit, teacher), part):
        rows_G = keys_G < len(states_SE)
        with np.errstate(over="ignore"):  # it becomes infinity, which is refused below
            states_GE = means_GE.numpy().astype(np.float16)[rows_G]
        if not np.isfinite(states_GE).all():
            raise InputError("a state of the teacher is not finite; take a teacher that is whole")
        states_SE[keys_G[rows_G]] = states_GE
        known_S[keys_G[rows_G]] = True
    return known_S


def _train(text: EncodedText, states_SE: Half, settings: X2staticTraining) -> Float32:
    generator = np.random.default_rng(settings.seed)
    width = states_SE.shape[1]
    device = "cuda" if torch.cuda.is_available() else "cpu"
    start_WE = (2 * generator.random((len(text.words), width), np.float32) - 1) / width
    table_WE = torch.nn.Parameter(torch.from_numpy(start_WE).to(device))
    optimizer = torch.optim.SparseAdam([table_WE], lr=settings.learning_rate)
    noise_W = noise_distribution(text.counts_W)
    progress = tqdm(range(settings.epochs), "X2Static", disable=None)
    for _ in progress:
        losses = []
        for ids_P, sentences_P, numbers_B in _batches(text, settings, generator):
            noise_PK = draw(noise_W, (len(ids_P), settings.negatives), generator)
            states_BE = torch.from_numpy(states_SE[numbers_B].astype(np.float32)).to(device)
            scores = _scores(table_WE, states_BE[sentences_P], ids_P, noise_PK)
            loss = x2static_loss(*scores)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()  # type: ignore[no-untyped-call]
            losses.append(float(loss.detach()))
        if not np.isfinite(losses).all():
            raise ConfigError(
                f"X2Static diverged at learning_rate {settings.learning_rate}; lower it"
            )
        progress.set_postfix(loss=f"{np.mean(losses or [0]):.3f}")
    vectors_WE: Float32 = table_WE.detach().cpu().numpy()
    return vectors_WE


def x2static_loss(positive_P: Tensor, negative_PK: Tensor) -> Tensor:
    """Mean over words of `log(1 + exp(-u_w s)) + sum_k log(1 + exp(u_k s))` (section 3).

    Args:
        positive_P: scores of words with their sentences, `u_w s`.
        negative_PK: scores of the negative samples with the same sentences.
    """
    positive_P = positive_P.clamp(-_CLAMP, _CLAMP)
    negative_PK = negative_PK.clamp(-_CLAMP, _CLAMP)
    return (softplus(-positive_P) + softplus(negative_PK).sum(dim=1)).mean()


def noise_distribution(counts_W: Int64) -> Float64:
    """Cumulated probabilities of words as negative samples, by the square root of their counts."""
    cumulated_W = np.cumsum(counts_W.astype(np.float64) ** _EXPONENT)
    return np.asarray(cumulated_W / cumulated_W[-1])


def draw(noise_W: Float64, shape: tuple[int, int], generator: np.random.Generator) -> Int64:
    """Negative samples: ids of words by their cumulated probabilities."""
    return np.searchsorted(noise_W, generator.random(shape), side="right")


def _scores(
    table_WE: Tensor, states_PE: Tensor, ids_P: Int64, noise_PK: Int64
) -> tuple[Tensor, Tensor]:
    def rows(ids: Int64) -> Tensor:
        place = torch.from_numpy(ids).to(table_WE.device)
        return torch.nn.functional.embedding(place, table_WE, sparse=True)

    positive_P = torch.einsum("pe,pe->p", states_PE, rows(ids_P))
    return positive_P, torch.einsum("pe,pke->pk", states_PE, rows(noise_PK))


def _batches(
    text: EncodedText, settings: X2staticTraining, generator: np.random.Generator
) -> Iterator[tuple[Int64, Int64, Int64]]:
    """One epoch in random order: word ids (P,), their sentence in the batch (P,), and the numbers
    of the batch's sentences (B,).
    """
    seen = text.subsampled(settings.sampling_threshold, generator)
    numbers, first, sizes = np.unique(seen.line_N, return_index=True, return_counts=True)
    order = generator.permutation(len(numbers))
    for begin in range(0, len(order), settings.batch_size):
        batch_B = order[begin : begin + settings.batch_size]
        sentences_P = np.repeat(np.arange(len(batch_B)), sizes[batch_B])
        # Place within its own sentence: how far each word is from where its sentence begins.
        starts_B = np.cumsum(sizes[batch_B]) - sizes[batch_B]
        within_P = np.arange(len(sentences_P)) - starts_B[sentences_P]
        yield seen.ids_N[first[batch_B][sentences_P] + within_P], sentences_P, numbers[batch_B]
