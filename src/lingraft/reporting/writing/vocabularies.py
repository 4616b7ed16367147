"""The section on vocabularies: what each one did to a model, at equal text and at equal work."""

from collections.abc import Iterator, Sequence

from lingraft.reporting.figures.vocabularies import vocabulary_figures
from lingraft.reporting.findings.vocabulary_arms import (
    REFERENCES,
    AtBudget,
    VocabularyArm,
    VocabularyComparison,
)
from lingraft.reporting.findings.vocabulary_scores import VocabularyScores
from lingraft.reporting.findings.wording import measure_in_text, number
from lingraft.reporting.tables.vocabulary_arms import budget_words, score_table, vocabulary_table
from lingraft.reporting.writing.content import Section

_ABOUT = (
    "A step is not the same for two vocabularies: longer tokens are more text. So the learning "
    "curves are compared at the same bytes of text seen and at the same operations of training, "
    "interpolated linearly between evaluations. The rows without a model belong to each number: "
    "with fewer tokens for a byte even they need fewer bits."
)
_MORE = "The command make advise says what each vocabulary costs, with others that were not tried."
_TITLE = "Does the vocabulary pay?"
_VERDICTS = {
    "better": "better",
    "worse": "worse",
    "unclear": "within the noise",
    "untested": "nothing is shown",
}


def vocabulary_section(
    found: Sequence[VocabularyComparison], scores: Sequence[VocabularyScores] = ()
) -> Section:
    """What one model does with several vocabularies; empty if none has several.

    Args:
        found: its trainings at equal budgets.
        scores: its headline scores, for each model and text.
    """
    bullets = [sentence for one in found for sentence in measured_sentences(one)]
    bullets += [sentence for one in scores for sentence in score_sentences(one)]
    if not bullets:
        return Section("vocabulary", "Vocabulary", _TITLE)
    return Section(
        "vocabulary",
        "Vocabulary",
        _TITLE,
        [*([_ABOUT] if found else []), _MORE],
        bullets=bullets,
        parts=[
            *vocabulary_figures(found),
            *(vocabulary_table(one) for one in found),
            *(score_table(one) for one in scores),
        ],
        marked_against="the vocabulary that is kept",
    )


def measured_sentences(comparison: VocabularyComparison) -> Iterator[str]:
    """Yield a sentence for each arm and budget, with the rows that its bits are read beside."""
    first, *others = comparison.arms
    if not comparison.keeps:
        yield (
            f"No arm keeps the model's own vocabulary, so {first.name} is what the others are "
            "compared with."
        )
    if comparison.is_masked:
        yield (
            "Bits per byte of a masked model are a pseudo measure: it sees both sides of a token, "
            "and of a word in many tokens it sees the other parts. Between vocabularies they are "
            "a hint, and no result."
        )
    if not comparison.budgets:
        yield (
            "There is no common budget: the encoded text and the source model are not among the "
            "results, so bytes and operations are not known."
        )
    by_name = {arm.name: arm for arm in comparison.arms}
    for arm in others:
        for axis, at in arm.at.items() if arm.against else ():
            yield _sentence(arm, by_name[arm.against], axis, at)


def score_sentences(found: VocabularyScores) -> Iterator[str]:
    """Yield a sentence for each headline score of each arm with another vocabulary."""
    known = {(one.criterion, one.initialization): one for one in found.findings}
    for one in found.findings:
        base = known.get((one.criterion, found.against.get(one.initialization, "")))
        if base is None or one.mean is None:
            continue
        asked = f"{measure_in_text(one.criterion)} of {one.criterion.language}"
        said = f"{one.initialization}, {asked}: {number(one.mean)} against "
        said += f"{number(base.mean or 0.0)} of {base.initialization}"
        if one.low is None or one.high is None:
            yield f"{said} ({one.evidence or 'no interval'})."
            continue
        bounds = f"{number(one.low, True)} to {number(one.high, True)}"
        yield (
            f"{said}; difference {number(one.difference or 0.0, True)}, interval {bounds} over "
            f"{one.evidence}: {_VERDICTS.get(one.verdict, 'within the noise')}."
        )


def _sentence(arm: VocabularyArm, kept: VocabularyArm, axis: str, at: AtBudget) -> str:
    base = kept.at[axis]
    said = f"{arm.name} after {budget_words(axis, at.budget)}: {number(at.value)} bits per byte"
    said += f"{_beside(arm)} against {number(base.value)} of {kept.name}{_beside(kept)}"
    if at.low is None or at.high is None:
        return f"{said}: {_VERDICTS[at.verdict]}, because {at.evidence}."
    bounds = f"{number(at.low, True)} to {number(at.high, True)}"
    return (
        f"{said}; difference {number(at.difference or 0.0, True)}, interval {bounds} over "
        f"{at.evidence}: {_VERDICTS[at.verdict]}."
    )


def _beside(arm: VocabularyArm) -> str:
    known = [f"{n} {number(arm.references[n])}" for n in REFERENCES if n in arm.references]
    return f" ({', '.join(known)})" if known else " (no rows without a model)"
