"""Does another vocabulary pay? Trainings of one model with several tokenizers, at equal budgets.

A step is not the same for two vocabularies: longer tokens are more text. So the curves of an *arm*
(a run and an initialization) are put on two axes that mean the same for all of them: the bytes of
text that were seen, and the operations that the training took (`lingraft.estimate.compute`). Each
seed's curve is interpolated linearly between its evaluations at the largest budget that all arms
reach.

The difference is against the arm with the model's own vocabulary and the same initialization, or
else the first one with that vocabulary: two initializations of one vocabulary are compared
elsewhere. With several seeds its interval is
over the seeds that both have. With one, it is that of the models at the end of their trainings,
over the held-out documents, moved to the difference at the budget. The variation between seeds is
in it where other trainings have several (`Cells.noise`). Where it is not, a difference below
`MARGIN` counts as level, as everywhere in the report.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lingraft.estimate.compute import operations_until
from lingraft.evaluation.tasks.language_model import BITS_PER_BYTE
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected, Encoded
from lingraft.reporting.collected.vocabularies import runs_by_text
from lingraft.reporting.findings.cells import Cells, compare_examples
from lingraft.reporting.findings.comparing import trivial_baselines
from lingraft.reporting.findings.curves import METRIC, Points, points_of
from lingraft.reporting.findings.finding import ALL, MARGIN, Criterion, Verdict
from lingraft.reporting.statistics import mean_interval
from lingraft.stages.references import keeps_vocabulary, recipe
from lingraft.stages.trainings import TrainingId
from lingraft.training.sampler import flatten

BUDGETS = {"bytes": "bytes of text", "operations": "operations"}
REFERENCES = ("uniform", "unigram", "bigram")


@dataclass(frozen=True)
class AtBudget:
    """The bits per byte of an arm at a budget, and its difference from the arm that keeps.

    `evidence` is what the interval was computed from, or why there is none. A model that is above
    its own unigrams has none.
    """

    budget: float
    value: float
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: Verdict = "untested"
    evidence: str = ""


@dataclass(frozen=True)
class VocabularyArm:
    """A run and an initialization: one vocabulary in training.

    Attributes:
        curves: the evaluated points of each seed, with the budgets of `BUDGETS` that are known.
        bytes_per_token: of the text that it trains on; None if not known.
        rows: of its tables of tokens; None if not known.
        references: bits per byte of distributions over its vocabulary that know no model.
        at: its values at the budgets that all arms reach, by budget.
        against: the arm that it is compared with; empty for one of the vocabulary that is kept.
        end: its value after its own training.
    """

    run: str
    initialization: str
    tokenizer: str
    curves: Mapping[int, Points]
    bytes_per_token: float | None
    rows: int | None
    references: Mapping[str, float]
    at: Mapping[str, AtBudget] = field(default_factory=dict)
    against: str = ""

    @property
    def name(self) -> str:
        """As readers see it."""
        return f"{self.run}, {self.initialization}"

    @property
    def end(self) -> float:
        """The mean of its last values."""
        return float(np.mean([curve[METRIC][-1] for curve in self.curves.values()]))

    @property
    def is_above(self) -> str:
        """The weakest distribution that knows no model and is better at the end; empty: none."""
        known = (name for name in REFERENCES if self.end > self.references.get(name, np.inf))
        return next(known, "")

    def above_unigrams(self, value: float) -> str:
        """Why a value says nothing about another vocabulary; empty where it may.

        A model that knows less than counts of its tokens do has the bits that the length of its
        tokens gives it, so the longest tokens would win.
        """
        least = ("uniform", "unigram")
        above = next((n for n in least if value > self.references.get(n, np.inf)), "")
        return f"{self.name} is above its {above} row" if above else ""

    def mean(self, axis: str) -> list[float]:
        """The budgets, or the bits per byte, of its points: the mean over seeds."""
        found: list[float] = np.mean([curve[axis] for curve in self.curves.values()], 0).tolist()
        return found


@dataclass(frozen=True)
class VocabularyComparison:
    """The arms of one model and text; the first one keeps the model's own vocabulary if any does.

    `budgets` are those at which they are compared. With `is_masked`, bits per byte are a pseudo
    measure, which may not say the same of two vocabularies.
    """

    model: str
    languages: Sequence[str]
    keeps: bool
    arms: Sequence[VocabularyArm]
    budgets: Mapping[str, float]
    is_masked: bool = False


def vocabulary_comparisons(
    config: Config, collection: Collected, cells: Cells
) -> list[VocabularyComparison]:
    """The arms of each model and text that have learned with several tokenizers.

    Args:
        config: the experiment.
        collection: what its results folder has.
        cells: the scores with their examples.
    """
    found = []
    for (model, corpora), runs in runs_by_text(config).items():
        languages = list(dict.fromkeys(config.corpora[name].language for name in corpora))
        arms = list(_arms(config, collection, runs, languages))
        if len({arm.tokenizer for arm in arms}) < 2:
            continue
        arms.sort(key=lambda arm: _order(config, arm))
        budgets = _shared(arms)
        compared = [
            _at_budgets(config, cells, arm, _reference(arm, arms), budgets, languages)
            for arm in arms
        ]
        keeps = keeps_vocabulary(config, arms[0].run)
        known = collection.models.get(model)
        is_masked = known is not None and known.objective == "masked"
        found.append(VocabularyComparison(model, languages, keeps, compared, budgets, is_masked))
    return found


def _arms(
    config: Config, collection: Collected, runs: Sequence[str], languages: Sequence[str]
) -> Iterator[VocabularyArm]:
    points = points_of(config, collection)
    for run in runs:
        block = config.runs[run]
        encoded = [collection.encoded.get((block.tokenizer, name)) for name in block.corpora]
        known = [sizes for sizes in encoded if sizes is not None]
        is_known = len(known) == len(encoded)
        rows = known[0].rows if is_known else None
        references = _references(config, collection, run, languages)
        for name in [name for name, own in block.recipes.items() if own is not None]:
            density = _bytes_per_token(config, run, name, known) if is_known else None
            curves = {
                seed: own
                for seed in block.seeds_of(name)
                if (own := points[TrainingId(run, name, seed)])["steps"]
            }
            longest = max((len(own["steps"]) for own in curves.values()), default=0)
            whole = {
                seed: own | dict(_budgets(config, collection, run, name, own, density, rows))
                for seed, own in curves.items()
                if len(own["steps"]) == longest
            }
            if whole:
                names = run, name, block.tokenizer
                yield VocabularyArm(*names, whole, density, rows, references)


def _bytes_per_token(
    config: Config, run: str, initialization: str, encoded: Sequence[Encoded]
) -> float:
    """Of the text as it is drawn in training: corpora take turns by their weights."""
    block = recipe(config, run, initialization)
    tokens = [each.tokens for each in encoded]
    names = config.runs[run].corpora
    weights = [block.corpus_weights.get(name, 0.0) for name in names]
    if not block.corpus_weights:
        weights = flatten(tokens, block.sampling_exponent)
    pairs = zip(weights, encoded, strict=True)
    return sum(weight * each.bytes / each.tokens for weight, each in pairs) / sum(weights)


def _budgets(
    config: Config,
    collection: Collected,
    run: str,
    initialization: str,
    points: Points,
    density: float | None,
    rows: int | None,
) -> Iterator[tuple[str, list[float]]]:
    if density is not None:
        yield "bytes", [tokens * density for tokens in points["tokens"]]
    model = collection.models.get(config.runs[run].model)
    if model is not None and rows is not None:
        full = model.shape.width or model.shape.dimension
        width = config.initializations[initialization].width
        width = None if width is None or width >= full else width
        block = recipe(config, run, initialization).of_model(model.objective)
        steps = points["steps"]
        yield (
            "operations",
            [operations_until(model.shape, rows, width, block, each) for each in steps],
        )


def _references(
    config: Config, collection: Collected, run: str, languages: Sequence[str]
) -> dict[str, float]:
    language = languages[0] if len(languages) == 1 else ALL
    trivial = trivial_baselines(config, collection)
    return {
        key.system: value
        for key, value in trivial.items()
        if (key.run, key.language, key.metric) == (run, language, BITS_PER_BYTE)
        and key.system in REFERENCES
    }


def _order(config: Config, arm: VocabularyArm) -> tuple[bool, bool]:
    """Arms that keep the model's own vocabulary first, and of them the baseline."""
    is_baseline = arm.initialization == config.report.baseline
    return not keeps_vocabulary(config, arm.run), not is_baseline


