"""Bits per byte beside what a vocabulary costs without a model, and beside the source model.

A vocabulary with long tokens needs few bits per byte whatever the model knows, so a model above the
uniform, unigram or bigram distribution of its own vocabulary gets a warning.
"""

from collections.abc import Iterator, Mapping, Sequence

from lingraft.evaluation.outcome import TOO_FEW_BITS
from lingraft.evaluation.tasks.language_model import BITS_PER_BYTE, ELSEWHERE
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.findings.finding import ALL, Finding, TrivialScore
from lingraft.reporting.findings.wording import number, short_step

_WEAKEST_FIRST = {
    "uniform": "the uniform distribution of its vocabulary",
    "unigram": "its unigrams",
    "bigram": "its bigrams",
}


def above_references(
    findings: Sequence[Finding], trivial: Mapping[TrivialScore, float]
) -> Iterator[str]:
    """Yield a sentence for each run, language and step with models above such a distribution.

    Args:
        findings: scores of models.
        trivial: scores of systems that are not models.
    """
    above: dict[tuple[str, str, str], dict[str, list[str]]] = {}
    for finding in findings:
        criterion = finding.criterion
        if criterion.metric != BITS_PER_BYTE or finding.mean is None:
            continue
        for system, title in _WEAKEST_FIRST.items():
            level = trivial.get(TrivialScore.of(criterion, system))
            if level is not None and finding.mean > level:
                place = criterion.run, criterion.language, criterion.step
                name = f"{title} ({number(level)})"
                above.setdefault(place, {}).setdefault(name, []).append(finding.initialization)
                break
    for (run, language, step), found in above.items():
        said = "; ".join(f"above {name}: {', '.join(models)}" for name, models in found.items())
        yield (
            f"{run}, {short_step(step)}, bits per byte of {language} {said}. Compare such numbers "
            "within this vocabulary only."
        )


def means_over_languages(values: Mapping[TrivialScore, float]) -> dict[TrivialScore, float]:
    """The means of bits per byte over the languages of a run, for each system that is no model."""
    together: dict[TrivialScore, list[float]] = {}
    for key, value in values.items():
        if key.metric == BITS_PER_BYTE:
            together.setdefault(key._replace(language=ALL), []).append(value)
    return {key: sum(own) / len(own) for key, own in together.items() if len(own) > 1}


def remarks(collection: Collected) -> dict[tuple[str, str], list[str]]:
    """What a reader must know of the bits per byte of a run in a language, by both."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for row in collection.scores:
        score = row.score
        if score.metric in (BITS_PER_BYTE, ELSEWHERE) and score.note and score.value is not None:
            place = row.training.run, score.language
            # Text that is measured alone is of several corpora, so that a remark on it names its
            # corpus; one on how the model reads any text would be said again for each.
            where = f" on {score.setting}" if score.setting and TOO_FEW_BITS in score.note else ""
            found.setdefault(place, {})[f"{score.system}{where}: {score.note}"] = None
    return {place: list(said) for place, said in found.items()}
