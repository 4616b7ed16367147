"""How many tokens the vocabularies of two languages share, as they are written and normalized.

`python -m tests.survey.script_overlap [NORMALIZER]` prints a row for each language. The text is the
hundred lines of each of nine languages that wxconv comes with; the vocabularies are BPE of 800
entries over words, and tokens of one character do not count.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from lingraft.corpus.normalizers import NORMALIZERS

LANGUAGES = (
    "hin_Deva", "guj_Gujr", "pan_Guru", "ben_Beng", "tel_Telu", "kan_Knda", "tam_Taml", "mal_Mlym",
    "urd_Arab",
)  # fmt: skip
_ENTRIES = 800


def read_lines(language: str) -> list[str]:
    """The lines of a language, without the numbers that some of them begin with."""
    import wxconv

    path = Path(wxconv.__file__).parent / "tests" / "plain_text" / f"{language[:3]}.txt"
    return [line.split("\t")[-1] for line in path.read_text("utf-8").splitlines()]


def vocabulary(texts: Sequence[str]) -> set[str]:
    """The tokens of several characters of a vocabulary of these texts."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(vocab_size=_ENTRIES, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return {token for token in tokenizer.get_vocab() if len(token) > 1}


def overlap(one: set[str], other: set[str]) -> float:
    """The Jaccard index of two vocabularies."""
    return len(one & other) / len(one | other)


def written(language: str, name: str) -> list[str]:
    """The lines of a language by a normalizer, where it covers the language."""
    normalizer, lines = NORMALIZERS[name](name=name), read_lines(language)
    if not normalizer.covers(language):
        return lines
    rules = normalizer.rules(language)
    return [rules.normalize(line) for line in lines]


def main(name: str) -> None:
    """Print the table: a language, and its overlap with Hindi before and after."""
    before = {language: vocabulary(read_lines(language)) for language in LANGUAGES}
    after = {language: vocabulary(written(language, name)) for language in LANGUAGES}
    for language in LANGUAGES[1:]:
        shares = [overlap(side["hin_Deva"], side[language]) for side in (before, after)]
        sizes = [
            sum(len(line.encode()) for line in lines)
            for lines in (read_lines(language), written(language, name))
        ]
        print(f"{language} {shares[0]:.3f} {shares[1]:.3f} bytes {sizes[0]} {sizes[1]}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "wx")
