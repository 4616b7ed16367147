"""Artifacts are read through one door: a test over the syntax tree of every module."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "src" / "lingraft"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path.parent.name != "artifacts")
PROGRAMS = sorted((ROOT / "scripts").glob("*.py"))

# Who may look at a manifest without checking the files behind it, and why.
UNCHECKED = {
    "corpus/reading/files.py": "lists files; readers have opened the download, or check each",
    "reporting/collected/files.py": "shows what there is; each file that it reads is checked",
}


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text("utf-8"))))


def names_in(path: Path) -> Iterator[str]:
    for node in nodes_of(path):
        if isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Attribute):
            yield node.attr


def calls_of(name: str, path: Path) -> Iterator[ast.Call]:
    for node in nodes_of(path):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
            yield node


def test_no_module_goes_past_the_door() -> None:
    for path in MODULES + PROGRAMS:
        own = str(path.relative_to(SOURCE)) if path.is_relative_to(SOURCE) else path.name
        used = set(names_in(path)) & {"read_manifest", "verify", "MANIFEST"}
        assert not used or own in UNCHECKED, f"{own} uses {used}: open it with open_artifact"


def test_every_maker_says_what_it_read() -> None:
    makers = 0
    for path in MODULES:
        for call in calls_of("new_artifact", path):
            makers += 1
            named = {keyword.arg for keyword in call.keywords}
            kind = call.args[1]
            first = isinstance(kind, ast.Constant) and kind.value == "download"  # made of nothing
            assert "inputs" in named or first, f"{path}, line {call.lineno}: name the inputs"
    assert makers >= 12
