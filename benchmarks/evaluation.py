"""Embedding 10,000 sentences: ours against sentence-transformers, same model, same machine."""

import random
import time
from pathlib import Path

from lingraft.program import go_offline, run, use_threads


def main(
    model: Path, corpus: Path | None = None, sentences: int = 10_000, threads: int = 2
) -> None:
    """Print seconds, their ratio and the largest difference between the vectors.

    The two take turns, a fifth of the sentences each time, so that other work disturbs both.

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
    encoders = {
        "lingraft": lambda part: subject.embedder.embed(part, Embedding(maximum_length=256)),
        "sentence-transformers": lambda part: reference.encode(part, show_progress_bar=False),
    }
    spent = {name: np.zeros(2) for name in encoders}  # wall and CPU seconds
    difference = 0.0
    for encode in encoders.values():
        encode(texts[:32])
    for start in range(32, len(texts), _part(len(texts))):
        vectors = {}
        for name, encode in encoders.items():
            before = np.array([time.perf_counter(), time.process_time()])
            vectors[name] = encode(texts[start : start + _part(len(texts))])
            spent[name] += np.array([time.perf_counter(), time.process_time()]) - before
        ours, theirs = vectors.values()
        difference = max(difference, float(np.abs(ours - theirs).max()))
    for name, (wall, processor) in spent.items():
        print(f"{name}: {wall:.1f} s, {processor:.1f} CPU s")
    wall, processor = spent["sentence-transformers"] / spent["lingraft"]
    print(
        f"{len(texts)} sentences, {threads} threads: theirs over ours {wall:.2f} (CPU "
        f"{processor:.2f}), largest difference {difference:.1e}"
    )


def _part(count: int) -> int:
    return max(1, count // 5)


if __name__ == "__main__":
    run(main)
