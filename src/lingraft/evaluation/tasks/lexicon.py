"""Bilingual lexicon induction of an alignment.

Precision at k is taken from the alignment's own held-out folds, and, where a test dictionary is
given (MUSE's 5000-6500 files), from the final map. Code bases divide by different numbers, so both
conventions are scores: over the source words whose pair both vocabularies have ("covered", as MUSE
and VecMap) and over all source words of the dictionary ("all", as fastText's alignment).
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lingraft.evaluation.outcome import Outcome, Prediction, Score, binomial_error, unmeasured
from lingraft.evaluation.subject import AlignmentSubject
from lingraft.evaluation.task import Metric, Task, register

if TYPE_CHECKING:
    from lingraft.evaluation.measures.translations import TranslationRank

HELD_OUT = "held-out folds"
DICTIONARY = "test dictionary"


@register
class Lexicon(Task[AlignmentSubject]):
    """Bilingual lexicon induction with an alignment of static vectors."""

    name = "lexicon"
    about = "Translation of words through the vectors, once for each alignment."
    measures = AlignmentSubject
    reads = ("folder", "data")
    packages = ("scipy",)
    metrics = {
        "precision": Metric(),
        "coverage": Metric(),
    }

    cutoffs: tuple[int, ...] = (1, 5, 10)
    """The k of precision@k, 10 at most."""
    dictionary: str | None = None
    """Name in `--data` of a test dictionary (a pair of words a line), translated with the final
    map; without one, the alignment's own held-out folds are the only test."""

    def protocol(self) -> str:
        """Held-out folds of the alignment's dictionary, or a test dictionary besides."""
        return "lexicon/dictionary" if self.dictionary else "lexicon/folds"

    def evaluate(self, subject: AlignmentSubject) -> Outcome:
        """Precision@k by nearest neighbor and CSLS."""
        from lingraft.evaluation.measures import translations

        language = _language(subject)
        ranks = translations.read_held_out(subject.folder)
        records = [_record(rank, language, HELD_OUT) for rank in ranks]
        given = translations.count_given(subject.folder)
        scores = list(self._precisions(records, given, language, HELD_OUT))
        if self.dictionary:
            ranks, given = self._translate(subject, self.dictionary)
            found = [_record(rank, language, DICTIONARY) for rank in ranks]
            scores += self._precisions(found, given, language, DICTIONARY)
            records += found
        return Outcome(scores, records)

    def _translate(
        self, subject: AlignmentSubject, name: str
    ) -> tuple[list["TranslationRank"], int]:
        from lingraft.evaluation.data.word_lists import read_word_columns
        from lingraft.evaluation.measures.translations import translate
        from lingraft.vectors.alignment import Alignment

        gold: dict[str, set[str]] = {}
        for word, translation in read_word_columns(subject.file(name), 2):
            gold.setdefault(word, set()).add(translation)
        source, target = subject.vectors("source"), subject.vectors("target")
        return translate(gold, source, target, Alignment.load(subject.folder)), len(gold)

    def _precisions(
        self, records: Sequence[Prediction], given: int, language: str, setting: str
    ) -> Iterator[Score]:
        if not records:
            yield unmeasured(
                language, "precision@1", "no word of the dictionary is in both vocabularies",
                setting=setting,
            )  # fmt: skip
            return
        for how in ("nearest", "csls"):
            ranks = [record[f"{how}_rank"] for record in records]
            for k in self.cutoffs:
                hits = sum(0 < rank <= k for rank in ranks)
                for convention, n in (("covered", len(records)), ("all", max(given, len(records)))):
                    yield Score(
                        language,
                        f"precision@{k}",
                        hits / n,
                        n,
                        split="test",
                        setting=f"{setting}, {how}, {convention}",
                        standard_error=binomial_error(hits / n, n),
                    )
        coverage = len(records) / max(given, len(records))
        yield Score(language, "coverage", coverage, given, split="test", setting=setting)


def _language(subject: AlignmentSubject) -> str:
    """`eng_Latn-swh_Latn` where the vectors are given, else the name of the alignment."""
    if {"source", "target"} <= set(subject.data):
        sides = ("source", "target")
        return "-".join(subject.vectors(side).language or side for side in sides)
    return subject.folder.name


def _record(rank: "TranslationRank", language: str, setting: str) -> Prediction:
    return {
        "id": rank.word,
        "language": language,
        "setting": setting,
        "nearest_rank": rank.nearest,
        "csls_rank": rank.csls,
    }
