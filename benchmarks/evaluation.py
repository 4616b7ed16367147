"""Embedding 10,000 sentences: ours against sentence-transformers, same model, same machine.

    python benchmarks/evaluation.py --model FOLDER [--corpus FOLDER] [--preset full|tiny]

`tiny` only shows that both sides run: a few sentences through a model of its own.
"""

import random
import tempfile
import time
from pathlib import Path
from typing import Any

from lingraft.program import go_offline, run, use_threads

WORDS = ["open", "the", "settings", "of", "this", "window", "and", "close", "it", "again"]


def main(
    model: Path | None = None,
    corpus: Path | None = None,
    preset: str = "full",
    sentences: int = 10_000,
    threads: int = 2,
) -> None:
    """Print seconds, their ratio and the largest difference between the vectors.

    The two take turns, a fifth of the sentences each time, so that other work disturbs both.

    Args:
        model: folder of an encoder with its tokenizer; without one, a small one is made up.
        corpus: corpus whose training text is embedded; without one, random words.
        preset: full, or tiny.
        sentences: how many.
        threads: native threads.
    """
    use_threads(threads)
    go_offline()
    with tempfile.TemporaryDirectory() as folder:
        model = model or _made_up_model(Path(folder), preset)
        compare(model, corpus, 64 if preset == "tiny" else sentences, threads)


def compare(model: Path, corpus: Path | None, sentences: int, threads: int) -> None:
    """Embed the same sentences with both and print what it took."""
    import numpy as np
    from sentence_transformers import SentenceTransformer, models

    from lingraft.corpus.records import read_texts
    from lingraft.evaluation.measures.embedding import Embedding
    from lingraft.evaluation.subject import ModelSubject

    if corpus is None:
        generator = random.Random(0)
        lengths = (generator.randint(1, 30) for _ in range(sentences))
        texts = [" ".join([*generator.choices(WORDS, k=n), str(i)]) for i, n in enumerate(lengths)]
    else:
        texts = list(dict.fromkeys(d.text for d in read_texts(corpus, "train")))[:sentences]
    subject = ModelSubject(model)
    body = models.Transformer(str(model), max_seq_length=256)
    pooling = models.Pooling(body.get_embedding_dimension(), pooling_mode="mean")
    reference = SentenceTransformer(modules=[body, pooling], device="cpu", trust_remote_code=False)
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


def _made_up_model(folder: Path, preset: str) -> Path:
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
    return folder


def _part(count: int) -> int:
    return max(1, count // 5)


if __name__ == "__main__":
    run(main)
