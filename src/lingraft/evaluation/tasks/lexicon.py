"""Bilingual lexicon induction of an alignment.

Precision at k is taken from the alignment's own held-out folds, and, where there is a test
dictionary (MUSE's 5000-6500 files), from the final map. Words of the test dictionary that the map
was fitted on are counted too, as the papers' evaluators do, and a note says how many they are. Code
bases divide by different numbers, so both conventions are scores: over the source words whose pair
both vocabularies have ("covered", as MUSE and VecMap) and over all source words of the dictionary
("all", as fastText's alignment).
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lingraft.config.base import Name
from lingraft.corpus.records import field_of, read_records, stems_of_records
from lingraft.evaluation.outcome import (
    Outcome,
    Prediction,
    Score,
    binomial_error,
    joined,
    not_measured,
    unmeasured,
)
from lingraft.evaluation.task import SHARE, UNNAMED, Metric, Task, register
from lingraft.evaluation.word_subjects import SIDES, AlignmentSubject

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
    reads = ("folder", "vectors", "data")
    dataset = "dictionary"
    packages = ("scipy",)
    metrics = {
        "precision": Metric(limits=SHARE),
        "coverage": Metric(),
    }

    cutoffs: tuple[int, ...] = (1, 5, 10)
    """The k of precision@k, 10 at most."""
    data: Name | None = None
    """Test dictionaries, by their name in `datasets`, translated with the final map; without them,
    the alignment's own held-out folds are the only test."""

    def protocol(self) -> str:
        """Held-out folds of the alignment's dictionary, or a test dictionary besides."""
        return "lexicon/dictionary" if self.data else "lexicon/folds"

    def evaluate(self, subject: AlignmentSubject) -> Outcome:
        """Precision@k by nearest neighbor and CSLS."""
        from lingraft.evaluation.measures import translations

        language = _language(subject)
        ranks = translations.read_held_out(subject.folder)
        records = [_record(rank, language, HELD_OUT) for rank in ranks]
        given = translations.count_given(subject.folder)
        scores = list(self._precisions(records, given, language, HELD_OUT))
        own = Outcome(scores, records)
        return own if self.data is None else joined([own, self._test(subject, language, self.data)])

    def _test(self, subject: AlignmentSubject, language: str, name: str) -> Outcome:
        """The same of the test dictionary from this language into that one."""
        from lingraft.evaluation.measures.translations import known_words, translate
        from lingraft.vectors.alignment import Alignment
        from lingraft.vectors.induction import CommonSpace

        source, target = subject.vectors("source"), subject.vectors("target")
        folder = subject.dataset(name).get(language)
        if folder is None:
            reason = f"{name} has no dictionary of {language}"
            return not_measured(language, "precision@1", reason, setting=DICTIONARY)
        # The mean similarities of CSLS, which all lists share, cost more than the words of one.
        space = CommonSpace(source, target, Alignment.load(subject.folder))
        outcomes = []
        for stem in stems_of_records(folder):
            setting = DICTIONARY if stem == UNNAMED else f"{DICTIONARY} {stem}"
            gold: dict[str, set[str]] = {}
            for row in read_records(folder, stem):
                word = field_of(row, "first", folder, stem)
                gold.setdefault(word, set()).add(field_of(row, "second", folder, stem))
            ranks = translate(gold, source, target, space)
            records = [_record(rank, language, setting) for rank in ranks]
            scores = list(self._precisions(records, len(gold), language, setting))
            known = len(known_words(gold, source, target, subject.folder))
            note = (
                f"{language}, {setting}: translations of {known} of the {len(gold)} words were "
                "used to make the alignment or its vectors; they are counted as the others are"
            )
            outcomes.append(Outcome(scores, records, [note] if known else []))
        return joined(outcomes)

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
    if set(SIDES) <= set(subject.data):
        return "-".join(subject.vectors(side).language or side for side in SIDES)
    return subject.folder.name


def _record(rank: "TranslationRank", language: str, setting: str) -> Prediction:
    return {
        "id": rank.word,
        "language": language,
        "setting": setting,
        "nearest_rank": rank.nearest,
        "csls_rank": rank.csls,
    }
