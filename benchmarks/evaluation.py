"""Embedding 10,000 sentences: ours against sentence-transformers, same model, same machine.

    python benchmarks/evaluation.py [--model FOLDER] [--corpus FOLDER] [--sentences 10000]
        [--threads 2] [--preset full|brief|tiny] [--output FILE] [--table FILE]

`brief` has 2,000 sentences. `tiny` only shows that both sides run: a few sentences through a small
model.
"""

import random
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from lingraft.program import go_offline, run, use_threads
from measuring import Bar, Comparison, Contender, Figures, peak_mb, timed
from rows import run_comparisons

WORDS = ["open", "the", "settings", "of", "this", "window", "and", "close", "it", "again"]
SENTENCES = {"full": 10_000, "brief": 2_000, "tiny": 64}
COMPARED = 500  # texts whose vectors are compared
LENGTH = 256


def main(
    model: Path | None = None,
    corpus: Path | None = None,
    preset: str = "full",
    sentences: int = 0,
    threads: int = 2,
    output: str = "",
    table: str = "",
) -> None:
    """Measure both sides, and compare their vectors.

    Args:
        model: folder of an encoder with its tokenizer; without one, a small one is made up.
        corpus: corpus whose training text is embedded; without one, random words.
        preset: full, brief, or tiny.
        sentences: how many; those of the preset by default.
        threads: native threads.
        output: file to write the figures to, as JSON.
        table: file to write the table to, as Markdown.
    """
    found = comparisons(preset, (), model, corpus, sentences, threads)
    run_comparisons((("evaluation", one) for one in found), preset, "", output, table)


def comparisons(
    preset: str,
    corpora: Sequence[Path] = (),
    model: Path | None = None,
    corpus: Path | None = None,
    sentences: int = 0,
    threads: int = 2,
) -> Iterator[Comparison]:
    """One: sentences to vectors."""
    go_offline()
    count = sentences or SENTENCES[preset]
    with tempfile.TemporaryDirectory() as folder:
        given = (model or Path(folder), corpus, count, threads)
        of = model.name if model else "a random model of MiniLM's size"
        yield Comparison(
            "embed",
            f"{count:,} sentences to vectors by {of}, at most {LENGTH} tokens",
            Contender("lingraft", ours, given, bar=Bar("difference", 1e-5, is_least=False,
                      said="vectors equal to 1e-5")),
            (Contender("`encode`", theirs, given, "sentence-transformers",
                       bar=Bar("cpu_s", 1)),),
            threads=threads,
            prepare=None if model else partial(make_up_model, Path(folder), preset),
            shown=("difference",),
        )  # fmt: skip


def ours(model: Path, corpus: Path | None, count: int, threads: int) -> Figures:
    """The evaluation's way; afterwards some vectors are compared with the library's."""
    import numpy as np

    use_threads(threads)
    from lingraft.evaluation.measures.embedding import Embedding
    from lingraft.evaluation.subject import ModelSubject

    texts, subject = texts_of(corpus, count), ModelSubject(model)
    how = Embedding(maximum_length=LENGTH)
    subject.embedder.embed(texts[:32], how)
    found: list[Any] = []
    figures = timed(lambda: found.append(subject.embedder.embed(texts[32:], how)))
    figures["peak_mb"] = peak_mb()
    expected = _library(model).encode(texts[32 : 32 + COMPARED], show_progress_bar=False)
    difference = np.abs(found[0][: len(expected)] - expected).max()
    return figures | {"difference": float(difference)}


def theirs(model: Path, corpus: Path | None, count: int, threads: int) -> Figures:
    """`SentenceTransformer.encode`, mean pooling."""
    use_threads(threads)
    texts, encoder = texts_of(corpus, count), _library(model)
    encoder.encode(texts[:32], show_progress_bar=False)
    return timed(lambda: encoder.encode(texts[32:], show_progress_bar=False))


def texts_of(corpus: Path | None, count: int) -> list[str]:
    """Different sentences: those of a corpus, or random words."""
    if corpus is not None:
        from lingraft.corpus.records import read_texts

        return list(dict.fromkeys(d.text for d in read_texts(corpus, "train")))[:count]
    generator = random.Random(0)
    lengths = (generator.randint(1, 30) for _ in range(count))
    return [" ".join([*generator.choices(WORDS, k=n), str(i)]) for i, n in enumerate(lengths)]


def _library(model: Path) -> Any:
    from sentence_transformers import SentenceTransformer, models

    body = models.Transformer(str(model), max_seq_length=LENGTH)
    pooling = models.Pooling(body.get_embedding_dimension(), pooling_mode="mean")
    return SentenceTransformer(modules=[body, pooling], device="cpu", trust_remote_code=False)


def make_up_model(folder: Path, preset: str) -> None:
    """Random weights: what embedding costs does not depend on them."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", *WORDS]
    backend = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, "[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    layers, hidden = (2, 32) if preset == "tiny" else (6, 384)
    config = BertConfig(
        vocab_size=len(words), num_hidden_layers=layers, hidden_size=hidden, num_attention_heads=4,
        intermediate_size=4 * hidden,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    roles: dict[str, Any] = {"pad_token": "[PAD]", "unk_token": "[UNK]"}
    PreTrainedTokenizerFast(tokenizer_object=backend, **roles).save_pretrained(folder)


if __name__ == "__main__":
    run(main)
