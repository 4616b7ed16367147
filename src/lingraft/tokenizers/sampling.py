"""The text a tokenizer is trained on: a deterministic sample with a limit in bytes.

Trainers keep all words in memory and count pairs in 32 bits (the `tokenizers` library), so they
never see a whole corpus beyond a limit; published tokenizers are trained on samples, too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from lingraft.corpus.documents import Document, read_documents
from lingraft.corpus.splitting import hash_of
from lingraft.errors import InputError

LARGEST_COUNT = 2**31 - 1  # of a pair, in the trainers of the tokenizers library
_RANGE = 2**64


@dataclass(frozen=True)
class Share:
    """How often each document of a corpus is taken, on average, and at most how many bytes."""

    rate: float
    maximum_bytes: float


def shares(sizes: Sequence[int], maximum_bytes: int, temperature: float) -> list[Share]:
    """Share out a sample of at most `maximum_bytes` among corpora of these sizes in bytes.

    Corpus i gets a part proportional to size_i ** temperature (Conneau et al. 2020, section 3.1);
    a corpus that is smaller than its part is repeated.

    Args:
        sizes: bytes of each corpus.
        maximum_bytes: bytes of the sample.
        temperature: 1 for parts proportional to size, 0 for equal parts.
    """
    total = min(sum(sizes), maximum_bytes)
    weights = [size**temperature for size in sizes]
    parts = [total * weight / sum(weights) for weight in weights]
    return [Share(part / size, part) for part, size in zip(parts, sizes, strict=True)]


def sample(documents: Iterable[Document], share: Share) -> Iterator[str]:
    """The texts of a corpus, each as often as its share says; which ones depends on their ids."""
    whole, fraction = divmod(share.rate, 1)
    # The limit is a product of floats: the slack keeps the last document of a whole corpus.
    left = share.maximum_bytes + 1e-6 * share.maximum_bytes
    for document in documents:
        size = len(document.text.encode())
        # A rate of 2.3 takes each document twice, and 30 % of them (by the hash of the id) once
        # more.
        for _ in range(int(whole) + (hash_of(document.id) < fraction * _RANGE)):
            left -= size
            if left < 0:
                return
            yield document.text


def sample_corpora(folders: Sequence[Path], parts: Sequence[Share]) -> Iterator[str]:
    """The sample of all corpora, one after the other."""
    for folder, share in zip(folders, parts, strict=True):
        documents = tqdm(
            read_documents(folder / "train.jsonl.zst"), folder.name, unit="doc", disable=None
        )
        yield from sample(documents, share)


class PairCounter:
    """Counts adjacent pairs of bytes, an upper bound for whatever pair a trainer counts.

    A pair of symbols contains the last byte of one beside the first byte of the other, and merges
    only ever lower counts: no count of the trainer exceeds that of the most frequent byte pair.
    """

    def __init__(self) -> None:
        self._counts_P: NDArray[np.int64] = np.zeros(1 << 16, dtype=np.int64)
        self._buffer = bytearray()

    def add(self, text: str) -> None:
        """Count the pairs of one text, and those across to the next, which can only add."""
        self._buffer += text.encode()
        if len(self._buffer) > 1 << 22:
            self._flush()

    @property
    def maximum(self) -> int:
        """How often the most frequent pair occurs."""
        self._flush()
        return int(self._counts_P.max())

    def _flush(self) -> None:
        # uint16, because the shift of a uint8 overflows: the pair (a, b) has the number 256 * a +
        # b. Flushes come between two texts, so no pair inside a text is lost.
        bytes_N = np.frombuffer(bytes(self._buffer), dtype=np.uint8).astype(np.uint16)
        self._buffer.clear()
        pairs_N = (bytes_N[:-1] << 8) | bytes_N[1:]
        self._counts_P += np.bincount(pairs_N, minlength=1 << 16)


def check_pair_count(count: int) -> None:
    """Refuse a sample in which a pair occurs too often to be counted in 32 bits.

    Raises:
        InputError: it does.
    """
    if count > LARGEST_COUNT:
        raise InputError(
            f"a pair of symbols occurs {count} times in the sample for the tokenizer; its trainer "
            f"counts to {LARGEST_COUNT} and would go on with wrong counts: lower maximum_bytes"
        )
