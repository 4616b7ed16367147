"""Tasks of lm-evaluation-harness for decoders, run by the harness itself (an optional package).

Small models stay near chance on its multiple-choice tasks; bits per byte of the task
language_model says more about them.
"""

import math
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from lingraft.config.evaluation import LmHarness
from lingraft.errors import ConfigError, InputError
from lingraft.evaluation.outcome import Direction, Outcome, Score
from lingraft.evaluation.subject import Subject
from lingraft.evaluation.tasks.language_model import is_causal

_BOOTSTRAP = 1000  # the harness's 100,000 draws take longer than a small model's answers


def protocol(settings: LmHarness) -> str:
    """The number of examples in the prompt is part of the protocol."""
    return f"lm_harness/{settings.shots}-shot"


def evaluate(settings: LmHarness, subject: Subject) -> Outcome:
    """Every metric that the harness reports, with its standard error.

    Raises:
        ConfigError: the package lm-eval is not installed, or a task is unknown to it.
        InputError: the model is no decoder.
    """
    harness = _import()
    if not is_causal(subject.model):
        raise InputError(f"{subject.folder} holds a masked model; lm_harness is for decoders")
    folders = [str(folder) for folder in subject.data.values()]
    try:
        found = harness.simple_evaluate(
            model=harness.models.huggingface.HFLM(
                pretrained=subject.model,
                tokenizer=subject.tokenizer,
                batch_size=settings.batch_size,
            ),
            tasks=list(settings.tasks),
            task_manager=harness.tasks.TaskManager(include_path=folders or None),
            num_fewshot=settings.shots,
            limit=settings.examples,
            bootstrap_iters=_BOOTSTRAP,
        )
    except KeyError as error:
        raise ConfigError(f"evaluation.lm_harness.tasks: the harness has no task {error}") from None
    return Outcome(list(_scores(found)))


def _import() -> Any:
    try:
        harness = import_module("lm_eval")
        import_module("lm_eval.models.huggingface")
        import_module("lm_eval.tasks")
    except ImportError:
        raise ConfigError(
            "evaluation.lm_harness needs the package lm-eval, which is not installed "
            "(pip install lm-eval, or lingraft[harness])"
        ) from None
    return harness


def _scores(found: Mapping[str, Any]) -> Iterator[Score]:
    for task, values in found["results"].items():
        counts = found.get("n-samples", {}).get(task, {})
        for name, value in values.items():
            metric, _, variant = name.partition(",")
            if not isinstance(value, int | float) or metric.endswith("_stderr"):
                continue
            if metric == "alias" or metric.startswith("sample_"):
                continue
            error = values.get(f"{metric}_stderr,{variant}")
            is_number = isinstance(error, int | float) and math.isfinite(error)
            better: Direction = "up"
            if found.get("higher_is_better", {}).get(task, {}).get(metric) is False:
                better = "down"
            yield Score(
                language="all",
                metric=metric,
                value=float(value),
                n=int(counts.get("effective", 0)),
                better=better,
                split="harness",
                setting=f"{task} {variant}".strip(),
                standard_error=float(error) if is_number else None,
            )
