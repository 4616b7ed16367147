"""A name says what it is wherever one meets it, and every room says what is in it."""

import ast
import re
from pathlib import Path

import pytest
from tests.house import picture
from tests.house.code import Module, read
from tests.house.imports import arrows, circle
from tests.house.measure import twice_named, twice_named_classes

SOURCE = Path(__file__).parents[2] / "src" / "lingraft"
HOUSE = read(SOURCE)
ROOMS = [module for module in HOUSE if module.path.name == "__init__.py"]
PROGRAM = "main"  # every program begins with its `main`


def children(room: Module) -> list[str]:
    found = room.path.parent.iterdir()
    names = [
        path.stem for path in found if path.suffix == ".py" or (path / "__init__.py").is_file()
    ]
    return sorted(set(names) - {"__init__", "__main__"})


def test_a_class_has_a_name_of_its_own() -> None:
    assert twice_named_classes(HOUSE) == {}


def test_a_public_function_has_a_name_of_its_own_in_its_room() -> None:
    found = twice_named(HOUSE)
    assert {name: where for name, where in found.items() if not name.endswith(f" {PROGRAM}")} == {}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name or "lingraft")
def test_a_room_says_which_file_does_what(room: Module) -> None:
    said = ast.get_docstring(room.tree) or ""
    assert [name for name in children(room) if not re.search(rf"\b{name}\b", said)] == []


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name or "lingraft")
def test_files_of_a_room_import_each_other_in_one_direction(room: Module) -> None:
    assert circle(arrows(HOUSE, room.name)) == []


def test_the_walk_through_the_house_is_up_to_date() -> None:
    written = picture.PICTURE.read_text("utf-8"), picture.PAGE.read_text("utf-8")
    assert written == (picture.draw(), picture.page()), "run `make docs`"


@pytest.mark.parametrize(
    ("text", "functions"),
    [
        ("def f(a, b: int) -> int:\n    if a and b:\n        return 1\n    return 2\n", (2, 3, 1)),
        ("class A:\n    def f(self):\n        raise ValueError('no')\n", (0, 1, 0)),
        ("def f():\n    if 1:\n        pass\n    elif 2:\n        for x in y:\n            pass\n",
         (0, 4, 2)),
    ],
)  # fmt: skip
def test_functions_are_measured(tmp_path: Path, text: str, functions: tuple[int, int, int]) -> None:
    (tmp_path / "one.py").write_text(text, "utf-8")
    (one,) = read(tmp_path)[0].functions
    assert (len(one.parameters), one.branches, one.nesting) == functions
