"""How steps, metrics and numbers are written, the same in every sentence, table and figure."""

from collections.abc import Sequence

from lingraft.evaluation.sentence_search import PIVOT_TO_TARGET
from lingraft.evaluation.tasks import title_of
from lingraft.reporting.findings.finding import Criterion, Question
from lingraft.stages.trainings import Step

_HEADINGS = {"initialized": "Step 0, initialized only", "pretrained": "After pretraining"}
_SHORT = {"initialized": "step 0", "pretrained": "the end"}
_PHRASES = {"initialized": "at step 0", "pretrained": "after pretraining"}


def step_heading(step: Step) -> str:
    """A state of a model as a heading; what is no state of a language model is an encoder."""
    return _HEADINGS.get(step, f"Sentence encoder {step}")


def step_title(step: Step) -> str:
    """The same at the end of a title."""
    heading = step_heading(step)
    return f"{heading[0].lower()}{heading[1:]}"


def short_step(step: Step) -> str:
    """A state of a model in a word or two."""
    return _SHORT.get(step, f"encoder {step}")


def step_phrase(step: Step) -> str:
    """A state of a model within a sentence."""
    return _PHRASES.get(step, f"as encoder {step}")


def measure_name(asked: Question | Criterion) -> str:
    """The metric, after its task where several tasks have such a metric: `SR-T accuracy@10`."""
    return f"{title_of(asked.task)} {metric_name(asked.metric)}".strip()


def measure_in_text(criterion: Criterion) -> str:
    """As `measure_name`, with the setting where it is not the usual one: `accuracy@1 (noise 0.1)`.

    A table names settings in its columns; a sentence stands alone.
    """
    setting = shown_setting(criterion.setting)
    return f"{measure_name(criterion)} ({setting})" if setting else measure_name(criterion)


def slug(measure: str) -> str:
    """The name of a measure in the name of a file."""
    return measure.replace("@", "-at-").replace(" ", "-")


def shown_setting(setting: str) -> str:
    """A setting as figures and tables name it; empty for the usual direction of retrieval."""
    return "" if setting == PIVOT_TO_TARGET else setting


def metric_name(metric: str) -> str:
    """`bits_per_byte` as a person writes it."""
    return metric.replace("_", " ")


def listed(names: Sequence[str]) -> str:
    """`a, b and c`."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def span(low: str, high: str) -> str:
    """`3 to 5`, of two numbers as they are written; one of them if they look alike."""
    return low if low == high else f"{low} to {high}"


def number(value: float, signed: bool = False) -> str:
    """Three decimals up to 100, fewer beyond; a true minus sign."""
    size = abs(value)
    digits = 3 if size < 100 else 1 if size < 10_000 else 0
    text = f"{value:+,.{digits}f}" if signed else f"{value:,.{digits}f}"
    return text.replace("-", "−")
