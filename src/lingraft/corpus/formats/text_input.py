"""What every format of text has: settings, and methods that read the files of a download."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, StringConstraints

from lingraft.config.base import Block, Name
from lingraft.config.patterns import Pattern

if TYPE_CHECKING:
    from lingraft.corpus.documents import Document

_Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]+)*$")]
_Namespace = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")]


class TextInput(Block):
    """Text of a download in one format.

    Bytes that are not UTF-8 reach the cleaning as lone surrogates (`errors="surrogateescape"`),
    where they are counted.
    """

    source: Name
    """Name of the source that was downloaded."""

    if TYPE_CHECKING:
        format: str  # a field of each format, which names it

    # The kind of text, for the report's limitations, if the format always has the same kind.
    kind_of_text: ClassVar[str | None] = None

    @property
    def can_be_shared(self) -> bool:
        """Whether several jobs can read it, each some of its files (see `FilesInput`)."""
        return False

    def documents(self, folder: Path) -> Iterator[Document]:
        """Read the documents.

        Args:
            folder: the unpacked files of the source.

        Raises:
            InputError: the files lack what the settings ask for, or are damaged.
        """
        raise NotImplementedError


class Catalog(TextInput):
    """Translated messages of a program: the same id is the same message in every language."""

    format: str
    locale: _Locale
    """Language code as the package spells it, such as `zh-CN`, `sw` or `zh-hans`."""


class FilesInput(TextInput):
    """Text in files that are read one by one, so that several jobs can share a corpus."""

    files: Pattern | None = None
    """Shell pattern of the files to read, relative to the download. Unset: all files of the
    format."""

    namespace: _Namespace | None = None
    """First part of the ids of documents that have no id. Documents of two languages with the same
    namespace and number count as translations of each other. Unset: the name of the source."""

    maximum: int | None = Field(None, gt=0)
    """Read at most this many documents."""

    maximum_bytes: int | None = Field(None, gt=0)
    """Read documents until they have this many bytes of UTF-8."""

    # Ends of the names of files that are read without `files`.
    suffixes: ClassVar[Sequence[str]] = ()

    @property
    def can_be_shared(self) -> bool:
        """Whether all files are read, whole."""
        return self.maximum is None and self.maximum_bytes is None

    def find(self, folder: Path) -> list[Path]:
        """The files to read, in order.

        Raises:
            InputError: there are none.
        """
        from lingraft.corpus.reading.files import find_files

        return find_files(folder, self.files, self.suffixes, self.source)

    def read(self, path: Path) -> Iterator[Document | None]:
        """The documents of one file, with an id only if it gives one, and None for gaps.

        Raises:
            InputError: the file is damaged, or lacks what the settings ask for.
        """
        raise NotImplementedError

    def with_id(self, document: Document, number: int) -> Document:
        """The document with its own id, or with `NAMESPACE/NUMBER`, counted through all files."""
        namespace = self.namespace or self.source
        return document if document.id else replace(document, id=f"{namespace}/{number}")

    def documents(self, folder: Path) -> Iterator[Document]:
        """Read the documents of all files, up to the maximum."""
        entries = (entry for path in self.find(folder) for entry in self.read(path))
        documents = (
            self.with_id(document, number)
            # Gaps are counted, so that the same place in two languages has the same number.
            for number, document in enumerate(entries)
            if document is not None
        )
        return _up_to(self.maximum_bytes, islice(documents, self.maximum))


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
