"""MediaWiki's message catalogs: `i18n/LANGUAGE.json`, message key -> wikitext."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from lingraft.corpus.formats.text_input import Catalog
from lingraft.errors import InputError

if TYPE_CHECKING:
    from lingraft.corpus.documents import Document

_LARGEST_FILE = 16 << 20  # bytes


class MediawikiCatalog(Catalog):
    """Messages of MediaWiki and its extensions."""

    format: Literal["mediawiki"]

    kind_of_text: ClassVar[str | None] = "user interfaces"

    def documents(self, folder: Path) -> Iterator[Document]:
        """Yield the messages of the locale with ids `mediawiki/FOLDER/KEY`.

        Raises:
            InputError: there are no catalogs of this language, or one is damaged.
        """
        from lingraft.corpus.documents import Document
        from lingraft.corpus.reading.wikitext import is_code, plain_wikitext

        for path in self._find(folder):
            component = _component(path, folder)
            for key, value in _load(path).items():
                if not isinstance(value, str) or key.startswith("@") or is_code(value):
                    continue
                message = plain_wikitext(value)
                metadata = {"source": self.source, "gaps": message.has_gaps}
                yield Document(f"mediawiki/{component}{key}", message.text, metadata)

    def _find(self, folder: Path) -> list[Path]:
        catalogs = [path for path in sorted(folder.rglob("*.json")) if "i18n" in path.parts]
        found = [path for path in catalogs if path.stem == self.locale]
        if not found:
            raise InputError(
                f"source {self.source} has no i18n/{self.locale}.json; "
                f"it has catalogs of {len({path.stem for path in catalogs})} languages"
            )
        return found


def _load(path: Path) -> dict[str, object]:
    from lingraft.corpus.reading.files import read_whole

    text = read_whole(path, _LARGEST_FILE).decode("utf-8", "surrogateescape")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not valid JSON: {error}") from None
    return content if isinstance(content, dict) else {}


def _component(path: Path, folder: Path) -> str:
    """The part of MediaWiki that a catalog belongs to: empty, or a path with a slash at its end."""
    parts = path.parent.relative_to(folder).parts
    if "mediawiki" in parts:
        parts = parts[parts.index("mediawiki") + 1 :]
    kept = [part for part in parts if part not in ("i18n", "languages")]
    return "".join(f"{part}/" for part in kept)
