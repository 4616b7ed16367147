"""Chromium's message catalogs: one resource pack for each locale."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from lingraft.corpus.formats.text_input import Catalog
from lingraft.errors import InputError

if TYPE_CHECKING:
    from lingraft.corpus.documents import Document

# gzip and Chromium's brotli: web pages, not messages.
_COMPRESSED = (b"\x1f\x8b", b"\x1e\x9b")


class ChromiumCatalog(Catalog):
    """Messages of Chromium, from the resource packs (.pak) of one build."""

    format: Literal["chromium"]

    kind_of_text: ClassVar[str | None] = "user interfaces"

    def documents(self, folder: Path) -> Iterator[Document]:
        """Yield the messages of the locale with ids `chromium/NUMBER`.

        Raises:
            InputError: there are no packs, none of this locale, or it is damaged.
        """
        from lingraft.corpus.documents import Document
        from lingraft.corpus.reading.messages import plain_message
        from lingraft.corpus.reading.resource_packs import read_pack

        for number, content in sorted(read_pack(self._find(folder)).items()):
            if content.startswith(_COMPRESSED):
                continue
            message = plain_message(content.decode("utf-8", "surrogateescape"))
            metadata = {"source": self.source, "gaps": message.has_gaps}
            yield Document(f"chromium/{number}", message.text, metadata)

    def _find(self, folder: Path) -> Path:
        # The packs of grammatical genders (sw_FEMININE.pak) are empty stubs.
        packs = {p.stem: p for p in sorted(folder.rglob("*.pak")) if "_" not in p.stem}
        if not packs:
            raise InputError(
                f"source {self.source} has no .pak files; Ubuntu's chromium-l10n is empty: use "
                "Debian's package, or another source"
            )
        if self.locale not in packs:
            hint = "en-US is in chromium-common; en-GB is here. " if self.locale == "en-US" else ""
            raise InputError(
                f"source {self.source} has no locale {self.locale}. {hint}It has {', '.join(packs)}"
            )
        return packs[self.locale]
