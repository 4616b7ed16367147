"""Text to ids against what a user would run instead: `datasets.map`, and the bare tokenizer.

Each contender runs in a process of its own, one after the other; read the ratios of CPU seconds,
which a busy machine disturbs least. The ids of ours are compared with those of the tokenizer.

    python benchmarks/tokens.py [--only bpe,gpt2,unigram,wordpiece] [--texts made-up,unspaced]
                                [--corpora FOLDER,...] [--megabytes 4] [--preset full|tiny]
                                [--output FILE]

bpe:       byte-level BPE as lingraft trains it: NFC, and combining marks inside of words.
gpt2:      the same with GPT-2's expression.
unigram:   as XLM-R's; wordpiece: as BERT's.

made-up:   sentences over a Zipfian vocabulary of 40,000 words, 20 words each; unspaced: the same
           without spaces, where nothing comes again (not for wordpiece).
--corpora: folders of corpora; their training texts take the place of made-up ones.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from lingraft import program
from measuring import Figures, in_fresh_process, in_this_process

KINDS: dict[str, dict[str, Any]] = {
    "bpe": {"algorithm": "bpe"},
    "gpt2": {"algorithm": "bpe", "expression": "gpt2"},
    "unigram": {"algorithm": "unigram"},
    "wordpiece": {"algorithm": "wordpiece"},
}
_SEPARATOR = 1
_BATCH = 1000  # texts


def main(
    only: str = "",
    texts: str = "made-up",
    corpora: str = "",
    megabytes: float = 4.0,
    preset: str = "full",
    output: str = "",
) -> None:
    """Run the comparisons and print a table.

    Args:
        only: kinds of tokenizers, separated by commas; all by default.
        texts: kinds of made-up text, separated by commas.
        corpora: folders of corpora instead of them, separated by commas.
        megabytes: how much text there is at most.
        preset: full, or tiny, which only shows that every contender runs.
        output: file to write the figures to, as JSON.
    """
    program.prepare_process()
    program.go_offline()
    program.use_threads(1)
    tiny = preset == "tiny"
    size = 300_000 if tiny else round(1e6 * megabytes)
    measure = in_this_process if tiny else in_fresh_process
    everything: dict[str, dict[str, Figures]] = {}
    for source in (corpora or texts).split(","):
        for kind in only.split(",") if only else KINDS:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "tokenizer.json"
                bytes_read = _train(kind, source, size, 400 if tiny else 16_000, path)
                figures = {
                    name: measure(function, source, size, str(path))
                    for name, function in CONTENDERS.items()
                }
            name = f"{kind}, {Path(source).name}"
            everything[name] = figures
            _print(name, bytes_read, figures)
    if output:
        Path(output).write_text(json.dumps(everything, indent=2), encoding="utf-8")


def _print(name: str, size: int, figures: dict[str, Figures]) -> None:
    print(f"\n{name}: {size / 1e6:.2f} MB")
    ours = figures["lingraft"]
    for contender, found in figures.items():
        seconds = found["cpu_s"]
        if np.isnan(seconds):  # an engine that does not take this tokenizer
            continue
        ratio = seconds / max(1e-9, ours["cpu_s"])
        print(
            f"  {contender:<28} {seconds:8.3f} CPU s  {size / 1e6 / max(1e-9, seconds):7.1f} MB/s"
            f"  {ratio:6.2f} x ours  peak {found['peak_mb']:.0f} MB"
        )
    print(f"  ids compared with the tokenizer's: {ours['compared']:.0f} equal")


# --- text ---


def texts_of(source: str, size: int) -> list[str]:
    """At most so many bytes of texts: made-up ones, or those of a corpus."""
    found, used = [], 0
    for text in _source(source, size):
        used += len(text.encode())
        if used > size:
            break
        found.append(text)
    return found


def _source(source: str, size: int) -> Iterator[str]:
    if source in ("made-up", "unspaced"):
        return _made_up("" if source == "unspaced" else " ", min(40_000, size // 100))
    from lingraft.corpus.documents import read_documents

    documents = read_documents(Path(source) / "train.jsonl.zst")
    return (document.text for document in documents)


def _made_up(space: str, count: int) -> Iterator[str]:
    generator = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    words = ["".join(generator.choice(letters, generator.integers(2, 12))) for _ in range(count)]
    while True:
        ranks = np.minimum(generator.zipf(1.2, 20_000) - 1, len(words) - 1).reshape(-1, 20)
        for row in ranks:
            yield space.join([words[rank] for rank in row])


def _train(kind: str, source: str, size: int, vocabulary: int, path: Path) -> int:
    """Write a tokenizer for the texts; how many bytes of them there are."""
    from lingraft.config.tokenizers import Tokenizer as Settings
    from lingraft.tokenizers.training import train_tokenizer

    texts = texts_of(source, size)
    block = {"corpora": ["text"], "vocabulary_size": vocabulary, **KINDS[kind]}
    train_tokenizer(texts[:60_000], Settings.model_validate(block)).save(str(path))
    return sum(len(text.encode()) for text in texts)


def _fast(path: str) -> Any:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_file(path))


# --- contenders ---


def bare(source: str, size: int, path: str) -> Figures:
    """`encode_batch_fast`, which keeps nothing of what it gives."""
    texts, backend = texts_of(source, size), _fast(path).backend_tokenizer
    started = time.process_time()
    for begin in range(0, len(texts), _BATCH):
        backend.encode_batch_fast(texts[begin : begin + _BATCH], add_special_tokens=False)
    return {"cpu_s": time.process_time() - started}


def ours(source: str, size: int, path: str) -> Figures:
    """As the stage does it: the choice of an engine, its checks, and a token file."""
    from lingraft.corpus.token_files import Specials, write_tokens
    from lingraft.tokenizers.encoding import Encoder, encode_agreed

    texts, tokenizer = texts_of(source, size), _fast(path)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "train.ds"

        def write(encoder: Encoder) -> str:
            write_tokens(file, encoder.encode(texts), "uint16")
            return encoder.engine

        started = time.process_time()
        engine = encode_agreed(tokenizer, Specials(1 << 16, _SEPARATOR), write)
        seconds = time.process_time() - started
        found = np.fromfile(file, np.uint16)
    print(f"  engine: {engine}", flush=True)
    return {"cpu_s": seconds, "compared": _compare(found, texts, tokenizer.backend_tokenizer)}


def theirs(source: str, size: int, path: str) -> Figures:
    """`datasets.map` with the tokenizer, and run_mlm's rows of 512 tokens."""
    from datasets import Dataset, disable_progress_bars

    disable_progress_bars()
    texts, tokenizer = texts_of(source, size), _fast(path)
    with tempfile.TemporaryDirectory() as folder:
        started = time.process_time()
        rows = Dataset.from_dict({"text": texts})
        tokenized = rows.map(
            lambda batch: tokenizer(batch["text"], return_special_tokens_mask=True),
            batched=True, remove_columns=["text"], cache_file_name=f"{folder}/tokenized.arrow",
        )  # fmt: skip
        tokenized.map(_group, batched=True, cache_file_name=f"{folder}/grouped.arrow")
        return {"cpu_s": time.process_time() - started}


