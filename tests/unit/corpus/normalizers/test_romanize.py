"""Any script in ASCII letters."""

import pytest

from lingraft.corpus.normalizers.romanize import Romanize

pytest.importorskip("anyascii", reason="pip install lingraft[normalizers]")


def test_letters_of_other_scripts_become_ascii_and_latin_stays() -> None:
    rules = Romanize(name="romanize").rules("rus_Cyrl")
    assert rules.normalize("Привет, café № 5 — мир!") == "Privet, café № 5 — mir!"
    assert rules.normalize("北京").isascii() and rules.normalize("हिन्दी").isascii()
    assert rules.invert("Privet") is None


def test_it_covers_what_is_not_latin() -> None:
    romanize = Romanize(name="romanize")
    assert romanize.covers("rus_Cyrl") and not romanize.covers("deu_Latn")
