"""Names of symbols in the Unicode CLDR (npm cldr-annotations-full): one dictionary per locale pair.

`annotations/<locale>/annotations.json` gives each symbol a name ("tts"); where both locales name
a symbol with one word, the two words are a pair.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from lingraft.errors import InputError
from lingraft.vectors.dictionaries.dictionary import DictionaryInputs, DownloadedDictionary
from lingraft.vectors.word_pairs import WordPair


class CldrAnnotations(DownloadedDictionary):
    """One-word names of symbols and emoji that are in both locales of the Unicode CLDR.

    The download is the npm package cldr-annotations-full.
    """

    format: Literal["cldr-annotations"]
    source_locale: str
    """CLDR locale of the source language, e.g. en."""
    target_locale: str
    """CLDR locale of the target language, e.g. sw."""

    def read(self, inputs: DictionaryInputs) -> Iterator[WordPair]:
        """Yield the names of symbols that both locales name.

        Raises:
            InputError: the download has no annotations of a locale, or they are damaged.
        """
        folder = inputs.download(self.source)
        sources = read_annotations(folder, self.source_locale)
        targets = read_annotations(folder, self.target_locale)
        for symbol, (source, _) in sources.items():
            if symbol in targets:
                yield WordPair(source, targets[symbol][0])


def read_annotations(folder: Path, locale: str) -> dict[str, tuple[str, list[str]]]:
    """Symbol -> its name and its keywords, of the symbols that have a name.

    Raises:
        InputError: the folder has no annotations of the locale, or they are damaged.
    """
    found = sorted(folder.rglob(f"annotations/{locale}/annotations.json"))
    if not found:
        raise InputError(f"{folder} has no CLDR annotations of locale {locale!r}")
    try:
        symbols = json.loads(found[0].read_text(encoding="utf-8"))["annotations"]["annotations"]
        return {
            symbol: (names["tts"][0], list(names.get("default", ())))
            for symbol, names in symbols.items()
            if names.get("tts")
        }
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{found[0]} is not a CLDR annotation file ({error!r})") from None
