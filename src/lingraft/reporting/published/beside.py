"""Published numbers beside ours, joined only if both measure the same thing.

The join is by paper, model, language, step, task, metric and protocol, and it is the same for
models, alignments and vectors. If one of them differs, the numbers are not joined, and the report
says why instead of showing two numbers that look alike. No published number of a declared model is
left out.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lingraft.config.report import Published
from lingraft.evaluation.results import TaskResult
from lingraft.experiment.configuration import Config
from lingraft.reporting.findings.finding import MARGIN, Finding
from lingraft.reporting.findings.wording import metric_name
from lingraft.reporting.published.numbers import PaperNumber, of_model
from lingraft.reporting.published.own_numbers import OwnNumber, Place, own_numbers
from lingraft.reporting.statistics.summaries import normal_quantile

Verdict = Literal[
    "reproduced", "within noise", "differs", "not comparable", "not measured", "not run"
]

DAGGER = "†"


# Number of languages in the means of OFA, HyperOFA and Glot500, from the lists that they publish.
LANGUAGES: Mapping[tuple[str, str], int] = {
    (protocol, group): count
    for protocol, counts in {
        "retrieval/sr-b": (369, 94, 275),
        "retrieval/sr-t": (98, 70, 28),
        "taxi1500/glot500": (354, 90, 264),
        "taxi1500/ofa": (354, 90, 264),
        "ner/zero-shot-panx": (164, 89, 75),
        "pos/zero-shot-ud2.11": (91, 63, 28),
    }.items()
    for group, count in zip(("all", "head", "tail"), counts, strict=True)
}


@dataclass(frozen=True)
class Confusion:
    """Two measures with the same name that cannot be compared."""

    task: str  # of ours
    settings: tuple[str, ...]  # beginnings of our setting; empty: any
    paper_task: str
    reason: str

    def fits(self, ours: OwnNumber, number: PaperNumber) -> bool:
        """Whether a reader could confuse the two here."""
        named = not self.settings or ours.setting.startswith(self.settings)
        return (ours.task, number.task) == (self.task, self.paper_task) and named


_CONFUSIONS = (
    Confusion(
        "mteb",
        ("XNLI",),
        "xnli",
        "mteb's XNLI drops the neutral class and scores similarity (max_ap); the papers fine-tune "
        "a classifier of three classes (accuracy)",
    ),
    Confusion(
        "mteb",
        ("Tatoeba", "BibleNLP", "Flores", "NTREX"),
        "retrieval",
        "mteb's bitext mining is F1 of the first answer; the papers' retrieval is accuracy among "
        "the first ten",
    ),
    Confusion(
        "pos",
        (),
        "pos",
        "the papers' POS F1 is of merged chunks (seqeval); token accuracy and other F1 are higher",
    ),
)


@dataclass(frozen=True)
class Beside:
    """A published number, ours if it measures the same, and the verdict on the two."""

    published: Published
    number: PaperNumber
    ours: OwnNumber | None
    verdict: Verdict
    reason: str

    @property
    def difference(self) -> float | None:
        """Ours minus the paper's, in our units."""
        if self.ours is None or self.ours.mean is None:
            return None
        return self.ours.mean - self.number.share


def beside(
    config: Config,
    findings: Sequence[Finding],
    results: Mapping[Place, Sequence[TaskResult]],
    numbers: Sequence[PaperNumber],
) -> list[Beside]:
    """Every score of the declared models with ours, if we measured the same, and a verdict.

    Args:
        config: the experiment; `report.published` declares the models.
        findings: all findings of the experiment's models.
        results: all results of its alignments and vectors.
        numbers: the table of published numbers.

    Raises:
        ConfigError: a declared paper or model has no row in the tables.
    """
    rows = []
    for declared in config.report.published:
        own = list(own_numbers(declared, findings, results))
        chosen = of_model(declared, numbers)
        rows += [
            _join(declared, number, own, config.report.confidence)
            for number in chosen
            if number.kind == "score"
        ]
    return list(_each_once(rows))


def refusal(ours: OwnNumber, number: PaperNumber, declared: Published) -> str | None:
    """Why our number cannot be compared with a published one; None if it can.

    Args:
        ours: our number.
        number: the published one.
        declared: says which of the paper's protocols the user declares equal to ours: the same
            task with the same rules and data.
    """
    protocols = declared.vouched(ours.protocol, ours.setting)
    same_measure = task_of(ours) == number.task and number.metric in _names(ours)
    if same_measure and number.protocol in protocols:
        return _other_languages(ours, number)
    known = next((c.reason for c in _CONFUSIONS if c.fits(ours, number)), None)
    if known is not None:
        return known
    if number.metric not in _names(ours):
        return f"ours is {metric_name(ours.metric)}, theirs {metric_name(number.metric)}"
    return f"ours follows {', '.join(protocols)}, theirs {number.protocol}"