def _shared(arms: Sequence[VocabularyArm]) -> dict[str, float]:
    """The largest budget of each kind that all arms reach."""
    found = {}
    for axis in BUDGETS:
        if all(axis in curve for arm in arms for curve in arm.curves.values()):
            found[axis] = min(arm.mean(axis)[-1] for arm in arms)
    return found


def _reference(arm: VocabularyArm, arms: Sequence[VocabularyArm]) -> VocabularyArm | None:
    """What an arm is compared with; None if it has the vocabulary of the first one, as that has."""
    kept = [each for each in arms if each.tokenizer == arms[0].tokenizer]
    if arm in kept:
        return None
    same = (each for each in kept if each.initialization == arm.initialization)
    return next(same, kept[0])


def _at_budgets(
    config: Config,
    cells: Cells,
    arm: VocabularyArm,
    kept: VocabularyArm | None,
    budgets: Mapping[str, float],
    languages: Sequence[str],
) -> VocabularyArm:
    if kept is None:
        values = {axis: _interpolated(arm, axis, budget) for axis, budget in budgets.items()}
        at = {
            axis: AtBudget(budgets[axis], float(np.mean(list(own.values()))), verdict="baseline")
            for axis, own in values.items()
        }
        return replace(arm, at=at)
    spread = _spread(config, cells, arm, kept, languages)
    at = {axis: _at(config, arm, kept, axis, budget, spread) for axis, budget in budgets.items()}
    return replace(arm, at=at, against=kept.name)


