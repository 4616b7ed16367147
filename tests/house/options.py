"""Every option of a configuration, and where a user can read of it.

An option is a field of a block. It is known where a shipped configuration sets it, or where a
document names it in code (`like_this`). The generated key reference does not count: it has them
all.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from lingraft.config.base import Block
from lingraft.experiment.configuration import Config
from lingraft.experiment.loading import load

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHIPPED = sorted((ROOT / "config").rglob("*.yaml"))
NAMED = re.compile(r"(\w+)\s*[=:(]|[\"'](\w+)[\"']")  # a keyword, a class, or a string
Option = tuple[type[BaseModel], str]  # the block that declares it, and its key


def blocks_below(annotation: Any) -> list[type[Block]]:
    """Return the blocks that can stand in a value of this type, at any depth."""
    found: dict[type[Block], None] = {}
    waiting = [annotation]
    while waiting:
        part = waiting.pop(0)
        waiting += get_args(part)
        if isinstance(part, type) and issubclass(part, Block) and part not in found:
            found[part] = None
            waiting += [field.annotation for field in part.model_fields.values()]
    return list(found)


def names_in(section: str, key: str) -> list[str]:
    """Return the values that choose a block in a section: of `kind`, `format` or `method`."""
    annotation = Config.model_fields[section].annotation
    chosen = [block.model_fields.get(key) for block in blocks_below(annotation)]
    literals = [field.annotation for field in chosen if field is not None]
    return [name for part in literals if get_origin(part) is Literal for name in get_args(part)]


def declared(block: type[BaseModel], key: str) -> Option:
    """Return the option with the class that declares it first, which may be a parent."""
    return [each for each in block.__mro__ if key in getattr(each, "model_fields", {})][-1], key


@cache
def options() -> tuple[Option, ...]:
    """Return every option of a configuration once, in a stable order."""
    found = {declared(block, key) for block in blocks_below(Config) for key in block.model_fields}
    return tuple(sorted(found, key=name_of))


def name_of(option: Option) -> str:
    """Return the name by which a report calls an option."""
    return f"{option[0].__name__}.{option[1]}"


def options_set(content: Any) -> Iterator[Option]:
    """Yield the options that somebody wrote down in a checked configuration."""
    if isinstance(content, dict | list | tuple):
        for part in content.values() if isinstance(content, dict) else content:
            yield from options_set(part)
    if isinstance(content, Block):
        for key in content.model_fields_set:
            yield declared(type(content), key)
            yield from options_set(getattr(content, key))


@cache
def shipped_options() -> frozenset[Option]:
    """Return the options that any shipped configuration sets."""
    return frozenset(option for path in SHIPPED for option in options_set(load(path)))


def code_in(document: str) -> Iterator[str]:
    """Yield what a document shows as code, in a line or in a block."""
    yield from re.findall(r"```.*?```|`[^`\n]+`", document, flags=re.DOTALL)


@cache
def words_in_documents() -> frozenset[str]:
    """Return all words that the documents show as code."""
    texts = [path.read_text("utf-8") for path in DOCUMENTS]
    return frozenset(
        w for text in texts for code in code_in(text) for w in re.findall(r"\w+", code)
    )


@cache
def words_in_tests() -> frozenset[str]:
    """Return what the tests' code and configurations name in a place where an option may be."""
    files = [path for path in (ROOT / "tests").rglob("*") if path.suffix in (".py", ".yaml")]
    found = [pair for path in files for pair in NAMED.findall(path.read_text("utf-8"))]
    return frozenset(keyword or string for keyword, string in found)


def unknown_options() -> list[str]:
    """Return the options that no shipped configuration sets and no document names."""
    known = shipped_options(), words_in_documents()
    return [name_of(each) for each in options() if each not in known[0] and each[1] not in known[1]]


def untried_options() -> list[str]:
    """Return the options that no test names, and whose block (if it is one) no test makes."""
    found = []
    for block, key in options():
        made = [part.__name__ for part in blocks_below(block.model_fields[key].annotation)]
        if not words_in_tests() & {key, *made}:
            found.append(name_of((block, key)))
    return found
