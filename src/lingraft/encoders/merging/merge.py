"""Merges models: reads them, mixes their weights, and writes the result with its record."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lingraft import __version__
from lingraft.artifacts import new_artifact, write_json
from lingraft.encoders.card import card
from lingraft.encoders.merging.given import Given, Merged, Probe, check_weights
from lingraft.encoders.merging.members import Member, check_alike, read_member
from lingraft.encoders.merging.methods.method import Merging
from lingraft.encoders.student import open_student, write_student
from lingraft.errors import InputError
from lingraft.models.loading import load_weights
from lingraft.models.writing import write_model
from lingraft.tokenizers.saving import copy_tokenizer_files

logger = logging.getLogger(__name__)

RECORD = "weights.json"


@dataclass(frozen=True)
class MergedModel:
    """A model that was made from others."""

    model: Any
    """The language model with its head."""
    record: dict[str, Any]
    """What `weights.json` says: the method, its members and their coefficients."""
    like: Member
    """The member that it is like: the first encoder, or the first of all."""
    sources: list[Member]
    """What it was made from; the base, where there is one, is the last."""


def merge_weights(settings: Merging, given: Given) -> Merged:
    """Merge weights that are in memory.

    Args:
        settings: the method.
        given: names and weights of the members, the base and the probe that the method needs.

    Raises:
        InputError: they do not fit the method or each other, or the result is not finite.
    """
    if problem := settings.problem(len(given.members), given.base is not None):
        raise InputError(problem)
    check_weights(given)
    merged = settings.merge(given)
    for name, tensor in merged.weights.items():
        if not torch.isfinite(tensor).all():
            raise InputError(
                f"{settings.method} makes {name} larger than {tensor.dtype} can hold; lower `scale`"
            )
    return merged


def read_and_merge(
    settings: Merging,
    members: Mapping[str, Path],
    base: Path | None = None,
    probe: Callable[[Member], Probe] | None = None,
) -> MergedModel:
    """Merge model artifacts; nothing is written.

    Args:
        settings: the method.
        members: name -> folder of the model, with its language modeling head.
        base: the model from which they were trained, for methods that need it.
        probe: makes the probe of one of them, for methods that need it.

    Raises:
        InputError: one of them is not a model, or they cannot be merged.
    """
    found = [read_member(name, folder) for name, folder in members.items()]
    start = read_member("the base", base) if base is not None else None
    every = [*found, *([start] if start is not None else [])]
    check_alike(every)
    like = next((member for member in found if member.is_encoder), found[0])
    given = Given(
        {member.name: member.weights for member in found},
        start.weights if start is not None else None,
        probe(like) if probe is not None and settings.needs_probe else None,
    )
    merged = merge_weights(settings, given)
    record = {
        "method": settings.model_dump(mode="json"),
        "members": {member.name: member.artifact.digest for member in found},
        "base": start.artifact.digest if start is not None else None,
        "multiplied_out": [member.name for member in every if member.was_factorized],
        **merged.record,
    }
    load_weights(like.model, merged.weights)
    logger.info("%s of %s", settings.method, ", ".join(members))
    return MergedModel(like.model, record, like, every)


def merge_models(
    settings: Merging,
    members: Mapping[str, Path],
    output: Path,
    base: Path | None = None,
    probe: Callable[[Member], Probe] | None = None,
) -> None:
    """Merge model artifacts to a model artifact, whose weights.json says how.

    Args:
        settings: the method.
        members: name -> folder of the model, with its language modeling head.
        output: folder of the artifact.
        base: the model from which they were trained, for methods that need it.
        probe: makes the probe of one of them, for methods that need it.

    Raises:
        InputError: one of them is not a model, or they cannot be merged.
    """
    merged = read_and_merge(settings, members, base, probe)
    with new_artifact(
        output,
        "model",
        settings={"method": settings.method} | settings.model_dump(exclude_unset=True, mode="json"),
        inputs={member.name: member.artifact for member in merged.sources},
    ) as staging:
        folder = merged.like.artifact.folder
        if merged.like.is_encoder:
            student = open_student(folder, merged.model)
            write_student(student, staging)
            (staging / "README.md").write_text(_card(merged, student.encoder), "utf-8")
        else:
            write_model(merged.model, staging)
            copy_tokenizer_files(folder, staging)
        write_json(staging / RECORD, merged.record)


def _card(merged: MergedModel, encoder: Any) -> str:
    """The model card of a merged encoder."""
    settings = merged.record["method"]
    chosen = ", ".join(f"{name} {value}" for name, value in settings.items() if name != "method")
    members = "\n".join(f"- {name}" for name in merged.record["members"])
    how = f"{settings['method']} ({chosen})" if chosen else settings["method"]
    made = f"Merged by lingraft {__version__} with {how}:\n\n{members}"
    sources = (one.artifact for one in merged.sources)
    title = f"merged from {len(merged.record['members'])} models"
    return card(title, made, encoder, sources, f"Coefficients and digests are in `{RECORD}`.")
