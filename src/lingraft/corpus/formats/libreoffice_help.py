"""LibreOffice's help: the same pages, with the same paragraph ids, in every language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from lingraft.corpus.formats.text_input import Catalog
from lingraft.errors import InputError

if TYPE_CHECKING:
    from lingraft.corpus.documents import Document

_LARGEST_PAGE = 16 << 20  # bytes


class LibreofficeHelp(Catalog):
    """Paragraphs of LibreOffice's help pages."""

    format: Literal["libreoffice-help"]

    kind_of_text: ClassVar[str | None] = "help pages"

    def documents(self, folder: Path) -> Iterator[Document]:
        """Yield the paragraphs of the help with ids `help/PAGE#PARAGRAPH`.

        `metadata` has the page as `group`, because the paragraphs of a page belong on one side of a
        split, and the application as `topic` (`swriter`, `scalc`, ..., `shared`).

        Raises:
            InputError: there is no help in this language.
        """
        from lingraft.corpus.documents import Document
        from lingraft.corpus.reading.files import read_whole
        from lingraft.corpus.reading.help_pages import read_page

        root = self._find(folder)
        for path in sorted(root.rglob("*.html")):
            page = path.relative_to(root.parent).with_suffix("").as_posix()
            topic = page.split("/")[1]
            metadata = {"source": self.source, "group": f"help/{page}", "topic": topic}
            markup = read_whole(path, _LARGEST_PAGE).decode("utf-8", "surrogateescape")
            for paragraph, text in read_page(markup):
                yield Document(f"help/{page}#{paragraph}", text, metadata)

    def _find(self, folder: Path) -> Path:
        folders = {
            path.parent.name: path
            for path in sorted(folder.rglob("text"))
            if path.is_dir() and path.parent.parent.name == "help"
        }
        if self.locale not in folders:
            found = ", ".join(folders) or "no help at all"
            raise InputError(f"source {self.source} has no help in {self.locale}; it has {found}")
        return folders[self.locale]
