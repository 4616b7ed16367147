"""Rows about which nothing is known: policies of filling, addressed by token.

A filled row depends on the seed, on the token's string and on the statistics of the source, and on
nothing else: adding, removing or reordering other tokens moves no filled row. The authors' codes
draw one whole matrix or one stream instead; `whole_matrix_normal`, `torch_stream_normal` and
`narrow_normal` reproduce them for `mode: reference`.

Shapes: S source rows, T target rows, F filled rows, D dimensions.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lingraft.initialization.policies import FillPolicy
from lingraft.numeric.arrays import Float64, Int64

# (source_SD, tokens of all target rows, rows to fill) -> values (F, D)
Filler = Callable[[Float64, Sequence[str], Int64], Float64]


def filler(policy: FillPolicy, seed: int, unknown_row: int | None = None) -> Filler:
    """The filler of a policy.

    Args:
        policy: `normal`: independent N(mean, standard deviation) of each dimension of the source;
            `covariance`: N(mean, 1e-9 covariance), as Hugging Face's `resize_token_embeddings`;
            `mean`: the mean source row; `unknown`: the source's unknown token, the mean if it has
            none; `zero`: zeros.
        seed: of the draws.
        unknown_row: the source row of the unknown token.
    """
    match policy:
        case "normal":
            return lambda source_SD, tokens, rows_F: _normal(source_SD, tokens, rows_F, seed)
        case "covariance":
            return lambda source_SD, tokens, rows_F: _covariance(source_SD, tokens, rows_F, seed)
        case "unknown" if unknown_row is not None:
            return lambda source_SD, tokens, rows_F: _repeat(source_SD[unknown_row], rows_F)
        case "mean" | "unknown":
            return lambda source_SD, tokens, rows_F: _repeat(source_SD.mean(axis=0), rows_F)
        case "zero":
            return lambda source_SD, tokens, rows_F: np.zeros((len(rows_F), source_SD.shape[1]))


def standard_normals(tokens: Sequence[str], count: int, seed: int) -> Float64:
    """Standard normal numbers for each token (F, count), by token and seed alone.

    Args:
        tokens: token strings.
        count: numbers for a token.
        seed: of the draws.
    """
    numbers_FD = np.empty((len(tokens), count))
    for row, token in enumerate(tokens):
        # Philox takes a key of 128 bits, which are 16 bytes.
        digest = hashlib.blake2b(token.encode(), digest_size=16, key=str(seed).encode()).digest()
        # Philox hashes a key and a counter, so a generator for each token costs little.
        generator = np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))
        generator.standard_normal(out=numbers_FD[row])
    return numbers_FD


def _normal(source_SD: Float64, tokens: Sequence[str], rows_F: Int64, seed: int) -> Float64:
    numbers_FD = standard_normals([tokens[row] for row in rows_F], source_SD.shape[1], seed)
    return np.asarray(source_SD.mean(axis=0) + numbers_FD * source_SD.std(axis=0))


def _covariance(source_SD: Float64, tokens: Sequence[str], rows_F: Int64, seed: int) -> Float64:
    mean_D = source_SD.mean(axis=0)
    # For one dimension np.cov returns a number; `reshape` makes it a matrix.
    covariance_DD = 1e-9 * np.cov(source_SD, rowvar=False, bias=True).reshape((len(mean_D),) * 2)
    eigenvalues_D, vectors_DD = np.linalg.eigh(covariance_DD)
    numbers_FD = standard_normals([tokens[row] for row in rows_F], len(mean_D), seed)
    # Rounding can bring an eigenvalue of 0 slightly below 0.
    scaled_FD = numbers_FD * np.sqrt(np.clip(eigenvalues_D, 0, None))
    return np.asarray(mean_D + scaled_FD @ vectors_DD.T)


def _repeat(row_D: Float64, rows_F: Int64) -> Float64:
    return np.repeat(row_D[None], len(rows_F), axis=0)


def whole_matrix_normal(seed: int) -> Filler:
    """WECHSEL's (seed 1234) and OFA's (seed 114514) fallback: row i of one drawn (T, D) matrix."""

    def fill(source_SD: Float64, tokens: Sequence[str], rows_F: Int64) -> Float64:
        mean_D, deviation_D = source_SD.mean(axis=0), source_SD.std(axis=0)
        # The authors' generator: numpy's newer ones draw other numbers from the same seed.
        drawn_TD = np.random.RandomState(seed).normal(
            mean_D, deviation_D, (len(tokens), source_SD.shape[1])
        )
        return np.asarray(drawn_TD[rows_F])

    return fill


def torch_stream_normal(seed: int) -> Filler:
    """FOCUS's fallback: one torch generator, drawn for the filled rows in order of their ids."""

    def fill(source_SD: Float64, tokens: Sequence[str], rows_F: Int64) -> Float64:
        import torch

        source = torch.from_numpy(source_SD.astype(np.float32))
        # torch divides by S - 1 in `std`, numpy by S; the authors used torch.
        mean_D, deviation_D = source.mean(dim=0), source.std(dim=0)
        generator = torch.Generator().manual_seed(seed)
        drawn: list[Any] = [
            torch.normal(mean_D, deviation_D, generator=generator).numpy() for _ in rows_F
        ]
        return np.array(drawn, np.float64).reshape(len(rows_F), source_SD.shape[1])

    return fill


def narrow_normal(seed: int) -> Filler:
    """RAMEN's fallback N(0, 1/sqrt(D)), which ignores the source's statistics."""

    def fill(source_SD: Float64, tokens: Sequence[str], rows_F: Int64) -> Float64:
        dimensions = source_SD.shape[1]
        drawn_FD = np.random.default_rng(seed).standard_normal((len(rows_F), dimensions))
        return np.asarray(drawn_FD / np.sqrt(dimensions))

    return fill
