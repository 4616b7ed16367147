"""How steps, metrics and numbers are written, the same in every sentence, table and figure."""

from lingraft.evaluation.tasks import title_of
from lingraft.reporting.findings.finding import Criterion, Question

STEPS = {"initialized": "Step 0, initialized only", "pretrained": "After pretraining"}
SHORT_STEPS = {"initialized": "step 0", "pretrained": "the end"}


def measure_name(asked: Question | Criterion) -> str:
    """The metric, after its task where several tasks have such a metric: `SR-T accuracy@10`."""
    return f"{title_of(asked.task)} {metric_name(asked.metric)}".strip()


def metric_name(metric: str) -> str:
    """`bits_per_byte` as a person writes it."""
    return metric.replace("_", " ")


def number(value: float, signed: bool = False) -> str:
    """Three decimals up to 100, fewer beyond; a true minus sign."""
    size = abs(value)
    digits = 3 if size < 100 else 1 if size < 10_000 else 0
    text = f"{value:+,.{digits}f}" if signed else f"{value:,.{digits}f}"
    return text.replace("-", "−")
