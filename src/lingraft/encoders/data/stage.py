"""The entry of training sets: reads the examples, leaves out what must not be there, writes."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from lingraft.artifacts import (
    Artifact,
    CorpusFacts,
    Facts,
    TrainingSetFacts,
    new_artifact,
    opened,
    write_json,
)
from lingraft.corpus.normalizing import NormalizerMark, TextDoor, common_mark
from lingraft.corpus.records import draw
from lingraft.encoders.data.forms import problem_of
from lingraft.encoders.data.held_out import held_out_texts
from lingraft.encoders.data.leaks import HeldOutTexts
from lingraft.encoders.examples import TrainingExample, write_examples
from lingraft.encoders.training_set import SetInputs, TrainingSet
from lingraft.errors import InputError

logger = logging.getLogger(__name__)


def prepare_training_set(
    name: str, settings: TrainingSet, given: SetInputs, held_out: Sequence[Path], output: Path
) -> None:
    """Write a training set: `examples.jsonl.zst` and `statistics.json`.

    Args:
        name: what messages call the set.
        settings: its block of the configuration.
        given: the artifacts that it is read from.
        held_out: corpora and datasets with texts that must not be among the examples.
        output: folder of the artifact.

    Raises:
        InputError: an artifact is missing or damaged, an example is not of the form, no example is
            left, or all have one label.
    """
    inputs = _open(given)
    kept_out = opened({_name(folder): folder for folder in held_out})
    facts = TrainingSetFacts(
        form=settings.form, held_out={key: item.digest for key, item in kept_out.items()}
    )
    door = TextDoor(_mark(inputs), name)
    if door.mark:
        facts.normalizer = door.mark
    plain = settings.model_dump(mode="json", exclude_unset=True)
    with new_artifact(
        output, "training_set", settings=plain, inputs=inputs, facts=facts
    ) as staging:
        texts = (text for folder in held_out for text in held_out_texts(folder, door))
        known = HeldOutTexts(texts, settings.near_duplicates)
        examples = list(_selected(name, settings, given, known))
        examples = _drawn(examples, settings.maximum, given.left_out)
        _check(name, settings, examples, given.left_out)
        write_examples(staging, examples)
        facts.languages = dict(sorted(Counter(one.language for one in examples).items()))
        facts.left_out = dict(sorted(given.left_out.items()))
        write_json(staging / "statistics.json", _statistics(settings, examples, given, len(known)))
    logger.info("%s: %d examples, left out: %s", name, len(examples), facts.left_out)


def _open(given: SetInputs) -> Mapping[str, Artifact[Facts]]:
    folders = {
        f"{section} {name}": folder
        for section in ("downloads", "corpora", "sets", "models")
        for name, folder in getattr(given, section).items()
    }
    return opened(folders)


def _mark(inputs: Mapping[str, Artifact[Facts]]) -> NormalizerMark:
    """How the texts of an example were written anew, as those of the corpora.

    Raises:
        InputError: they are not written alike.
    """
    texts: dict[str, tuple[NormalizerMark, str]] = {}
    for name, artifact in inputs.items():
        facts: Any = artifact.facts
        if isinstance(facts, CorpusFacts):
            texts[name] = facts.normalizer, facts.written_in
        elif isinstance(facts, TrainingSetFacts):
            texts |= {f"{name} in {each}": (facts.normalizer, each) for each in facts.languages}
    return common_mark(texts)


def _name(folder: Path) -> str:
    """A held-out artifact as the results call it: `corpora/swahili`."""
    return "/".join(folder.parts[-2:])


def _selected(
    name: str, settings: TrainingSet, given: SetInputs, known: HeldOutTexts
) -> Iterator[TrainingExample]:
    """The examples that no rule leaves out; the others are counted."""
    seen: set[object] = set()
    for example in tqdm(settings.read(given), desc=name, unit="example", disable=None):
        if problem := problem_of(example, settings.form):
            raise InputError(f"training set {name}: {example.id}, {problem}")
        reason = _reason(example, settings, known, seen)
        if reason is None:
            seen.update(_places(example, settings))
            yield example
        else:
            given.left_out[reason] += 1


def _reason(
    example: TrainingExample, settings: TrainingSet, known: HeldOutTexts, seen: set[object]
) -> str | None:
    if min(map(len, example.texts)) < settings.minimum_characters:
        return "short"
    if (leak := known.leak(example.texts)) is not None:
        return leak
    return "repeated" if any(place in seen for place in _places(example, settings)) else None


def _places(example: TrainingExample, settings: TrainingSet) -> Iterable[object]:
    """What no other example may have: each text in its place, or all of them together."""
    if settings.each_text_once:
        return [(example.language, *place) for place in enumerate(example.texts)]
    return [(example.texts, example.label)]


def _drawn(
    examples: list[TrainingExample], maximum: int | None, left_out: Counter[str]
) -> list[TrainingExample]:
    if maximum is None or len(examples) <= maximum:
        return examples
    left_out["beyond the maximum"] += len(examples) - maximum
    return draw(examples, maximum)


def _check(
    name: str, settings: TrainingSet, examples: list[TrainingExample], left_out: Counter[str]
) -> None:
    if not examples:
        counts = [f"{count} {reason}" for reason, count in left_out.items()] or ["none read"]
        raise InputError(
            f"training set {name} has no examples left ({', '.join(counts)}); change what "
            "leaves them out, or give it other text"
        )
    labels = {example.label for example in examples}
    if settings.form == "labelled" and len(labels) == 1:
        raise InputError(
            f"training set {name} has the label {labels.pop()!r} alone, so there is nothing to "
            "tell apart; add examples of other labels"
        )


def _statistics(
    settings: TrainingSet, examples: list[TrainingExample], given: SetInputs, held_out: int
) -> dict[str, Any]:
    characters = [len(text) for example in examples for text in example.texts]
    return {
        "form": settings.form,
        "examples": len(examples),
        "texts": len(characters),
        "mean_characters": round(sum(characters) / len(characters), 1),
        "languages": dict(sorted(Counter(one.language for one in examples).items())),
        "labels": dict(sorted(Counter(one.label for one in examples if one.label).items())),
        "left_out": dict(sorted(given.left_out.items())),
        "held_out_texts": held_out,
    }
