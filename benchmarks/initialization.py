"""Initialization against what a user would run instead: time, CPU seconds and peak memory.

Theirs is run on a share of the rows and scaled up where it would take many minutes (its cost is
linear in the rows); the rows of the table say so.

    python benchmarks/initialization.py [--only wechsel,focus,factorization,words,memory]
                                        [--preset full|brief|tiny] [--output FILE] [--table FILE]

`tiny` only shows that every contender runs.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from lingraft import program
from measuring import Bar, Comparison, Contender, Figures, timed
from rows import run_comparisons

THREADS = 2
WIDTH = 768


@dataclass(frozen=True)
class Sizes:
    """Rows of each comparison, and the share of them that the slow contenders do."""

    wechsel: int = 50_000  # on both sides
    focus: tuple[int, int] = (20_000, 10_000)
    factorization: int = 250_000
    words: int = 4_000_000
    memory: int = 250_000
    share: float = 0.1
    share_of_words: float = 0.01

    def scaled(self, scale: float) -> "Sizes":
        """So many times the rows."""
        return replace(
            self,
            wechsel=int(self.wechsel * scale),
            focus=(int(self.focus[0] * scale), int(self.focus[1] * scale)),
            factorization=int(self.factorization * scale),
            words=int(self.words * scale),
            memory=int(self.memory * scale),
        )


PRESETS = {
    "full": Sizes(),
    "brief": Sizes(factorization=100_000, words=400_000, share_of_words=0.05),
    "tiny": Sizes(100, (40, 20), 500, 8_000, 500, 1.0, 0.1),
}


def main(
    only: str = "",
    preset: str = "full",
    scale: float = 1.0,
    share: float = 0.0,
    output: str = "",
    table: str = "",
) -> None:
    """Run the comparisons and print their rows.

    Args:
        only: comparisons to run, separated by commas; all by default.
        preset: full, brief, or tiny.
        scale: factor on the numbers of rows.
        share: part of the rows that the slow contenders do; 0.1 by default.
        output: file to write the figures to, as JSON.
        table: file to write the table to, as Markdown.
    """
    found = comparisons(preset, (), scale, share)
    run_comparisons((("initialization", one) for one in found), preset, only, output, table)


def comparisons(
    preset: str, corpora: Sequence[Path] = (), scale: float = 1.0, share: float = 0.0
) -> Iterator[Comparison]:
    """Neighbors, sparse similarities, a factorization, words of tokens, and memory."""
    sizes = PRESETS[preset].scaled(scale)
    share = share or sizes.share
    repeats = 1 if preset == "full" else 3

    def side(label: str, work: Prepare, *size: int, part: float = 1.0, **more: Any) -> Contender:
        given = (work, (int(size[0] * part), *size[1:]))
        return Contender(label, time_contender, given, share=part, **more)

    def shown(*size: int) -> str:
        return " x ".join(f"{each:,}" for each in size)

    size: tuple[int, ...] = (sizes.wechsel, sizes.wechsel, 300)
    yield Comparison(
        "wechsel",
        f"WECHSEL's neighbors and rows, {shown(*size)}",
        side("lingraft", ours_wechsel, *size),
        (
            side("`create_target_embeddings`", theirs_wechsel, *size,
                 part=max(share, 0.2), package="wechsel", bar=Bar("wall_s", 8)),
            side("the bare float32 product", bare_product, *size, package="numpy",
                 bar=Bar("wall_s", 1 / 1.3, said="ours at most 1.3 times it by wall")),
        ),
        threads=THREADS,
    )  # fmt: skip
    size = (*sizes.focus, 100)
    yield Comparison(
        "focus",
        f"FOCUS's similarities and rows, {shown(*size)}",
        side("lingraft", ours_focus, *size),
        (side("its initialization of tokens", theirs_focus, *size, part=share, package="deepfocus",
              bar=Bar("wall_s", 15)),),
        threads=THREADS,
    )  # fmt: skip
    size = (sizes.factorization, WIDTH)
    yield Comparison(
        "factorization",
        f"factorization, {shown(*size)}, to width 200",
        side("lingraft", ours_factorization, *size),
        (side("`numpy.linalg.svd`", theirs_factorization, *size, package="numpy",
              bar=Bar("wall_s", 8)),),
        threads=THREADS,
    )  # fmt: skip
    size = (sizes.words, 100)
    yield Comparison(
        "words",
        f"token vectors of {sizes.words:,} words, each with and without a space",
        side("lingraft", ours_words, *size),
        (side("its words, one by one", theirs_words, *size,
              part=sizes.share_of_words if preset != "full" else share / 10, package="wechsel"),),
        repeats=repeats,
        threads=THREADS,
    )  # fmt: skip
    size = (2048 if preset != "tiny" else 64, sizes.memory, 300)
    yield Comparison(
        "memory",
        f"WECHSEL's neighbors and rows, {shown(*size)}: memory",
        side("lingraft", ours_wechsel, *size,
             bar=Bar("added_mb", 512, "MB added", is_least=False)),
        repeats=1,
        threads=THREADS,
        shown=("added_mb",),
    )  # fmt: skip


Prepare = Callable[..., Callable[[], Any]]


def unit(rows: int, dimensions: int, seed: int) -> Any:
    vectors = np.random.default_rng(seed).standard_normal((rows, dimensions), np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def bare_product(targets: int, sources: int, dimensions: int) -> Callable[[], Any]:
    target, source = (unit(n, dimensions, 0) for n in (targets, sources))

    def run() -> None:
        scores = np.empty((1024, sources), np.float32)  # for all blocks
        for start in range(0, targets, 1024):
            block = target[start : start + 1024]
            np.matmul(block, source.T, out=scores[: len(block)])

    return run


def ours_wechsel(targets: int, sources: int, dimensions: int) -> Callable[[], Any]:
    from lingraft.initialization.combining.similarity import softmax_of_nearest
    from lingraft.initialization.weights import stack

    target, source = unit(targets, dimensions, 0), unit(sources, dimensions, 1)
    embeddings = np.random.default_rng(2).standard_normal((sources, WIDTH), np.float32)

    def run() -> None:
        layer = softmax_of_nearest(
            np.arange(targets), target, np.arange(sources), source, sources,
            neighbors=10, temperature=0.1,
        )  # fmt: skip
        stack([layer], targets, sources).apply(embeddings)

    return run


class Vocabulary:
    """The little that the library asks of a tokenizer."""

    special_tokens_map: dict[str, str] = {}  # noqa: RUF012

    def __init__(self, rows: int) -> None:
        self.vocab = {str(i): i for i in range(rows)}

    def __len__(self) -> int:
        return len(self.vocab)

    def convert_ids_to_tokens(self, ids: Any) -> Any:
        return str(ids) if np.isscalar(ids) else [str(i) for i in ids]


def theirs_wechsel(targets: int, sources: int, dimensions: int) -> Callable[[], Any]:
    import wechsel

    target, source = (unit(n, dimensions, 0).astype(float) for n in (targets, sources))
    embeddings = np.random.default_rng(2).standard_normal((sources, WIDTH), np.float32)
    return lambda: wechsel.create_target_embeddings(
        source, target, Vocabulary(sources), Vocabulary(targets), embeddings, verbose=False
    )


def ours_focus(targets: int, sources: int, dimensions: int) -> Callable[[], Any]:
    from lingraft.initialization.combining.similarity import sparsemax_of_all
    from lingraft.initialization.weights import stack

    target, source = correlated(targets, sources, dimensions)
    embeddings = np.random.default_rng(2).standard_normal((sources, WIDTH), np.float32)

    def run() -> None:
        layer = sparsemax_of_all(np.arange(targets), target, np.arange(sources), source, sources)
        stack([layer], targets, sources).apply(embeddings)

    return run


def theirs_focus(targets: int, sources: int, dimensions: int) -> Callable[[], Any]:
    import torch
    from deepfocus.focus import focus_additional_token_initialization
    from deepfocus.vocab_helper import NewToken, OverlappingToken, TokenClass

    torch.set_num_threads(THREADS)
    target, source = correlated(targets, sources, dimensions)
    embeddings = torch.randn(sources, WIDTH)

    def token(index: int) -> Any:
        return TokenClass(str(index), index, "", "", "", "", False)

    new = {str(i): NewToken(token(i), row) for i, row in enumerate(target)}
    overlap = {
        str(i): OverlappingToken([], token(i), embeddings[i], row) for i, row in enumerate(source)
    }
    result = torch.zeros(targets, WIDTH)
    return lambda: focus_additional_token_initialization(overlap, new, result, "cpu")


def correlated(targets: int, sources: int, dimensions: int) -> tuple[Any, Any]:
    """Vectors in clusters, as those of tokens are."""
    centers = unit(200, dimensions, 3)
    generator = np.random.default_rng(4)
    both = centers[generator.integers(0, 200, targets + sources)]
    both = both + 0.1 * generator.standard_normal(both.shape, np.float32)
    return both[:targets], both[targets:]


def ours_factorization(rows: int, dimensions: int) -> Callable[[], Any]:
    from lingraft.numeric.factorization import factorize

    matrix = np.random.default_rng(0).standard_normal((rows, dimensions), np.float32)
    return lambda: factorize(matrix, 200)


def theirs_factorization(rows: int, dimensions: int) -> Callable[[], Any]:
    matrix = np.random.default_rng(0).standard_normal((rows, dimensions), np.float32)
    return lambda: np.linalg.svd(matrix, full_matrices=False)


def word_list(count: int) -> list[str]:
    """Different words of two to four syllables, as Zipf's law has them: short ones first."""
    syllables = [a + b for a in "bcdfghjklmnprstvwyz" for b in "aeiou"]
    pairs = [a + b for a in syllables for b in syllables]
    longer = (pair + syllable for pair in pairs for syllable in syllables)
    longest = (a + b for a in pairs for b in pairs)
    return list(islice(chain(pairs, longer, longest), count))


