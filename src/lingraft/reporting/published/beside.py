"""Published numbers beside ours, joined only if both measure the same thing.

The join is by paper, model, language, step, task, metric and protocol. If one of them differs, the
numbers are not joined, and the report says why instead of showing two numbers that look alike.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lingraft.config.report import Published
from lingraft.experiment.configuration import Config
from lingraft.reporting.findings.finding import MARGIN, Criterion, Finding
from lingraft.reporting.findings.wording import metric_name
from lingraft.reporting.published.numbers import PaperNumber, of_model

Verdict = Literal["reproduced", "within noise", "differs", "not comparable", "not measured"]

DAGGER = "†"
_NORMAL = 1.96


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

    def fits(self, criterion: Criterion, number: PaperNumber) -> bool:
        """Whether a reader could confuse the two here."""
        named = not self.settings or criterion.setting.startswith(self.settings)
        return (criterion.task, number.task) == (self.task, self.paper_task) and named


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
    ours: Finding | None
    verdict: Verdict
    reason: str

    @property
    def difference(self) -> float | None:
        """Ours minus the paper's, in our units."""
        if self.ours is None or self.ours.mean is None:
            return None
        return self.ours.mean - self.number.share


def beside(
    config: Config, findings: Sequence[Finding], numbers: Sequence[PaperNumber]
) -> list[Beside]:
    """Every score of the declared models with ours, if we measured the same, and a verdict.

    Args:
        config: the experiment; `report.published` declares the models.
        findings: all findings of the experiment.
        numbers: the table of published numbers.

    Raises:
        ConfigError: a declared paper or model has no row in the tables.
    """
    result = []
    for declared in config.report.published:
        chosen = of_model(declared, numbers)
        own = [
            finding
            for finding in findings
            if finding.criterion.run == declared.run
            and finding.initialization == declared.initialization
        ]
        result += [_join(declared, number, own) for number in chosen if number.kind == "score"]
    return result


def refusal(finding: Finding, number: PaperNumber, declared: Published) -> str | None:
    """Why a finding cannot be compared with a published number; None if it can.

    Args:
        finding: ours.
        number: the published one.
        declared: says which of the paper's protocols the user declares equal to ours: the same
            task with the same rules and data.
    """
    criterion = finding.criterion
    protocols = declared.vouched(criterion.protocol)
    same_measure = task_of(criterion) == number.task and number.metric in _names(criterion)
    if same_measure and number.protocol in protocols:
        return _other_languages(finding, number)
    known = next((c.reason for c in _CONFUSIONS if c.fits(criterion, number)), None)
    if known is not None:
        return known
    if number.metric not in _names(criterion):
        return f"ours is {metric_name(criterion.metric)}, theirs {metric_name(number.metric)}"
    return f"ours follows {', '.join(protocols)}, theirs {number.protocol}"


def task_of(criterion: Criterion) -> str:
    """The task as the table of published numbers calls it: SR-T and SR-B are retrieval."""
    return {"sr_t": "retrieval", "sr_b": "retrieval"}.get(criterion.task, criterion.task)


def _names(criterion: Criterion) -> tuple[str, ...]:
    """What papers may call our metric: on B- and I- tags seqeval's F1 is what they call F1."""
    is_entities = (criterion.task, criterion.metric) == ("ner", "seqeval_f1")
    return (criterion.metric, "f1") if is_entities else (criterion.metric,)


def _other_languages(finding: Finding, number: PaperNumber) -> str | None:
    """Why two means differ in their languages; None if they do not."""
    theirs = LANGUAGES.get((number.protocol, number.language))
    if theirs is None or theirs == finding.items:
        return None
    return f"ours is a mean over {finding.items} languages, theirs over {theirs}"


def _join(declared: Published, number: PaperNumber, own: Sequence[Finding]) -> Beside:
    near = [f for f in own if _same_subject(f, number) and f.mean is not None]
    for finding in near:
        if refusal(finding, number, declared) is None:
            return _judge(declared, number, finding)
    tempting = [f for f in _nearest(near, number) if _tempting(f, number)]
    reasons = dict.fromkeys(refusal(finding, number, declared) or "" for finding in tempting)
    if reasons:
        return Beside(declared, number, None, "not comparable", "; ".join(reasons))
    return Beside(declared, number, None, "not measured", "we have no such number")


def _nearest(findings: Sequence[Finding], number: PaperNumber) -> Sequence[Finding]:
    """The most similar findings: of the same benchmark and metric, if there are any."""
    same = [f for f in findings if f.criterion.protocol.startswith(number.protocol)] or findings
    return [f for f in same if number.metric in _names(f.criterion)] or same


def _same_subject(finding: Finding, number: PaperNumber) -> bool:
    language = {"all": "all languages"}.get(number.language, number.language)
    same_language = finding.criterion.language == language
    return same_language and number.step in ("", finding.criterion.step)


def _tempting(finding: Finding, number: PaperNumber) -> bool:
    """Whether a reader might think that the two are the same: same task, or a known confusion."""
    is_known = any(confusion.fits(finding.criterion, number) for confusion in _CONFUSIONS)
    return is_known or task_of(finding.criterion) == number.task


def _judge(declared: Published, number: PaperNumber, ours: Finding) -> Beside:
    """Judge the difference by the spread of the paper and by ours.

    "reproduced": the difference and the noise are small; "within noise": the difference is not
    larger than the noise, which may be large; "differs": all others.
    """
    difference = abs((ours.mean or 0.0) - number.share)
    margin = max(number.deviation or 0.0, MARGIN * max(1.0, abs(number.share)))
    error = _error(ours)
    # hypot: independent errors add as squares.
    noise = math.hypot(_NORMAL * (error or 0.0), number.deviation or 0.0)
    said = f"margin {margin:.3f}, " + (f"noise {noise:.3f}" if error else "our noise is unknown")
    if difference <= margin and noise <= 2 * margin:
        return Beside(declared, number, ours, "reproduced", said)
    verdict: Verdict = "within noise" if difference <= max(margin, noise) else "differs"
    return Beside(declared, number, ours, verdict, said)


def _error(finding: Finding) -> float | None:
    """Standard error of our mean: over seeds if there are several, else of a share of items."""
    if finding.sd is not None and finding.seeds > 1:
        return finding.sd / math.sqrt(finding.seeds)
    mean = finding.mean
    if mean is not None and 0 <= mean <= 1 and finding.items and finding.criterion.better == "up":
        return math.sqrt(mean * (1 - mean) / finding.items)
    return None
