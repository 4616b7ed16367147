"""Tasks of lm-evaluation-harness for decoders, run by the harness itself (an optional package).

Small models stay near chance on its multiple-choice tasks; bits per byte of the task
language_model says more about them.
"""

import math
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from pydantic import Field

from lingraft.errors import ConfigError, InputError
from lingraft.evaluation.outcome import Direction, Outcome, Score
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import Task, register

_BOOTSTRAP = 1000  # the harness's 100,000 draws take longer than a small model's answers


@register
class LmHarness(Task[ModelSubject]):
    """Tasks of lm-evaluation-harness for decoders; needs the package lm-eval."""

    name = "lm_harness"
    about = "Tasks of lm-evaluation-harness, for decoders."
    title = "harness"
    measures = ModelSubject
    brings_texts = True
    reads = ("weights", "tokenizer", "data")
    packages = ("lm-eval",)

    tasks: tuple[str, ...] = Field(min_length=1)
    """Names of tasks, such as `xnli_sw`; your own task files are found in the folders of
    `--data`."""
    shots: int = Field(default=0, ge=0)
    """Examples in the prompt."""
    examples: int | None = Field(default=None, ge=1)
    """Test examples of each task; null takes all."""
    batch_size: int = Field(default=8, ge=1)
    """Requests in a batch."""

    def protocol(self) -> str:
        """The number of examples in the prompt is part of the protocol."""
        return f"lm_harness/{self.shots}-shot"

    def evaluate(self, subject: ModelSubject) -> Outcome:
        """Every metric that the harness reports, with its standard error.

        Raises:
            ConfigError: the package lm-eval is not installed, or a task is unknown to it.
            InputError: the model is not a decoder.
        """
        from lingraft.models.objective import is_causal

        harness = _import()
        if not is_causal(subject.model.config):
            raise InputError(f"{subject.folder} is a masked model; lm_harness is for decoders")
        folders = [str(folder) for folder in subject.data.values()]
        try:
            found = harness.simple_evaluate(
                model=harness.models.huggingface.HFLM(
                    pretrained=subject.model,
                    tokenizer=subject.tokenizer,
                    batch_size=self.batch_size,
                ),
                tasks=list(self.tasks),
                task_manager=harness.tasks.TaskManager(include_path=folders or None),
                num_fewshot=self.shots,
                limit=self.examples,
                bootstrap_iters=_BOOTSTRAP,
            )
        except KeyError as error:
            problem = f"the harness has no task {error}"
            raise ConfigError(f"evaluation.lm_harness.tasks: {problem}") from None
        return Outcome(list(_scores(found)))

    def small(self, layers: int) -> None:
        """It is left out: an optional package, with data of its own."""


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
            # The harness names a value by metric and filter, as `acc_norm,none`.
            metric, _, variant = name.partition(",")
            if not isinstance(value, int | float) or metric.endswith("_stderr"):
                continue
            if metric == "alias" or metric.startswith("sample_"):
                continue
            error = values.get(f"{metric}_stderr,{variant}")
            # Where it computes no error, the harness writes the text N/A.
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
