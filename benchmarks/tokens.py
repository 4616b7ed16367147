"""Text to ids against what a user would run instead: `datasets.map`, and the bare tokenizer.

The ids of ours are compared with those of the tokenizer.

    python benchmarks/tokens.py [--only bpe,gpt2,unigram,wordpiece] [--texts made-up,unspaced]
                                [--corpora FOLDER,...] [--megabytes 4] [--engines true]
                                [--preset full|brief|tiny] [--output FILE] [--table FILE]

bpe:       byte-level BPE as lingraft trains it: NFC, and combining marks inside of words.
gpt2:      the same with GPT-2's expression.
unigram:   as XLM-R's; wordpiece: as BERT's. `brief` has bpe and unigram.

made-up:   sentences over a Zipfian vocabulary of 40,000 words, 20 words each; unspaced: the same
           without spaces, where nothing comes again (not for wordpiece).
--corpora: folders of corpora; their training texts are measured beside made-up ones.
--engines: each of our engines by itself, too, without the choice and its checks.
"""

import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from lingraft import program
from measuring import Bar, Comparison, Contender, Figures, peak_mb, timed
from rows import run_comparisons

KINDS: dict[str, dict[str, Any]] = {
    "bpe": {"algorithm": "bpe"},
    "gpt2": {"algorithm": "bpe", "expression": "gpt2"},
    "unigram": {"algorithm": "unigram"},
    "wordpiece": {"algorithm": "wordpiece"},
}
BRIEF = ("bpe", "unigram")
MEGABYTES = {"full": 4.0, "brief": 2.0, "tiny": 0.3}
BARS = {  # of the bare tokenizer, and of datasets.map
    "bpe": (Bar("cpu_s", 5), Bar("cpu_s", 10)),
    "gpt2": (Bar("cpu_s", 5), Bar("cpu_s", 10)),
    "unigram": (Bar("cpu_s", 2), None),
    "wordpiece": (None, None),
}
_SEPARATOR = 1
_BATCH = 1000  # texts


def main(
    only: str = "",
    texts: str = "made-up",
    corpora: str = "",
    megabytes: float = 0.0,
    engines: bool = False,
    preset: str = "full",
    output: str = "",
    table: str = "",
) -> None:
    """Run the comparisons and print their rows.

    Args:
        only: kinds of tokenizers, separated by commas; all by default.
        texts: kinds of made-up text, separated by commas.
        corpora: folders of corpora, separated by commas.
        megabytes: how much text there is at most; 4 by default, 2 in brief.
        engines: each engine by itself, too.
        preset: full, brief, or tiny, which only shows that every contender runs.
        output: file to write the figures to, as JSON.
        table: file to write the table to, as Markdown.
    """
    folders = [Path(folder) for folder in corpora.split(",") if folder]
    found = comparisons(preset, folders, texts.split(","), megabytes, engines)
    run_comparisons((("tokens", one) for one in found), preset, only, output, table)


def comparisons(
    preset: str,
    corpora: Sequence[Path] = (),
    texts: Sequence[str] = ("made-up",),
    megabytes: float = 0.0,
    engines: bool = False,
) -> Iterator[Comparison]:
    """Each text by each kind of tokenizer; a tokenizer is there while its comparison is."""
    program.go_offline()
    size = round(1e6 * (megabytes or MEGABYTES[preset]))
    vocabulary = 400 if preset == "tiny" else 16_000
    for source in [*texts, *map(str, corpora)]:
        for kind in BRIEF if preset == "brief" else KINDS:
            with tempfile.TemporaryDirectory() as folder:
                path = str(Path(folder) / "tokenizer.json")
                given = (source, size, path)
                bars = BARS[kind]
                theirs = [
                    Contender("`encode_batch_fast`", bare, given, "tokenizers",
                              bar=bars[0]),
                    Contender("`datasets.map` and run_mlm's rows", theirs_map, given, "datasets",
                              bar=bars[1]),
                ]  # fmt: skip
                for name in ("gigatoken", "pieces", "words") if engines or preset == "tiny" else ():
                    theirs.append(Contender(f"the engine {name} alone", by_engine, (*given, name)))
                yield Comparison(
                    kind,
                    f"text to ids: {kind}, {vocabulary:,} tokens, {Path(source).name} text",
                    Contender("lingraft", ours, given),
                    tuple(theirs),
                    prepare=_Training(kind, source, size, vocabulary, path),
                    shown=("text_mb",),
                )


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


@dataclass(frozen=True)
class _Training:
    """Writes a tokenizer for the texts."""

    kind: str
    source: str
    size: int
    vocabulary: int
    path: str

    def __call__(self) -> None:
        from lingraft.config.tokenizers import Tokenizer as Settings
        from lingraft.tokenizers.training import train_tokenizer

        texts = texts_of(self.source, self.size)
        block = {"corpora": ["text"], "vocabulary_size": self.vocabulary, **KINDS[self.kind]}
        tokenizer = train_tokenizer(texts[:60_000], Settings.model_validate(block))
        tokenizer.save(self.path)


def _fast(path: str) -> Any:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_file(path))


# --- contenders ---


def bare(source: str, size: int, path: str) -> Figures:
    """`encode_batch_fast`, which keeps nothing of what it gives."""
    texts, backend = texts_of(source, size), _fast(path).backend_tokenizer

    def work() -> None:
        for begin in range(0, len(texts), _BATCH):
            backend.encode_batch_fast(texts[begin : begin + _BATCH], add_special_tokens=False)

    return timed(work)


def ours(source: str, size: int, path: str) -> Figures:
    """As the stage does it: the choice of an engine, its checks, and a token file."""
    from lingraft.corpus.token_files import Specials, write_tokens
    from lingraft.tokenizers.encoding import Encoder, encode_agreed

    texts, tokenizer = texts_of(source, size), _fast(path)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "train.ds"

        engines = []

        def write(encoder: Encoder) -> None:
            write_tokens(file, encoder.encode(texts), "uint16")
            engines.append(encoder.engine)

        figures = timed(lambda: encode_agreed(tokenizer, Specials(1 << 16, _SEPARATOR), write))
        figures |= {"peak_mb": peak_mb(), "note": f"engine {engines[-1]}"}
        found = np.fromfile(file, np.uint16)
    figures["text_mb"] = sum(len(text.encode()) for text in texts) / 1e6
    return figures | {"compared": _compare(found, texts, tokenizer.backend_tokenizer)}


def theirs_map(source: str, size: int, path: str) -> Figures:
    """`datasets.map` with the tokenizer, and run_mlm's rows of 512 tokens."""
    from datasets import Dataset, disable_progress_bars

    disable_progress_bars()
    texts, tokenizer = texts_of(source, size), _fast(path)
    with tempfile.TemporaryDirectory() as folder:

        def work() -> None:
            rows = Dataset.from_dict({"text": texts})
            tokenized = rows.map(
                lambda batch: tokenizer(batch["text"], return_special_tokens_mask=True),
                batched=True, remove_columns=["text"], cache_file_name=f"{folder}/tokenized.arrow",
            )  # fmt: skip
            tokenized.map(_group, batched=True, cache_file_name=f"{folder}/grouped.arrow")

        return timed(work)


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

    def work() -> None:
        engine = next(kind for kind in ENGINES if kind.name == name)(backend)
        for begin in range(0, len(texts), _BATCH):
            engine.encode(texts[begin : begin + _BATCH])

    try:
        return timed(work)
    except Unsuited as error:
        return {"cpu_s": math.nan, "wall_s": math.nan, "note": str(error)}


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


if __name__ == "__main__":
    program.run(main)
