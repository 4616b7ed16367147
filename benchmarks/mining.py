"""Hard-negative mining against the bare product of its vectors, and against the library.

All contenders have two threads. The bare product is what no exact search can do without: all
scores, block by block, and nothing kept of them.

    python benchmarks/mining.py [--only product,library] [--preset full|brief|tiny] [--scale 0.5]
                                [--output FILE] [--table FILE]

`tiny` only shows that every contender runs.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lingraft import program
from measuring import Comparison, Contender, Figures, timed
from rows import run_comparisons

THREADS = 2
WIDTH = 384
BLOCK = 2048, 16_384  # queries and keys of a block of the bare product
SIZES = {  # pairs
    "full": {"product": 100_000, "library": 20_000},
    "brief": {"product": 20_000, "library": 5_000},
    "tiny": {"product": 200, "library": 200},
}


def main(
    only: str = "", preset: str = "full", scale: float = 1.0, output: str = "", table: str = ""
) -> None:
    """Run the comparisons and print their rows.

    Args:
        only: comparisons to run, separated by commas; all by default.
        preset: full, brief, or tiny.
        scale: factor on the numbers of pairs.
        output: file to write the figures to, as JSON.
        table: file to write the table to, as Markdown.
    """
    found = comparisons(preset, scale=scale)
    run_comparisons((("mining", one) for one in found), preset, only, output, table)


def comparisons(
    preset: str, corpora: Sequence[Path] = (), scale: float = 1.0
) -> Iterator[Comparison]:
    """Mining against the product, and against the library, which takes fewer pairs."""
    for name, label, theirs, package in (
        ("product", "its bare product", bare_product, "torch"),
        ("library", "`mine_hard_negatives` with faiss", library, "sentence-transformers"),
    ):
        count = int(scale * SIZES[preset][name])
        yield Comparison(
            name,
            f"mining {count:,} pairs, width {WIDTH}",
            Contender("lingraft", timed_contender, (ours, count)),
            (Contender(label, timed_contender, (theirs, count), package),),
            repeats=1 if count >= 100_000 else 3,
            threads=THREADS,
        )


def timed_contender(contender: Callable[..., None], count: int) -> Figures:
    """What a contender takes, without making its data."""
    program.use_threads(THREADS)
    data = pairs(count)
    return timed(lambda: contender(*data))


def pairs(count: int) -> tuple[list[tuple[str, str]], Any, Any]:
    """Texts of ten made words, and vectors of which a positive is nearer than all others."""
    generator = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    drawn = letters[generator.integers(0, 26, (2 * count, 50))]
    texts = [" ".join(map("".join, row.reshape(10, 5))) for row in drawn]
    anchors_NE = generator.normal(size=(count, WIDTH)).astype(np.float32)
    noise_NE = generator.normal(size=(count, WIDTH)).astype(np.float32)
    return list(zip(texts[:count], texts[count:], strict=True)), anchors_NE, anchors_NE + noise_NE


def ours(texts: list[tuple[str, str]], anchors_NE: Any, candidates_NE: Any) -> None:
    """Mining with the default rules and the filter of false negatives."""
    from lingraft.encoders.data.mining import mine
    from lingraft.encoders.data.mining_rules import MiningRules

    found = mine(texts, anchors_NE, candidates_NE, MiningRules(), 0.8)
    if min(map(len, found)) < 4:
        raise RuntimeError("a pair has too few negatives")


def bare_product(texts: list[tuple[str, str]], anchors_NE: Any, candidates_NE: Any) -> None:
    """All scores, in the memory of one block."""
    import torch

    queries, keys = torch.from_numpy(anchors_NE), torch.from_numpy(candidates_NE)
    memory = torch.empty(BLOCK[0] * BLOCK[1])
    for start in range(0, len(queries), BLOCK[0]):
        rows = queries[start : start + BLOCK[0]]
        for first in range(0, len(keys), BLOCK[1]):
            columns = keys[first : first + BLOCK[1]]
            block = memory[: len(rows) * len(columns)].view(len(rows), len(columns))
            torch.mm(rows, columns.T, out=block)


def library(texts: list[tuple[str, str]], anchors_NE: Any, candidates_NE: Any) -> None:
    """What sentence-transformers does with these vectors, with faiss."""
    from datasets import Dataset
    from sentence_transformers.util import mine_hard_negatives

    anchors, positives = zip(*texts, strict=True)
    unit = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in (anchors_NE, candidates_NE)]
    known = dict(zip((*anchors, *positives), np.concatenate(unit), strict=True))
    found = mine_hard_negatives(
        Dataset.from_dict({"anchor": anchors, "positive": positives}),
        _Known(known),
        relative_margin=0.05,
        num_negatives=4,
        output_format="n-tuple",
        use_faiss=True,
        verbose=False,
    )
    if len(found) < len(texts):
        raise RuntimeError("a pair has too few negatives")


class _Known:
    """Stands in for a model whose vectors are known: mining is measured without embedding."""

    device = "cpu"

    def __init__(self, vectors: dict[str, Any]) -> None:
        self._vectors = vectors

    def encode_query(self, texts: list[str], **_: Any) -> Any:
        return np.stack([self._vectors[text] for text in texts])

    encode_document = encode_query

    def get_embedding_dimension(self) -> int:
        return WIDTH

    def similarity_pairwise(self, one: Any, other: Any) -> Any:
        import torch

        return torch.from_numpy((one * other).sum(1))


if __name__ == "__main__":
    program.run(main)