def task_of(ours: OwnNumber) -> str:
    """The task as the table of published numbers calls it: SR-T and SR-B are retrieval."""
    return {"sr_t": "retrieval", "sr_b": "retrieval"}.get(ours.task, ours.task)


def _names(ours: OwnNumber) -> tuple[str, ...]:
    """What papers may call our metric: on B- and I- tags seqeval's F1 is what they call F1."""
    is_entities = (ours.task, ours.metric) == ("ner", "seqeval_f1")
    return (ours.metric, "f1") if is_entities else (ours.metric,)


def _other_languages(ours: OwnNumber, number: PaperNumber) -> str | None:
    """Why two means differ in their languages; None if they do not."""
    theirs = LANGUAGES.get((number.protocol, number.language))
    if theirs is None or theirs == ours.items:
        return None
    return f"ours is a mean over {ours.items} languages, theirs over {theirs}"


def _join(
    declared: Published, number: PaperNumber, own: Sequence[OwnNumber], confidence: float
) -> Beside:
    if declared.not_run:
        return Beside(declared, number, None, "not run", declared.not_run)
    near = [ours for ours in own if _same_subject(ours, number) and ours.mean is not None]
    same = [ours for ours in near if refusal(ours, number, declared) is None]
    settings = list(dict.fromkeys(ours.setting for ours in same))
    if len(settings) > 1:
        said = f"ours has several settings of it; `protocols` must name one: {'; '.join(settings)}"
        return Beside(declared, number, None, "not comparable", said)
    if same:
        return _judge(declared, number, same[0], confidence)
    tempting = [ours for ours in _nearest(near, number) if _tempting(ours, number)]
    reasons = dict.fromkeys(refusal(ours, number, declared) or "" for ours in tempting)
    if reasons:
        return Beside(declared, number, None, "not comparable", "; ".join(reasons))
    return Beside(declared, number, None, "not measured", "we have no such number")


def _each_once(rows: Sequence[Beside]) -> Iterator[Beside]:
    """Leave a number out that one of ours does not have if another has it, or was asked before."""
    told = {row.number for row in rows if row.verdict != "not measured"}
    for row in rows:
        if row.verdict != "not measured":
            yield row
        elif row.number not in told:
            told.add(row.number)
            yield row


def _nearest(own: Sequence[OwnNumber], number: PaperNumber) -> Sequence[OwnNumber]:
    """The most similar of ours: of the same benchmark and metric, if there are any."""
    same = [ours for ours in own if ours.protocol.startswith(number.protocol)] or own
    return [ours for ours in same if number.metric in _names(ours)] or same


def _same_subject(ours: OwnNumber, number: PaperNumber) -> bool:
    language = {"all": "all languages"}.get(number.language, number.language)
    return ours.language == language and number.step in ("", ours.step)


def _tempting(ours: OwnNumber, number: PaperNumber) -> bool:
    """Whether a reader might think that the two are the same: same task, or a known confusion."""
    is_known = any(confusion.fits(ours, number) for confusion in _CONFUSIONS)
    return is_known or task_of(ours) == number.task


def _judge(declared: Published, number: PaperNumber, ours: OwnNumber, confidence: float) -> Beside:
    """Judge the difference by the spread of the paper and by ours.

    "reproduced": the difference and the noise are small; "within noise": the difference is not
    larger than the noise, which may be large; "differs": all others.
    """
    difference = abs((ours.mean or 0.0) - number.share)
    margin = max(number.deviation or 0.0, MARGIN * max(1.0, abs(number.share)))
    # hypot: independent errors add as squares.
    own = normal_quantile(confidence) * (ours.error or 0.0)
    noise = math.hypot(own, number.deviation or 0.0)
    known = f"noise {noise:.3f}" if ours.error else "our noise is unknown"
    said = f"margin {margin:.3f}, {known}"
    if difference <= margin and noise <= 2 * margin:
        return Beside(declared, number, ours, "reproduced", said)
    verdict: Verdict = "within noise" if difference <= max(margin, noise) else "differs"
    return Beside(declared, number, ours, verdict, said)
