"""WEAT: which groups of words lie nearer to which attributes, as a measure of bias."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import Field

from lingraft.config.base import Block, Language
from lingraft.evaluation.outcome import Outcome, Score, joined, not_measured
from lingraft.evaluation.task import Metric, register
from lingraft.evaluation.word_subjects import VectorsSubject
from lingraft.evaluation.words.word_task import WordTask

if TYPE_CHECKING:
    from lingraft.vectors.vectorset import VectorSet

Groups = tuple[tuple[str, ...], tuple[str, ...]]


class WordGroups(Block):
    """The word lists of one association test."""

    language: Language
    """Language of the words."""
    targets: Groups
    """Two groups of target words, such as flowers and insects."""
    attributes: Groups
    """Two groups of attribute words, such as pleasant and unpleasant ones."""


@register
class WordAssociations(WordTask):
    """The word embedding association test (WEAT, Caliskan et al. 2017)."""

    name = "word_associations"
    about = "WEAT: associations of word groups in the vectors, with effect size and p-value."
    title = "WEAT"
    reads = ("folder",)
    main_metric = "effect_size"
    is_diagnostic = True
    metrics = {
        "effect_size": Metric("none", about="-2 to 2; 0: no association"),
        "p_value": Metric("none", about="share of partitions with at least this association"),
        "coverage": Metric(about="share of the listed words that are known"),
    }

    tests: dict[str, WordGroups] = Field(min_length=1)
    """The tests, by names of your own."""

    def protocol(self) -> str:
        """One-sided permutation test over groups of the same sizes."""
        return "word_associations/weat"

    def can_measure(self, language: str | None, datasets: Mapping[str, Any]) -> bool:
        """Whether a test is in this language."""
        return language is None or language in {test.language for test in self.tests.values()}

    def evaluate(self, subject: VectorsSubject) -> Outcome:
        """Effect size and p-value of every test in the language of the vectors."""
        vectors = subject.vectors(self.words)
        own = {name: test for name, test in self.tests.items() if test.language == vectors.language}
        if not own:
            language = vectors.language or subject.folder.name
            return not_measured(language, self.main_metric, f"no test is in {language}")
        return joined(_associate(vectors, test, name) for name, test in own.items())


def _associate(vectors: "VectorSet", test: WordGroups, name: str) -> Outcome:
    from lingraft.evaluation.words.association import weat
    from lingraft.evaluation.words.lookup import Lookup

    lookup = Lookup(vectors)
    groups = [*test.targets, *test.attributes]
    rows = [[row for word in group if (row := lookup.row(word)) is not None] for group in groups]
    if min(map(len, rows)) < 2:
        reason = "fewer than two words of a group are known"
        return not_measured(test.language, "effect_size", reason, setting=name)
    first, second, one, other = (vectors.vectors_WE[part].astype(float) for part in rows)
    found = weat(first, second, one, other)
    known, listed = sum(map(len, rows)), sum(map(len, groups))
    return Outcome(list(_scores(test.language, name, found, known, listed)))


def _scores(language: str, name: str, found: Any, known: int, listed: int) -> Iterator[Score]:
    for metric, value in (("effect_size", found.effect), ("p_value", found.p)):
        note = "" if metric == "effect_size" or found.is_exact else "of drawn partitions"
        yield Score(language, metric, value, known, "none", split="test", setting=name, note=note)
    yield Score(language, "coverage", known / listed, listed, split="test", setting=name)
