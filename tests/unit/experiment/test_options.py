"""Every option of the configuration can be known, and is tried."""

from typing import Annotated, Literal

from pydantic import Field
from tests.house.options import blocks_below, name_of, options, unknown_options, untried_options

from lingraft.config.base import Block


class Leaf(Block):
    kind: Literal["leaf"] = "leaf"


class Tree(Block):
    leaves: dict[str, Annotated[Leaf | None, Field(description="a part")]]


def test_blocks_are_found_at_any_depth() -> None:
    assert blocks_below(list[Tree]) == [Tree, Leaf]
    names = [name_of(option) for option in options()]
    assert {"WordAlignment.links", "Sections.runs", "Method.fill"} <= set(names)
    assert len(names) == len(set(names))


def test_every_option_is_known() -> None:
    """A new option gets its place in docs/, with what it is good for."""
    assert not unknown_options()


def test_every_option_is_tried() -> None:
    assert not untried_options()
