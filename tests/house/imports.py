"""Which room imports which: arrows, floors and circles, of the house or of one room."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from tests.house.code import Module

Arrows = Mapping[str, frozenset[str]]
"""For each room the rooms that it imports."""

PACKAGE = "lingraft"


def arrows(modules: Iterable[Module], inside: str = "") -> Arrows:
    """The imports between the rooms of a package.

    Args:
        modules: all modules of the package.
        inside: a room whose own files and folders are the rooms to look at; empty for the house.
    """
    modules = list(modules)
    names = {module.name for module in modules if module.name}
    prefix = f"{inside}." if inside else ""
    found: dict[str, set[str]] = {}
    for module in modules:
        if not module.name.startswith(prefix) or not module.name.removeprefix(prefix):
            continue
        room = _room(module.name, prefix)
        others = found.setdefault(room, set())
        imported = (_longest(name, names) for name in imports(module))
        others |= {_room(name, prefix) for name in imported if name.startswith(prefix) and name}
        others.discard(room)
    return {room: frozenset(others & found.keys()) for room, others in found.items()}


def imports(module: Module) -> Iterator[str]:
    """Dotted names of our own that a module imports anywhere, without the package's name."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE:
            for alias in node.names:
                yield f"{node.module}.{alias.name}".removeprefix(PACKAGE).lstrip(".")
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith(f"{PACKAGE}."):
                    yield alias.name.removeprefix(f"{PACKAGE}.")


def floors(rooms: Arrows) -> list[list[str]]:
    """Rooms by floor: each stands above everything that it imports.

    Raises:
        CycleError: rooms import each other in a circle.
    """
    level: dict[str, int] = {}
    for room in TopologicalSorter(rooms).static_order():
        level[room] = 1 + max((level[other] for other in rooms[room]), default=-1)
    count = 1 + max(level.values(), default=-1)
    return [sorted(room for room in level if level[room] == floor) for floor in range(count)]


def circle(rooms: Arrows) -> list[str]:
    """A circle of imports, empty where there is none."""
    try:
        floors(rooms)
    except CycleError as error:
        return list(error.args[1])
    return []


def count_arrows(rooms: Arrows) -> int:
    """How many pairs of rooms there are of which one imports the other."""
    return sum(len(others) for others in rooms.values())


def reduced(rooms: Arrows) -> Arrows:
    """The arrows without those that a longer way says already."""

    def behind(room: str) -> frozenset[str]:
        return rooms[room].union(*map(behind, rooms[room]))

    return {
        room: frozenset(
            other for other in others if not any(other in behind(third) for third in others)
        )
        for room, others in rooms.items()
    }


def _room(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).partition(".")[0]


def _longest(name: str, names: set[str]) -> str:
    """The module that an imported name is in: `a.b.C` is in `a.b`."""
    while name and name not in names:
        name = name.rpartition(".")[0]
    return name
