"""Readers of text, one module each: a download's files become documents with shared ids.

To add a format of catalogs, write a module with a `read` function from the folder of files to
documents, and name it in `CATALOGS`; for a format of files, `find` them and `read` one, and name
the module in `FILES`. Bytes that are no UTF-8 reach the cleaning as lone surrogates
(`errors="surrogateescape"`), where they are counted.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from lingraft.config.corpora import CatalogInput, FilesInput, TextInput
from lingraft.corpus.documents import Document
from lingraft.corpus.formats import chromium, dataset, jsonl, libreoffice_help, mediawiki, text


class FileFormat(Protocol):
    """A module that reads files one by one, so that corpora can be cleaned in shards."""

    def find(self, folder: Path, settings: Any, /) -> list[Path]:
        """The files of an input, in the order in which they are read."""

    def read(self, path: Path, settings: Any, /) -> Iterator[Document | None]:
        """The documents of one file, with an id only where it gives one, and None for gaps."""


# format -> function from the folder of files and its settings to documents
CATALOGS: Mapping[str, Callable[[Path, Any], Iterator[Document]]] = {
    "chromium": chromium.read,
    "libreoffice-help": libreoffice_help.read,
    "mediawiki": mediawiki.read,
}
FILES: Mapping[str, FileFormat] = {"text": text, "jsonl": jsonl, "dataset": dataset}


def read_input(folder: Path, settings: TextInput) -> Iterator[Document]:
    """Read the documents of one input from the unpacked files of its source.

    Raises:
        InputError: the files lack what the settings ask for, or are damaged.
    """
    if isinstance(settings, CatalogInput):
        return CATALOGS[settings.format](folder, settings)
    form = FILES[settings.format]
    entries = (entry for path in form.find(folder, settings) for entry in form.read(path, settings))
    documents = (
        with_id(document, number, settings)
        for number, document in enumerate(entries)
        if document is not None
    )
    return _up_to(settings.maximum_bytes, islice(documents, settings.maximum))


def with_id(document: Document, number: int, settings: FilesInput) -> Document:
    """The document with its own id, or with `NAMESPACE/NUMBER`, counted through all files."""
    namespace = settings.namespace or settings.source
    return document if document.id else replace(document, id=f"{namespace}/{number}")


def _up_to(limit: int | None, documents: Iterator[Document]) -> Iterator[Document]:
    """Documents until they have `limit` bytes; the one that passes it is the last."""
    size = 0
    for document in documents:
        yield document
        if limit is not None:
            size += _bytes(document.text)
            if size >= limit:
                return


def _bytes(text: str) -> int:
    """Length in UTF-8; what was a byte that is not UTF-8 is one byte, a lone surrogate three."""
    try:
        return len(text.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return len(text.encode("utf-8", "surrogatepass"))
