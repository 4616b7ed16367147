"""The target corpus as tokens: counts for the head's bias, lines for token vectors.

Shapes: V tokens of a vocabulary.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lingraft.artifacts import CorpusFacts, fingerprint, open_given
from lingraft.artifacts.kept import kept_arrays
from lingraft.corpus.documents import Document, read_documents
from lingraft.errors import InputError
from lingraft.tokenizers.pretokens import batches
from lingraft.tokenizers.token_table import TokenTable

_COUNTED_CHARACTERS = 50_000_000  # frequencies are known well enough after these
_REVISION = 1  # of what is kept: raised where the same text gets other counts


def training_documents(corpora: Sequence[Path]) -> Iterator[Document]:
    """The training documents of corpus folders (or single .jsonl.zst files), in order.

    Raises:
        InputError: a folder is not a corpus, or is damaged.
    """
    for corpus in corpora:
        open_given(corpus, CorpusFacts)
        path = corpus / "train.jsonl.zst" if corpus.is_dir() else corpus
        if not path.is_file():
            raise InputError(f"{corpus} is not a corpus: {path.name} is missing")
        yield from read_documents(path)


def texts(corpora: Sequence[Path]) -> Iterator[str]:
    """The training texts of the corpora, one after the other.

    Raises:
        InputError: a folder is not a corpus, or is damaged.
    """
    return (document.text for document in training_documents(corpora))


def lines_of(path: Path) -> list[str]:
    """The lines of a text file that was given as evidence; line breaks alone end them.

    Raises:
        InputError: it does not exist, or is not UTF-8.
    """
    if not path.is_file():
        raise InputError(f"{path} does not exist, or is not a file")
    try:
        with path.open(encoding="utf-8") as stream:  # str.splitlines breaks at U+2028 too
            return [line.rstrip("\n") for line in stream]
    except UnicodeDecodeError:
        raise InputError(f"{path} is not valid UTF-8") from None


def encoded(table: TokenTable, corpora: Sequence[Path]) -> Iterator[list[int]]:
    """Ids of each text without special tokens, in batches through the tokenizer's own threads."""
    backend = table.tokenizer.backend_tokenizer
    for batch in batches(texts(corpora)):
        for encoding in backend.encode_batch_fast(batch, add_special_tokens=False):
            yield encoding.ids


def digests_of(corpora: Sequence[Path]) -> list[str] | None:
    """The digest of each corpus; None where a user's own file or folder has none.

    Raises:
        ArtifactError: a corpus is damaged.
    """
    artifacts = [open_given(corpus, CorpusFacts) for corpus in corpora]
    found = [artifact.digest for artifact in artifacts if artifact is not None]
    return found if len(found) == len(corpora) else None


def token_counts(
    table: TokenTable, corpora: Sequence[Path], kept: Path | None = None
) -> NDArray[np.int64]:
    """How often each token occurs in the corpora (V,), from the first 50 million characters.

    Args:
        table: of the tokenizer that cuts the text.
        corpora: corpus folders, or the user's own files.
        kept: folder for the counts, which all initializations of one vocabulary share; None keeps
            none.
    """
    digests = None if kept is None else digests_of(corpora)
    if kept is None or digests is None:
        return _counted(table, corpora)
    question = [_REVISION, table.tokenizer.backend_tokenizer.to_str(), digests]
    path = kept / f"tokens-{fingerprint(question)[:24]}.npz"
    counts_V: NDArray[np.int64] = kept_arrays(path, lambda: {"V": _counted(table, corpora)})["V"]
    return counts_V


def _counted(table: TokenTable, corpora: Sequence[Path]) -> NDArray[np.int64]:
    counts_V = np.zeros(len(table), np.int64)
    characters = 0
    for ids in encoded(table, corpora):
        # `counts_V[ids] += 1` would count an id once, however often the text has it.
        np.add.at(counts_V, ids, 1)
        characters += sum(len(table.tokens[index]) for index in ids)
        if characters >= _COUNTED_CHARACTERS:
            break
    return counts_V
