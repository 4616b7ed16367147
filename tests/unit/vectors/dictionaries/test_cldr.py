import json
from pathlib import Path

import pytest

from lingraft.errors import InputError
from lingraft.vectors.dictionaries.cldr import CldrAnnotations

SETTINGS = CldrAnnotations(
    format="cldr-annotations", source="d", source_locale="en", target_locale="sw"
)


def write(folder: Path, locale: str, names: dict[str, str]) -> None:
    symbols = {symbol: {"default": ["x"], "tts": [name]} for symbol, name in names.items()}
    symbols["🫥"] = {"default": ["without name"]}  # type: ignore[dict-item]
    path = folder / "files" / "package" / "annotations" / locale / "annotations.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"annotations": {"annotations": symbols}}))


def test_symbols_that_both_locales_name(tmp_path: Path, places) -> None:
    write(tmp_path, "en", {"🐈": "cat", "🐕": "dog", "🌍": "globe"})
    write(tmp_path, "sw", {"🐈": "paka", "🐕": "mbwa", "☂": "mwavuli"})
    found = [(p.source, p.target) for p in SETTINGS.read(places("a", "b"))]
    assert found == [("cat", "paka"), ("dog", "mbwa")]


def test_missing_locale_and_foreign_file_are_named(tmp_path: Path, places) -> None:
    write(tmp_path, "en", {"🐈": "cat"})
    with pytest.raises(InputError, match="no CLDR annotations of locale 'sw'"):
        list(SETTINGS.read(places("a", "b")))
    write(tmp_path, "sw", {})
    path = tmp_path / "files" / "package" / "annotations" / "sw" / "annotations.json"
    path.write_text("[]")
    with pytest.raises(InputError, match="is not a CLDR annotation file"):
        list(SETTINGS.read(places("a", "b")))
