"""Any script in ASCII letters."""

import pytest

from lingraft.corpus.normalizers.romanize import Romanize

pytest.importorskip("anyascii", reason="pip install lingraft[normalizers]")


def test_letters_of_other_scripts_become_ascii_and_latin_stays() -> None:
    rules = Romanize(name="romanize").rules("rus_Cyrl")
    assert rules.normalize("Привет, café № 5 — мир!") == "Privet, café № 5 — mir!"
    assert rules.normalize("北京").isascii() and rules.normalize("हिन्दी").isascii()
    assert rules.invert("Privet") is None


@pytest.mark.parametrize(
    ("language", "text", "written"),
    [
        ("kat_Geor", "გამარჯობა მსოფლიო", "gamarjoba msoplio"),
        ("amh_Ethi", "ሰላም ለዓለም። ፩፪፫ 12", "selam le`alem. 123 12"),
        ("jpn_Jpan", "コーヒーを、Tokyoで", "kohio、Tokyode"),
        ("arb_Arab", "١٢٣ كتـاب،", "123 ktb،"),
        ("tha_Thai", "๑๒๓", "123"),
        ("urd_Arab", "می\u200cخواهم ۱۲۳", "mykhwhm 123"),
        ("hin_Deva", "क्\u200dष 🙂👨\u200d👩 \u0967", "ks 🙂👨\u200d👩 1"),
        ("rus_Cyrl", "", ""),
        ("rus_Cyrl", "\n \ufeff½ é", "\n \ufeff½ é"),
    ],
)
def test_scripts_outside_india(language: str, text: str, written: str) -> None:
    assert Romanize(name="romanize").rules(language).normalize(text) == written


def test_a_long_line_is_one_step() -> None:
    rules = Romanize(name="romanize").rules("jpn_Jpan")
    assert rules.normalize("ク" * 300_000 + "1" * 300_000) == "ku" * 300_000 + "1" * 300_000


def test_it_covers_what_is_not_latin() -> None:
    romanize = Romanize(name="romanize")
    assert romanize.covers("rus_Cyrl") and not romanize.covers("deu_Latn")
