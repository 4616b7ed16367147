"""In which scripts the letters of a text are, beside the script that its language's code says.

A vocabulary, words and a normalizer all follow the code of the language, so text in another script
is most often the wrong text, or has the wrong code.
"""

from collections import Counter
from collections.abc import Mapping

import regex

# Codes of ISO 15924 for which Unicode has no script: several scripts in one text, or a form of one.
_SEVERAL = {
    "Hans": ("Han",), "Hant": ("Han",), "Hanb": ("Han", "Bopomofo"),
    "Jpan": ("Han", "Hiragana", "Katakana"), "Kore": ("Hangul", "Han"), "Jamo": ("Hangul",),
    "Aran": ("Arabic",), "Cyrs": ("Cyrillic",), "Geok": ("Georgian",), "Latf": ("Latin",),
    "Latg": ("Latin",), "Syre": ("Syriac",), "Syrj": ("Syriac",), "Syrn": ("Syriac",),
}  # fmt: skip
_NAMED = (
    "Latn", "Cyrl", "Arab", "Hani", "Hira", "Kana", "Hang", "Deva", "Beng", "Guru", "Gujr", "Orya",
    "Taml", "Telu", "Knda", "Mlym", "Sinh", "Thai", "Laoo", "Khmr", "Mymr", "Tibt", "Grek", "Hebr",
    "Armn", "Geor", "Ethi", "Cans", "Cher", "Mong", "Nkoo", "Olck", "Syrc", "Tfng", "Thaa",
)  # fmt: skip
# Several scripts have these in common: the long sound of Japanese, the tatweel of Arabic.
_LETTER = r"\p{L}--\p{Common}--\p{Inherited}"
_UNKNOWN = ("Zyyy", "Zinh", "Zzzz")  # Unicode has these, but they are the script of no text
_LARGELY = 0.5  # of the letters
OTHER = "other"  # scripts that have no name here


def characters_of(code: str) -> str | None:
    """The characters of all scripts that a code of ISO 15924 means, as a set of `regex.V1`; None
    where Unicode has no script for the code."""
    scripts = "".join(rf"\p{{Script={name}}}" for name in _SEVERAL.get(code, (code,)))
    try:
        regex.compile(f"[{scripts}]", regex.V1)
    except regex.error:
        return None
    return f"[{scripts}]"


class LetterCounts:
    """How often each character occurs in texts, to say in which scripts the letters are."""

    def __init__(self) -> None:
        """Begin with no text."""
        self._counts: Counter[str] = Counter()

    def add(self, text: str) -> None:
        """Count a text as people write it."""
        self._counts.update(text)

    def shares(self, language: str) -> dict[str, float]:
        """The share of all letters that each script has, the most frequent first.

        Args:
            language: as hin_Deva; the scripts that its code means are one, with the code as name.

        Returns:
            Code of ISO 15924 -> share; nothing where there are no letters, or where Unicode has no
            script for the code.
        """
        code = language.rpartition("_")[2]
        if code in _UNKNOWN or characters_of(code) is None:
            return {}
        kinds = {
            name: regex.compile(f"[{characters_of(name)}&&[{_LETTER}]]", regex.V1)
            for name in dict.fromkeys((code, *_NAMED))
        }
        kinds[OTHER] = regex.compile(f"[{_LETTER}]", regex.V1)
        found: Counter[str] = Counter()
        for character, count in self._counts.items():
            name = next((n for n, pattern in kinds.items() if pattern.match(character)), None)
            if name is not None:
                found[name] += count
        return {name: round(count / found.total(), 4) for name, count in found.most_common()}


def script_warning(corpus: str, language: str, shares: Mapping[str, float]) -> str | None:
    """A sentence where most letters of a corpus are of other scripts than its language says.

    Args:
        corpus: its name in the configuration.
        language: of the corpus, as hin_Deva.
        shares: of its letters, as `LetterCounts.shares` gives them.
    """
    tongue, _, code = language.rpartition("_")
    others = {name: share for name, share in shares.items() if name != code}
    foreign = sum(others.values())
    if foreign <= _LARGELY:
        return None
    most = max(others, key=lambda name: others[name])
    told = "scripts without a name here" if most == OTHER else most
    repair = "" if most == OTHER else f", or language: {tongue}_{most} if the code is wrong"
    return (
        f"corpora.{corpus}: {foreign:.0%} of the letters are not of the script {code} that "
        f"{language} says ({others[most]:.0%} are {told}); give it other text{repair}"
    )
