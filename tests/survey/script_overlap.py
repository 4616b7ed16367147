"""How many entries the vocabularies of two languages share, as they are written and normalized.

`python -m tests.survey.script_overlap [NORMALIZER]` prints a row for each language. The text is the
hundred lines of each of nine languages that wxconv comes with; the vocabularies are those of the
report's table (`lingraft.evaluation.measures.shared_entries`).
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from lingraft.corpus.normalizers import NORMALIZERS
from lingraft.evaluation.measures.shared_entries import entries_of_text, shared_share

LANGUAGES = (
    "hin_Deva", "guj_Gujr", "pan_Guru", "ben_Beng", "tel_Telu", "kan_Knda", "tam_Taml", "mal_Mlym",
    "urd_Arab",
)  # fmt: skip
_ENTRIES = 800


def read_lines(language: str, *, whole: bool = False) -> list[str]:
    """The lines of a language.

    Args:
        language: as in hin_Deva.
        whole: with the numbers that some of the lines begin with.
    """
    import wxconv

    path = Path(wxconv.__file__).parent / "tests" / "plain_text" / f"{language[:3]}.txt"
    lines = path.read_text("utf-8").splitlines()
    return lines if whole else [line.split("\t")[-1] for line in lines]


def written(language: str, name: str, lines: Sequence[str]) -> Sequence[str]:
    """Lines of a language by a normalizer, where it covers the language."""
    normalizer = NORMALIZERS[name](name=name)
    if not normalizer.covers(language):
        return lines
    rules = normalizer.rules(language)
    return [rules.normalize(line) for line in lines]


def main(name: str) -> None:
    """Print the table: a language, and its overlap with Hindi before and after."""
    texts = {language: read_lines(language) for language in LANGUAGES}
    anew = {language: written(language, name, lines) for language, lines in texts.items()}
    found = [
        {language: entries_of_text(lines, _ENTRIES) for language, lines in side.items()}
        for side in (texts, anew)
    ]
    for language in LANGUAGES[1:]:
        shares = [shared_share(side["hin_Deva"], side[language]) for side in found]
        sizes = [sum(len(line.encode()) for line in side[language]) for side in (texts, anew)]
        print(f"{language} {shares[0]:.3f} {shares[1]:.3f} bytes {sizes[0]} {sizes[1]}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "wx")
