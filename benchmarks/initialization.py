"""Initialization against what a user would run instead: time, CPU seconds and peak memory.

Ours and theirs run one after the other, each in a process of its own under one parent, so that a
busy machine slows both; read the ratios. `theirs` is run on a share of the rows and scaled up where
it would take many minutes (its cost is linear in the rows); the table says so.

    python benchmarks/initialization.py [--only wechsel,focus,factorization,words,memory]
                                        [--preset full|tiny]

`tiny` only shows that every contender runs: all in this process, whose memory they share.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import chain, islice
from typing import Any

import numpy as np

from lingraft import program
from measuring import in_fresh_process, in_this_process

Measure = Callable[..., dict[str, Any]]
THREADS = 2
WIDTH = 768


def main(
    only: str = "", preset: str = "full", scale: float = 1.0, share: float = 0.1, output: str = ""
) -> None:
    """Run the comparisons and print them as a table.

    Args:
        only: comparisons to run, separated by commas; all by default.
        preset: full, or tiny.
        scale: factor on the numbers of rows.
        share: part of the rows that the slow contenders do.
        output: file to write the figures to, as JSON.
    """
    program.use_threads(THREADS)
    measure: Measure = partial(time_contender, in_fresh_process)
    if preset == "tiny":
        scale, share, measure = 0.002, 1.0, partial(time_contender, in_this_process)
    chosen = [name for name in only.split(",") if name] or list(COMPARISONS)
    figures: dict[str, list[dict[str, Any]]] = {}
    for name in chosen:
        figures[name] = COMPARISONS[name](measure, scale, share)
        print(f"\n{name}")
        for row in figures[name]:
            print("  {name:<42} {wall:>9.2f} s {cpu:>9.2f} CPU s {memory:>8.0f} MB".format(**row))
        sys.stdout.flush()  # each takes minutes
    if output:
        with open(output, "w", encoding="utf-8") as stream:  # noqa: PTH123
            json.dump(figures, stream, indent=2)


def compare_wechsel(measure: Measure, scale: float, share: float) -> list[dict[str, Any]]:
    """50,000 x 50,000 x 300, 10 neighbors, rows of 768."""
    sizes = (int(50_000 * scale), int(50_000 * scale), 300)
    return with_ratios(
        [
            measure("bare matrix product, float32", bare_product, sizes),
            measure("lingraft", ours_wechsel, sizes),
            measure("wechsel", theirs_wechsel, sizes, share=max(share, 0.2)),
        ]
    )


def compare_focus(measure: Measure, scale: float, share: float) -> list[dict[str, Any]]:
    """20,000 new tokens x 10,000 anchors x 100."""
    sizes = (int(20_000 * scale), int(10_000 * scale), 100)
    return with_ratios(
        [
            measure("lingraft", ours_focus, sizes),
            measure("deepfocus", theirs_focus, sizes, share=share),
        ]
    )


def compare_factorization(measure: Measure, scale: float, share: float) -> list[dict[str, Any]]:
    """250,000 x 768 to width 200."""
    sizes = (int(250_000 * scale), WIDTH)
    return with_ratios(
        [
            measure("lingraft", ours_factorization, sizes),
            measure("numpy.linalg.svd", theirs_factorization, sizes),
        ]
    )


def measure_memory(measure: Measure, scale: float, share: float) -> list[dict[str, Any]]:
    """2,048 targets of 250,000 x 250,000 x 300: memory does not grow with the targets."""
    sizes = (2048, int(250_000 * scale), 300)
    inputs = measure("inputs alone", make_inputs, sizes)
    ours = measure("lingraft", ours_wechsel, sizes)
    ours["above_inputs"] = ours["memory"] - inputs["memory"]
    assert ours["above_inputs"] < 512, f"{ours['above_inputs']:.0f} MB above the inputs"
    return [inputs, ours]


def compare_words(measure: Measure, scale: float, share: float) -> list[dict[str, Any]]:
    """Token vectors from 4,000,000 words of 100 dimensions, each with and without a space."""
    sizes = (int(4_000_000 * scale), 100)
    return with_ratios(
        [
            measure("lingraft", ours_words, sizes),
            measure("wechsel", theirs_words, sizes, share=share / 10),
        ]
    )


COMPARISONS = {
    "wechsel": compare_wechsel,
    "focus": compare_focus,
    "factorization": compare_factorization,
    "words": compare_words,
    "memory": measure_memory,
}


def unit(rows: int, dimensions: int, seed: int) -> Any:
    vectors = np.random.default_rng(seed).standard_normal((rows, dimensions), np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def make_inputs(targets: int, sources: int, dimensions: int) -> Callable[[], Any]:
    import lingraft.initialization.combining.similarity  # noqa: F401 - its libraries belong to the baseline

    inputs = unit(targets, dimensions, 0), unit(sources, dimensions, 1)
    embeddings = np.zeros((sources, WIDTH), np.float32) + 0.1
    outputs = np.zeros((targets, WIDTH), np.float32) + 0.1
    return lambda: (inputs, embeddings, outputs)


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


def time_contender(
    run: Callable[..., dict[str, float]],
    name: str,
    prepare: Callable[..., Callable[[], Any]],
    sizes: tuple[int, ...],
    share: float = 1.0,
) -> dict[str, Any]:
    """Time one contender on `share` of its first size, in the process that `run` takes."""
    figures = run(_time, prepare, (int(sizes[0] * share), *sizes[1:]))
    scaled = f" (scaled from {share:.0%})" if share < 1 else ""
    times = {"wall": figures["wall"] / share, "cpu": figures["cpu"] / share}
    return {"name": name + scaled, **times, "memory": figures["peak_mb"]}


def _time(prepare: Callable[..., Callable[[], Any]], sizes: tuple[int, ...]) -> dict[str, float]:
    work = prepare(*sizes)
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def with_ratios(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with their times as multiples of lingraft's."""
    ours = next(row for row in rows if row["name"] == "lingraft")
    for row in rows:
        row["wall_ratio"] = row["wall"] / max(1e-9, ours["wall"])
        row["cpu_ratio"] = row["cpu"] / max(1e-9, ours["cpu"])
        row["name"] += f"  x{row['wall_ratio']:.2f} (CPU x{row['cpu_ratio']:.2f})"
    return rows


if __name__ == "__main__":
    program.run(main)