def word_tokenizer() -> Any:
    """A byte-level BPE of 8,000 tokens."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=8000, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    words = np.random.default_rng(0).permutation(word_list(500_000))[:50_000].tolist()
    tokenizer.train_from_iterator([word + " " + word for word in words], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)


def ours_words(count: int, dimensions: int) -> Callable[[], Any]:
    from lingraft.initialization.evidence.auxiliary import word_means
    from lingraft.tokenizers.token_table import TokenTable

    table, words, vectors = (
        TokenTable(word_tokenizer()),
        word_list(count),
        unit(count, dimensions, 0),
    )
    return lambda: word_means(table, words, vectors, 1.0 / np.arange(1, count + 1))


class Words:
    """The little that the library asks of word vectors."""

    def __init__(self, words: list[str], vectors: Any) -> None:
        self.words, self.vectors = words, vectors
        self.index = {word: row for row, word in enumerate(words)}

    def get_words_and_freqs(self) -> Any:
        return self.words, 1.0 / np.arange(1, len(self.words) + 1)

    def get_dimension(self) -> int:
        return int(self.vectors.shape[1])

    def get_word_vector(self, word: str) -> Any:
        return self.vectors[self.index[word]]


def theirs_words(count: int, dimensions: int) -> Callable[[], Any]:
    import wechsel

    tokenizer, words = word_tokenizer(), word_list(count)
    model = Words(words, unit(count, dimensions, 0))
    return lambda: wechsel.get_subword_embeddings_in_word_embedding_space(
        tokenizer, model, use_subword_info=False, verbose=False
    )


def time_contender(prepare: Prepare, sizes: tuple[int, ...]) -> Figures:
    """What a contender takes, without making its inputs."""
    program.use_threads(THREADS)
    return timed(prepare(*sizes))


if __name__ == "__main__":
    program.run(main)
