"""Embedding 10,000 sentences: ours against sentence-transformers, same model, same machine."""

import random
import time
from pathlib import Path

from lingraft.program import go_offline, run, use_threads


def main(
    model: Path, corpus: Path | None = None, sentences: int = 10_000, threads: int = 2
) -> None:
    """Print seconds, the ratio and the largest difference between the vectors.

    Args:
        model: folder of an encoder with its tokenizer.
        corpus: corpus whose training text is embedded; without one, random words.
        sentences: how many.
        threads: native threads.
    """
    use_threads(threads)
    go_offline()
    import numpy as np
    from sentence_transformers import SentenceTransformer, models

    from lingraft.config.evaluation import Embedding
    from lingraft.evaluation.data import read_texts
    from lingraft.evaluation.subject import Subject

    if corpus is None:
        generator = random.Random(0)
        words = ["open", "the", "settings", "of", "this", "window", "and", "close", "it", "again"]
        lengths = (generator.randint(1, 30) for _ in range(sentences))
        texts = [" ".join([*generator.choices(words, k=n), str(i)]) for i, n in enumerate(lengths)]
    else:
        texts = list(dict.fromkeys(d.text for d in read_texts(corpus, "train")))[:sentences]
    subject = Subject(model)
    body = models.Transformer(str(model), max_seq_length=256)
    pooling = models.Pooling(body.get_embedding_dimension(), pooling_mode="mean")
    reference = SentenceTransformer(modules=[body, pooling], device="cpu")
    subject.embedder.embed(texts[:32], Embedding(maximum_length=256))
    reference.encode(texts[:32])
    start = time.perf_counter()
    ours = subject.embedder.embed(texts, Embedding(maximum_length=256))
    between = time.perf_counter()
    theirs = reference.encode(texts, batch_size=32, show_progress_bar=False)
    end = time.perf_counter()
    print(f"{len(texts)} sentences: lingraft {between - start:.1f} s, "
          f"sentence-transformers {end - between:.1f} s, "
          f"ratio {(end - between) / (between - start):.2f}, "
          f"largest difference {np.abs(ours - theirs).max():.1e}")  # fmt: skip


if __name__ == "__main__":
    run(main)
