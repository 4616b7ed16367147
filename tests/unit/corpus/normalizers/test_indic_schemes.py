"""IAST, ISO 15919 and ITRANS by indic-transliteration."""

import pytest

from lingraft.corpus.normalizers import NORMALIZERS

pytest.importorskip("indic_transliteration", reason="pip install lingraft[normalizers]")


@pytest.mark.parametrize(
    "name, written", [("iast", "hindī"), ("iso", "hindī"), ("itrans", "hindI")]
)
def test_words_come_back_and_the_rest_stays(name: str, written: str) -> None:
    rules = NORMALIZERS[name](name=name).rules("hin_Deva")
    text = "हिन्दी में Hello 2010 — ठीक है।"
    found = rules.normalize(text)
    assert found.startswith(written)
    assert "_Hello_ 2010 — " in found and found.endswith("।")
    assert rules.invert(found) == text


def test_other_scripts_stay() -> None:
    rules = NORMALIZERS["iso"](name="iso").rules("guj_Gujr")
    assert rules.normalize("ગુજરાતી हिन्दी") == "gujarātī हिन्दी"
    assert rules.normalize("") == ""
    joined = NORMALIZERS["iso"](name="iso").rules("hin_Deva")
    assert joined.normalize("क्\u200dष") == "k\u200dṣa"
    assert joined.invert("k\u200dṣa") == "क्\u200dष"


def test_latin_words_can_be_kept() -> None:
    kept = NORMALIZERS["iso"](name="iso", latin="kept").rules("hin_Deva")
    assert kept.normalize("हिन्दी Hello") == "hindī Hello"