def _group(batch: dict[str, list[list[int]]]) -> dict[str, list[list[int]]]:
    """Concatenate a batch and cut it into rows, dropping the rest: what run_mlm does."""
    joined = {name: [value for row in rows for value in row] for name, rows in batch.items()}
    whole = len(joined["input_ids"]) // 512 * 512
    return {
        name: [values[begin : begin + 512] for begin in range(0, whole, 512)]
        for name, values in joined.items()
    }


def by_engine(source: str, size: int, path: str, name: str) -> Figures:
    """One engine by itself, without the choice and its checks; its start is counted."""
    from lingraft.tokenizers.engines.choosing import ENGINES
    from lingraft.tokenizers.engines.engine import Unsuited

    texts, backend = texts_of(source, size), _fast(path).backend_tokenizer
    backend.encode_special_tokens = True
    started = time.process_time()
    try:
        engine = next(kind for kind in ENGINES if kind.name == name)(backend)
        for begin in range(0, len(texts), _BATCH):
            engine.encode(texts[begin : begin + _BATCH])
    except Unsuited as error:
        print(f"  {name}: {error}", flush=True)
        return {"cpu_s": float("nan")}
    return {"cpu_s": time.process_time() - started}


def _compare(found: Any, texts: list[str], backend: Any) -> int:
    """How many ids there are; all of them are those of the tokenizer, or this ends."""
    position = 0
    iterator = iter([text for text in texts if text])
    while batch := list(islice(iterator, _BATCH)):
        for encoding in backend.encode_batch_fast(batch, add_special_tokens=False):
            end = position + len(encoding.ids)
            assert found[position:end].tolist() == encoding.ids
            assert found[end] == _SEPARATOR
            position = end + 1
    assert position == len(found)
    return position


CONTENDERS: dict[str, Callable[[str, int, str], Figures]] = {
    "lingraft": ours,
    "encode_batch_fast": bare,
    "datasets.map + group_texts": theirs,
    "engine gigatoken": partial(by_engine, name="gigatoken"),
    "engine words": partial(by_engine, name="words"),
}


if __name__ == "__main__":
    program.run(main)
