"""The key `dynamic` of a task, and its outcomes with each number of merges."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import SerializerFunctionWrapHandler, model_serializer

from lingraft.config.base import Block
from lingraft.config.dynamic import Dynamic
from lingraft.evaluation.outcome import MODEL, Outcome, Prediction, joined
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import Task

if TYPE_CHECKING:
    from lingraft.evaluation.dynamic.costs import ReadingCosts

_LABEL = re.compile(r"(?:^|, )(\d+ merges?|max merges)$")  # as `label_of` writes it


class ReadDynamically(Block):
    """What tasks share whose texts an encoder reads."""

    dynamic: Dynamic | None = None
    """Dynamic tokenization; by default the texts are read as the tokenizer cuts them."""

    @property
    def trained_generator(self) -> str | None:
        """The generator that makes the rows of merged strings; None without one."""
        return None if self.dynamic is None else self.dynamic.generator

    @model_serializer(mode="wrap")
    def _without_default(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # A result that was made before the key existed still answers the question.
        content: dict[str, Any] = handler(self)
        if self.dynamic is None:
            content.pop("dynamic", None)
        return content


class FrozenReading(ReadDynamically, Task[ModelSubject]):
    """A task on vectors of texts, which is measured once for each number of merges."""

    def measure(self, subject: ModelSubject) -> Outcome:
        """The outcome without merges, and those with merges, which are settings of their own."""
        if self.dynamic is None:
            return self.evaluate(subject)
        return joined(self._outcomes(subject, self.dynamic))

    def _outcomes(self, subject: ModelSubject, dynamic: Dynamic) -> Iterator[Outcome]:
        plain = self.model_copy(update={"dynamic": None})
        for one in (None, *dynamic.each()):
            if one is not None and (reason := subject.why_no_rows(one)):
                yield Outcome((), notes=[f"{one.label} not measured: {reason}"])
                continue
            read = subject.read_with(one)
            yield labelled(plain.evaluate(read), one, read.embedder.costs)


def labelled(found: Outcome, dynamic: Dynamic | None, costs: "ReadingCosts") -> Outcome:
    """An outcome with what its reading took; with merges, its settings say how many.

    Args:
        found: the outcome.
        dynamic: with one number of merges; None for none.
        costs: of the reading.
    """
    own = [score for score in found.scores if score.system == MODEL]
    languages = sorted({score.language for score in own})
    language = languages[0] if len(languages) == 1 else "all"
    split = own[0].split if own else "valid"
    label = "" if dynamic is None else dynamic.label
    added = list(costs.scores(language, label, split, own[0].seed if own else 0))
    if dynamic is None:
        return replace(found, scores=[*found.scores, *added])
    # What does not depend on the model is there without merges already.
    scores = [replace(score, setting=setting_of(score.setting, label)) for score in own]
    records: list[Prediction] = [
        {**record, "setting": setting_of(record.get("setting", ""), label)}
        for record in found.predictions
        if record.get("system", MODEL) == MODEL
    ]
    return Outcome([*scores, *added], records, [f"{label}: {note}" for note in found.notes])


def setting_of(setting: str, label: str) -> str:
    """A setting of a score with the label of its number of merges."""
    return ", ".join(filter(None, (setting, label)))


def parts_of(setting: str) -> tuple[str, str]:
    """A setting of a score as if it had no merges, and the label of their number; empty without."""
    found = _LABEL.search(setting)
    return (setting, "") if found is None else (setting[: found.start()], found[1])
