"""Presets: recipes of the literature, which fill in what a recipe does not say.

Each is a file in `presets/` beside this one: where it comes from, what of it is ours, and the
recipe without the data. What a preset fills in counts as written by the user, so a changed preset
makes its encoders again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

from pydantic import AfterValidator, WithJsonSchema

from lingraft.config.base import Block
from lingraft.config.checking import check_block
from lingraft.config.names import nearest
from lingraft.config.yaml_files import parse_yaml
from lingraft.encoders.loss import Status

_FOLDER = files("lingraft.encoders") / "presets"
_SUFFIX = ".yaml"
_CHOOSERS = ("name", "kind")  # keys that say which block is meant

PRESETS = tuple(
    sorted(path.name.removesuffix(_SUFFIX) for path in _FOLDER.iterdir() if path.is_file())
)


class Preset(Block):
    """A recipe of the literature."""

    paper: str
    """Authors, year and name."""
    does: str
    """What it is."""
    ours: str
    """What the source leaves open, or has otherwise."""
    status: Status
    """`exact`: the mathematics are the paper's, and tests compare them with independent formulas.
    `after the paper`: details are not public."""
    recipe: dict[str, Any]
    """The values, as in `encoders`; its stages have no data."""


def _known(name: str) -> str:
    if name not in PRESETS:
        raise ValueError(f"this preset is unknown; {nearest(name, PRESETS)}")
    return name


PresetName = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"enum": list(PRESETS), "type": "string"})
]


@cache
def read_preset(name: str) -> Preset:
    """The preset of a name in `PRESETS`."""
    path = _FOLDER / f"{name}{_SUFFIX}"
    return check_block(Preset, parse_yaml(path.read_text("utf-8"), str(path)), str(path))


def with_preset(content: Mapping[str, Any]) -> dict[str, Any]:
    """A recipe as the user wrote it, and below that what its preset says.

    A block is filled in key by key, unless it is of another kind than the preset's. The only stage
    of a recipe is laid over every stage of the preset; of several, each over that of its number,
    and further ones over the last. A recipe that was filled in before stays as it is.

    Args:
        content: keys and values; without a known `preset`, it is returned unchanged.
    """
    name = content.get("preset")
    if name not in PRESETS:
        return dict(content)
    recipe = read_preset(name).recipe
    filled = _over(recipe, content)
    stages = content.get("stages")
    if isinstance(stages, Sequence) and stages and all(isinstance(s, Mapping) for s in stages):
        filled["stages"] = _stages(recipe["stages"], stages)
    return filled


def _stages(own: Sequence[Any], given: Sequence[Any]) -> list[Any]:
    if len(given) == 1:
        return [_over(stage, given[0]) for stage in own]
    last = len(own) - 1
    return [_over(own[min(number, last)], stage) for number, stage in enumerate(given)]


def _over(own: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, and where it says nothing, what the preset has."""
    filled = {**own, **given}
    for key in own.keys() & given.keys():
        mine, theirs = own[key], given[key]
        both = isinstance(mine, Mapping) and isinstance(theirs, Mapping)
        if both and all(theirs.get(name, mine.get(name)) == mine.get(name) for name in _CHOOSERS):
            filled[key] = _over(mine, theirs)
    return filled
