"""The `evaluation` block of the configuration, made from the registry of tasks."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import Field, create_model

from lingraft.config.base import Block
from lingraft.evaluation.precision import Precision
from lingraft.evaluation.subject import Subject
from lingraft.evaluation.task import Task
from lingraft.evaluation.tasks import TASKS

_ABOUT = "The tasks that every model is measured on, before and after continued pretraining."


class ChosenTasks(Block):
    """The settings of the tasks: a field for each, None where it is not run."""

    precision: Precision = "fp32"
    """Arithmetic of the forward passes that measure a model, and of those of its source model;
    `fast`: bf16 on GPUs and processors that have it (AVX512-BF16, AMX), fp32 elsewhere. The layer
    over the vocabulary, losses and cosines are fp32 in any case. A task that trains the model has a
    `precision` of its own, and tests what it has trained in fp32."""

    def task(self, name: str) -> Task[Any] | None:
        """The settings of one task; None for what is not a task."""
        settings = getattr(self, name, None)
        return settings if isinstance(settings, Task) else None

    def chosen(self, kind: type[Subject] | None = None) -> dict[str, Task[Any]]:
        """The tasks that have settings, by name and in order.

        Args:
            kind: what they measure; None takes all.
        """
        found = {name: self.task(name) for name in type(self).model_fields}
        return {
            name: task
            for name, task in found.items()
            if task is not None and kind in (None, task.measures)
        }


def block_of(tasks: Mapping[str, type[Task[Any]]]) -> type[ChosenTasks]:
    """A block with one optional field for each task."""
    fields: Any = {
        name: (task | None, Field(default=None, description=task.about))
        for name, task in tasks.items()
    }
    return create_model(
        "Evaluation",
        __base__=ChosenTasks,
        __module__=__name__,
        __doc__=_ABOUT,
        **fields,
    )


if TYPE_CHECKING:
    Evaluation = ChosenTasks
else:
    Evaluation = block_of(TASKS)
