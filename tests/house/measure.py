"""Measure the code of one or several checkouts and print a table, one column each.

    python -m tests.house.measure                     # this checkout
    python -m tests.house.measure ../before .         # two, side by side

A report to look at: no test fails by these numbers.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from statistics import quantiles

from tests.house.code import Function, Module, read
from tests.house.imports import arrows, circle, count_arrows, floors

ROOT = Path(__file__).parents[2]
_WALKED = ("", "initialization", "evaluation", "reporting")
_ALIASES = re.compile(r"^(\w+)(: TypeAlias)? = NDArray\[", re.MULTILINE)

Row = tuple[str, str]


def measure(root: Path) -> list[Row]:
    """What there is to say of the code below a checkout: names of measures, and their values."""
    house = read(root / "src" / "lingraft")
    modules = [*house, *read(root / "scripts")]
    functions = list(chain.from_iterable(module.functions for module in modules))
    return [
        *_sizes(modules, functions),
        *_documents(modules, functions),
        *_names(house),
        *_rooms(house),
        *_rules(root),
    ]


def _sizes(modules: Sequence[Module], functions: Sequence[Function]) -> list[Row]:
    lines = [module.lines for module in modules]
    branches = [one.branches for one in functions]
    nesting = [one.nesting for one in functions]
    parameters = [len(one.parameters) for one in functions]
    return [
        ("modules / lines of Python", f"{len(lines)} / {sum(lines):,}"),
        ("lines of a module: median / p90 / max", _spread(lines, 50, 90)),
        ("functions", f"{len(functions):,}"),
        ("lines of a function: median / p90 / p99 / max",
         _spread([one.lines for one in functions], 50, 90, 99)),
        ("parameters: p90 / max / functions with 7 or more",
         f"{_spread(parameters, 90)} / {sum(count >= 7 for count in parameters)}"),
        ("branches: p90 / max / share above 10",
         f"{_spread(branches, 90)} / {_share(count > 10 for count in branches)}"),
        ("nesting: max / share of 4 or more",
         f"{max(nesting)} / {_share(depth >= 4 for depth in nesting)}"),
    ]  # fmt: skip


def _documents(modules: Sequence[Module], functions: Sequence[Function]) -> list[Row]:
    public = [one for one in functions if one.is_public]
    sections = ("Args:", "Returns:", "Raises:")
    documented = [one for one in public if one.document]
    many = [one for one in public if len(one.parameters) >= 3]
    raising = [one for one in public if one.raises]
    lines = sum(module.lines for module in modules)
    comments = sum(module.comments for module in modules)
    return [
        ("public functions typed", _share(one.is_typed for one in public)),
        ("public functions / modules with a docstring",
         f"{_share(bool(one.document) for one in public)} / "
         f"{_share(bool(ast.get_docstring(module.tree)) for module in modules)}"),
        ("docstrings with Args, Returns or Raises",
         _share(any(word in one.document for word in sections) for one in documented)),
        ("3 parameters or more, without Args",
         f"{sum('Args:' not in one.document for one in many)} of {len(many)}"),
        ("raise an error, without Raises",
         f"{sum('Raises:' not in one.document for one in raising)} of {len(raising)}"),
        ("comments per 1,000 lines", f"{1000 * comments / lines:.0f}"),
    ]  # fmt: skip


def _names(house: Sequence[Module]) -> list[Row]:
    aliases = sum(len(_ALIASES.findall(module.text)) for module in house)
    return [
        ("class names that stand twice", str(len(twice_named_classes(house)))),
        ("public function names that stand twice in a room", str(len(twice_named(house)))),
        ("array aliases defined", str(aliases)),
    ]


def _rooms(house: Sequence[Module]) -> list[Row]:
    found = []
    for inside in _WALKED:
        rooms = arrows(house, inside)
        height = "a circle" if circle(rooms) else f"{len(floors(rooms))}"
        found.append((f"{inside or 'house'}: rooms / arrows / floors",
                      f"{len(rooms)} / {count_arrows(rooms)} / {height}"))  # fmt: skip
    return found


def _rules(root: Path) -> list[Row]:
    text = "\n".join(path.read_text("utf-8") for path in rule_files(root))
    rules = len(re.findall(r"^(?:use )?rule \w+", text, re.MULTILINE))
    return [
        ("rules / lines of Snakemake", f"{rules} / {len(text.splitlines()):,}"),
        ("lambdas a rule", f"{text.count('lambda ') / rules:.1f}"),
        ("functions in rule files", str(len(re.findall(r"^\s*def ", text, re.MULTILINE)))),
    ]


def rule_files(root: Path) -> list[Path]:
    """The Snakefile, wherever it is, and the files of rules."""
    found = [root / "Snakefile", root / "workflow" / "Snakefile"]
    return [path for path in found if path.is_file()] + sorted(root.glob("workflow/**/*.smk"))


def twice_named_classes(modules: Iterable[Module]) -> Mapping[str, list[str]]:
    """Names of classes that more than one module defines, with these modules."""
    named = ((node.name, module.name) for module in modules for node in module.classes)
    return _in_several(named)


def twice_named(modules: Iterable[Module]) -> Mapping[str, list[str]]:
    """Public functions whose name more than one module of the same room defines."""
    named = (
        (f"{module.room}: {one.name}", module.name)
        for module in modules
        for one in module.top_functions
        if one.is_public
    )
    return _in_several(named)


def _in_several(named: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    pairs = sorted(set(named))
    counts = Counter(name for name, _ in pairs)
    return {
        name: [module for other, module in pairs if other == name]
        for name, count in counts.items()
        if count > 1
    }


def _spread(values: Sequence[int], *percents: int) -> str:
    cuts = quantiles(values, n=100, method="inclusive")
    return " / ".join([*(f"{cuts[percent - 1]:.0f}" for percent in percents), f"{max(values)}"])


def _share(holds: Iterable[bool]) -> str:
    values = list(holds)
    return f"{100 * sum(values) / max(1, len(values)):.1f} %"


def table(roots: Sequence[Path]) -> str:
    """The measures as a Markdown table, one column for each checkout."""
    columns = [dict(measure(root)) for root in roots]
    names = list(columns[-1])
    lines = ["| | " + " | ".join(root.resolve().name for root in roots) + " |"]
    lines.append("|---" * (1 + len(roots)) + "|")
    for name in names:
        lines.append(f"| {name} | " + " | ".join(column[name] for column in columns) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table([Path(word) for word in sys.argv[1:]] or [ROOT]))
