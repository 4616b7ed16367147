"""Static vectors with fastText: of the words of a corpus, or of a tokenizer's tokens (FOCUS).

fastText is deterministic at one thread; with more, each run gives slightly different vectors.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from lingraft.errors import InputError
from lingraft.vectors.segmentation import segmented
from lingraft.vectors.vectorset import VectorSet

_BATCH = 1000  # texts that a tokenizer encodes at once


@dataclass(frozen=True)
class TokenVectors:
    """Options of token-level vectors; defaults are those of FOCUS (Dobler & de Melo, 2023)."""

    model: Literal["skipgram", "cbow"] = "cbow"
    dimension: int = 100
    epochs: int = 3
    negatives: int = 10
    minimum_count: int = 10
    shortest_ngram: int = 3
    longest_ngram: int = 6
    buckets: int = 2_000_000


def train_word_vectors(
    texts: Iterable[str],
    language: str,
    options: Mapping[str, Any],
    *,
    lowercase: bool = False,
    threads: int = 1,
) -> VectorSet:
    """Train word vectors on texts segmented by `split_words`.

    Args:
        texts: documents; each line of a document is a context of its own.
        language: as in swh_Latn; decides the segmentation.
        options: arguments of `fasttext.train_unsupervised`, by its names.
        lowercase: fold the text to lower case first.
        threads: with more than one the result is not reproducible.

    Raises:
        InputError: there is no text, no word is frequent enough, or training diverged.
    """
    lines = (" ".join(words) for words in segmented(texts, language, lowercase))
    model = _train(lines, options, threads)
    found = VectorSet.of_model(model, language=language)
    return replace(found, lowercase=lowercase, facts={"trainer": "fasttext", "unit": "word"})


def train_token_vectors(
    texts: Iterable[str], tokenizer: Any, options: TokenVectors | None = None, threads: int = 1
) -> VectorSet:
    """Train vectors of tokens: each token of the tokenized text is a word to fastText.

    The words of the result are token strings as `tokenizer.convert_ids_to_tokens` gives them.

    Args:
        texts: text in the language of the tokenizer.
        tokenizer: a (fast) Hugging Face tokenizer.
        options: defaults are FOCUS's.
        threads: with more than one the result is not reproducible.

    Raises:
        InputError: there is no text, no token is frequent enough, or training diverged.
    """
    options = options or TokenVectors()
    arguments = {
        "model": options.model,
        "dim": options.dimension,
        "epoch": options.epochs,
        "neg": options.negatives,
        "minCount": options.minimum_count,
        "minn": options.shortest_ngram if options.longest_ngram else 0,
        "maxn": options.longest_ngram,
        "bucket": options.buckets,
    }
    model = _train(_tokenized(texts, tokenizer), arguments, threads)
    found = VectorSet.of_model(model)
    facts = {"trainer": "fasttext", "unit": "token", "settings": asdict(options)}
    return replace(found.with_sentence_end(), facts=facts)


def _tokenized(texts: Iterable[str], tokenizer: Any) -> Iterator[str]:
    lines = (line for text in texts for line in text.split("\n") if line.strip())
    while batch := list(islice(lines, _BATCH)):
        for ids in tokenizer(batch, add_special_tokens=False)["input_ids"]:
            tokens = tokenizer.convert_ids_to_tokens(ids)
            # An added token may hold a space; fastText would take it for several words.
            yield " ".join(token for token in tokens if not any(map(str.isspace, token)))


def _train(lines: Iterable[str], options: Mapping[str, Any], threads: int) -> Any:
    import fasttext

    with tempfile.TemporaryDirectory(prefix="lingraft-vectors-") as folder:
        # fastText trains on a file only, not on texts in memory.
        path = Path(folder) / "text.txt"
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(f"{line}\n" for line in lines if line)
        if path.stat().st_size == 0:
            raise InputError("there is no text to train vectors on: the corpus has no words")
        try:
            return fasttext.train_unsupervised(str(path), thread=threads, verbose=0, **options)
        except (RuntimeError, ValueError) as error:
            raise InputError(_explain(str(error), options)) from None


def _explain(message: str, options: Mapping[str, Any]) -> str:
    if "Empty vocabulary" in message:
        return (
            f"no word occurs minimum_count = {options['minCount']} times; "
            "lower minimum_count or give the vectors more text"
        )
    if "NaN" in message:
        return "fastText diverged; lower learning_rate or dimension"
    return f"fastText failed: {message}"
