"""Readers of text, one file each: a download's files become documents with shared ids.

To add a format, write a module with a `read` function and name it in `READERS`. Bytes that are no
UTF-8 reach the cleaning as lone surrogates (`errors="surrogateescape"`), where they are counted.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from lingraft.config.corpora import CatalogInput, TextInput
from lingraft.corpus.documents import Document
from lingraft.corpus.formats import chromium, dataset, jsonl, libreoffice_help, mediawiki, text

# format -> function from the folder of files and its settings to documents
READERS: dict[str, Callable[[Path, Any], Iterator[Document]]] = {
    "chromium": chromium.read,
    "libreoffice-help": libreoffice_help.read,
    "mediawiki": mediawiki.read,
    "text": text.read,
    "jsonl": jsonl.read,
    "dataset": dataset.read,
}


def read_input(files: Path, settings: TextInput) -> Iterator[Document]:
    """Read the documents of one input from the unpacked files of its source.

    Raises:
        InputError: the files lack what the settings ask for, or are damaged.
    """
    documents = READERS[settings.format](files, settings)
    if isinstance(settings, CatalogInput):
        return documents
    return _up_to(settings.maximum_bytes, islice(documents, settings.maximum))


def _up_to(limit: int | None, documents: Iterator[Document]) -> Iterator[Document]:
    """Documents until they have `limit` bytes; the one that passes it is the last."""
    size = 0
    for document in documents:
        yield document
        size += len(document.text.encode("utf-8", "surrogateescape"))
        if limit is not None and size >= limit:
            return
