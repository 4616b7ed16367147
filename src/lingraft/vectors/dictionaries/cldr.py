"""Names of symbols in the Unicode CLDR (npm cldr-annotations-full): one dictionary per locale pair.

`annotations/<locale>/annotations.json` gives each symbol a name ("tts"); where both locales name
a symbol with one word, the two words are a pair.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from lingraft.config.vectors import CldrAnnotations
from lingraft.errors import InputError
from lingraft.vectors.dictionaries.places import Places
from lingraft.vectors.pairs import WordPair


def read_cldr(settings: CldrAnnotations, places: Places) -> Iterator[WordPair]:
    """Read the symbols that both locales name."""
    folder = places.download(settings.source)
    sources = _names(folder, settings.source_locale)
    targets = _names(folder, settings.target_locale)
    for symbol, source in sources.items():
        if symbol in targets:
            yield WordPair(source, targets[symbol])


def _names(folder: Path, locale: str) -> dict[str, str]:
    found = sorted(folder.rglob(f"annotations/{locale}/annotations.json"))
    if not found:
        raise InputError(f"{folder} holds no CLDR annotations of locale {locale!r}")
    try:
        symbols = json.loads(found[0].read_text(encoding="utf-8"))["annotations"]["annotations"]
        return {symbol: names["tts"][0] for symbol, names in symbols.items() if names.get("tts")}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{found[0]} is no CLDR annotation file ({error!r})") from None
