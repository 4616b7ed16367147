"""The section on vocabularies: what each one did to a model, at equal text and at equal work."""

from collections.abc import Iterator, Sequence

from lingraft.reporting.figures.vocabularies import vocabulary_figures
from lingraft.reporting.findings.vocabulary_arms import (
    REFERENCES,
    AtBudget,
    VocabularyArm,
    VocabularyComparison,
)
from lingraft.reporting.findings.wording import number
from lingraft.reporting.tables.vocabulary_arms import budget_words, vocabulary_table
from lingraft.reporting.writing.content import Section

_ABOUT = (
    "A step is not the same for two vocabularies: longer tokens are more text. So the learning "
    "curves are compared at the same bytes of text seen and at the same operations of training, "
    "interpolated linearly between evaluations. The rows without a model belong to each number: "
    "with fewer tokens for a byte even they need fewer bits."
)
_VERDICTS = {
    "better": "better",
    "worse": "worse",
    "unclear": "within the noise",
    "untested": "without an interval, so nothing is shown",
}


def vocabulary_section(found: Sequence[VocabularyComparison]) -> Section:
    """What the trainings with several vocabularies show; empty without any."""
    if not found:
        return Section("vocabulary", "Vocabulary", "Does the vocabulary pay?")
    bullets = [sentence for one in found for sentence in measured_sentences(one)]
    return Section(
        "vocabulary",
        "Vocabulary",
        "Does the vocabulary pay?",
        [_ABOUT, "`make advise` says what each vocabulary costs, with others that were not tried."],
        bullets=bullets,
        parts=[*vocabulary_figures(found), *(vocabulary_table(one) for one in found)],
    )


def measured_sentences(comparison: VocabularyComparison) -> Iterator[str]:
    """Yield a sentence for each arm and budget, with the rows that its bits are read beside."""
    first, *others = comparison.arms
    if not comparison.keeps:
        yield (
            f"No arm keeps the model's own vocabulary, so {first.name} is what the others are "
            "compared with."
        )
    if not comparison.budgets:
        yield (
            "There is no common budget: the encoded text and the source model are not among the "
            "results, so bytes and operations are not known."
        )
    for arm in others:
        for axis, at in arm.at.items():
            yield _sentence(arm, first, axis, at)


def _sentence(arm: VocabularyArm, kept: VocabularyArm, axis: str, at: AtBudget) -> str:
    base = kept.at[axis]
    said = f"{arm.name} after {budget_words(axis, at.budget)}: {number(at.value)} bits per byte"
    said += f"{_beside(arm)} against {number(base.value)} of {kept.name}{_beside(kept)}"
    if at.low is None or at.high is None:
        return f"{said}, {_VERDICTS[at.verdict]} ({at.evidence})."
    bounds = f"{number(at.low, True)} to {number(at.high, True)}"
    return (
        f"{said}; difference {number(at.difference or 0.0, True)}, interval {bounds} over "
        f"{at.evidence}: {_VERDICTS[at.verdict]}."
    )


def _beside(arm: VocabularyArm) -> str:
    known = [f"{n} {number(arm.references[n])}" for n in REFERENCES if n in arm.references]
    return f" ({', '.join(known)})" if known else " (no rows without a model)"