def _at(
    config: Config,
    arm: VocabularyArm,
    kept: VocabularyArm,
    axis: str,
    budget: float,
    spread: "_Spread | None",
) -> AtBudget:
    own, base = (_interpolated(each, axis, budget) for each in (arm, kept))
    value = float(np.mean(list(own.values())))
    same = sorted(own.keys() & base.keys())
    gaps = [own[seed] - base[seed] for seed in same]
    difference = float(np.mean(gaps)) if gaps else value - float(np.mean(list(base.values())))
    interval = mean_interval(gaps, config.report.confidence, config.report.resamples)
    if interval is not None:
        bounds, said = (interval.low, interval.high), f"{len(gaps)} seeds"
    elif spread is not None:
        bounds, said = (difference + spread.low, difference + spread.high), spread.evidence
    else:
        return AtBudget(budget, value, difference, evidence="there is one seed, and no examples")
    level = float(np.mean(list(base.values())))
    if above := arm.above_unigrams(value) or kept.above_unigrams(level):
        return AtBudget(budget, value, difference, evidence=above)
    has_seeds = interval is not None or (spread is not None and spread.covers_seeds)
    is_small = not has_seeds and abs(difference) < MARGIN * max(1.0, abs(level))
    excludes_zero = bounds[0] > 0 or bounds[1] < 0
    verdict: Verdict = "unclear"
    if excludes_zero and not is_small:
        verdict = "better" if difference < 0 else "worse"
    return AtBudget(budget, value, difference, *bounds, verdict, said)


def _interpolated(arm: VocabularyArm, axis: str, budget: float) -> dict[int, float]:
    return {
        seed: float(np.interp(budget, curve[axis], curve[METRIC]))
        for seed, curve in arm.curves.items()
    }


@dataclass(frozen=True)
class _Spread:
    """How far the bounds of a difference lie from it after the trainings, over documents.

    `covers_seeds`: the variation between the seeds of other trainings is in them.
    """

    low: float
    high: float
    evidence: str
    covers_seeds: bool


def _spread(
    config: Config,
    cells: Cells,
    arm: VocabularyArm,
    kept: VocabularyArm,
    languages: Sequence[str],
) -> _Spread | None:
    if len(languages) != 1:
        return None
    own, base = (_criterion(cells, each, languages[0]) for each in (arm, kept))
    if own is None or base is None:
        return None
    cell = {
        "arm": cells.by_criterion[own].get(arm.initialization, {}),
        "kept": cells.by_criterion[base].get(kept.initialization, {}),
    }
    report = config.report.model_copy(update={"baseline": "kept"})
    found = compare_examples(report, cell, cells.predictions, cells.noise(own))
    if "arm" not in found:
        return None
    one = found["arm"]
    said = f"{one.examples} documents after the trainings, one seed"
    said += ", and the spread of seeds elsewhere" if one.borrows_seeds else ""
    bounds = one.low - one.difference, one.high - one.difference
    return _Spread(*bounds, said, one.covers_seeds)


def _criterion(cells: Cells, arm: VocabularyArm, language: str) -> Criterion | None:
    for criterion in cells.by_criterion:
        asked = criterion.run, criterion.step, criterion.metric, criterion.language
        if asked == (arm.run, "pretrained", BITS_PER_BYTE, language):
            return criterion
    return None
