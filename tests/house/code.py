"""Modules, classes and functions of a tree of Python files, as values to count."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef
_BRANCHES = (
    ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.IfExp, ast.comprehension,
    ast.Assert, ast.match_case,
)  # fmt: skip
_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)


@dataclass(frozen=True)
class Function:
    """One `def`, and what a reader meets in it."""

    node: AnyFunction
    module: str
    owner: str | None
    """The class that it is a method of."""

    @property
    def name(self) -> str:
        """Its name, without module and class."""
        return self.node.name

    @property
    def is_public(self) -> bool:
        """Whether neither it nor its class begins with an underscore."""
        return not self.name.startswith("_") and not (self.owner or "").startswith("_")

    @property
    def lines(self) -> int:
        """From `def` to its last line; decorators are not counted."""
        return (self.node.end_lineno or self.node.lineno) - self.node.lineno + 1

    @property
    def parameters(self) -> list[ast.arg]:
        """All parameters but `self` and `cls`."""
        given = self.node.args
        found = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        found += [extra for extra in (given.vararg, given.kwarg) if extra is not None]
        return [one for one in found if one.arg not in ("self", "cls")]

    @property
    def is_typed(self) -> bool:
        """Whether every parameter and the result are annotated."""
        typed = all(one.annotation is not None for one in self.parameters)
        return typed and self.node.returns is not None

    @property
    def document(self) -> str:
        """The docstring, empty where there is none."""
        return ast.get_docstring(self.node) or ""

    @property
    def raises(self) -> bool:
        """Whether an error is raised in its own body, by name (`raise` alone passes one on)."""
        return any(isinstance(node, ast.Raise) and node.exc is not None for node in self._own())

    @property
    def branches(self) -> int:
        """One, and one more for each branch: like McCabe's number."""
        ways = sum(isinstance(node, _BRANCHES) for node in self._own())
        choices = (node for node in self._own() if isinstance(node, ast.BoolOp))
        return 1 + ways + sum(len(node.values) - 1 for node in choices)

    @property
    def nesting(self) -> int:
        """How deep blocks stand in blocks; `elif` is no deeper than its `if`."""
        return max((_depth(child, 0) for child in self.node.body), default=0)

    def _own(self) -> Iterator[ast.AST]:
        waiting: list[ast.AST] = list(self.node.body)
        while waiting:
            node = waiting.pop()
            yield node
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                waiting += ast.iter_child_nodes(node)


def _depth(node: ast.AST, above: int, *, is_elif: bool = False) -> int:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return above
    here = above + (isinstance(node, _BLOCKS) and not is_elif)
    deepest = here
    for child in ast.iter_child_nodes(node):
        follows = isinstance(node, ast.If) and node.orelse == [child] and isinstance(child, ast.If)
        deepest = max(deepest, _depth(child, here, is_elif=follows))
    return deepest


@dataclass(frozen=True)
class Module:
    """One file of Python."""

    path: Path
    name: str
    """Dotted, from the folder that was read: `training.loop`."""

    @cached_property
    def text(self) -> str:
        """The source."""
        return self.path.read_text("utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text)

    @property
    def lines(self) -> int:
        """Lines of the file."""
        return len(self.text.splitlines())

    @property
    def room(self) -> str:
        """The folder or file right below the root that it belongs to."""
        return self.name.partition(".")[0]

    @cached_property
    def classes(self) -> list[ast.ClassDef]:
        """Classes at the top of the file."""
        return [node for node in self.tree.body if isinstance(node, ast.ClassDef)]

    @cached_property
    def functions(self) -> list[Function]:
        """Every `def`, also methods and nested ones."""
        return list(self._functions(self.tree, None))

    @property
    def top_functions(self) -> list[Function]:
        """Functions at the top of the file."""
        return [one for one in self.functions if one.node in self.tree.body]

    @property
    def comments(self) -> int:
        """Lines with a comment that speaks to people."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        said = (token.string for token in tokens if token.type == tokenize.COMMENT)
        return sum(not re.match(r"#\s*(type:|noqa|fmt:|!)", text) for text in said)

    def _functions(self, node: ast.AST, owner: str | None) -> Iterator[Function]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield Function(child, self.name, owner)
                yield from self._functions(child, None)
            else:
                inner = child.name if isinstance(child, ast.ClassDef) else owner
                yield from self._functions(child, inner)


def read(folder: Path) -> list[Module]:
    """Every module below a folder, by name."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Module(path, name))
    return found
