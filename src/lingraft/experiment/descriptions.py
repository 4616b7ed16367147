"""The docstrings under the fields of blocks, as descriptions in the JSON schema.

pydantic can read them while it makes a class, but that is half of the time to import the
configuration, which every submitted job does. Only the schema and the key reference need them.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from lingraft.config.base import Block


def describe(schema: dict[str, Any], root: type[Block]) -> dict[str, Any]:
    """The schema of a block, with the docstring of each field as its description.

    Args:
        schema: what `root.model_json_schema()` returned.
        root: the block.
    """
    blocks = {name: block for block in _derived(Block) for name in _names(block)}
    definitions = {
        name: _described(definition, blocks[name]) if name in blocks else definition
        for name, definition in schema["$defs"].items()
    }
    return _described(schema, root) | {"$defs": definitions}


def _derived(block: type[Block]) -> Iterator[type[Block]]:
    for derived in block.__subclasses__():
        yield derived
        yield from _derived(derived)


def _names(block: type[Block]) -> tuple[str, str]:
    """What pydantic calls a block: by its class, or with the module if two classes share it."""
    return block.__name__, f"{block.__module__}.{block.__name__}".replace(".", "__")


def _described(definition: dict[str, Any], block: type[Block]) -> dict[str, Any]:
    found = _docstrings(block)
    fields = {
        name: dict(sorted({"description": found[name], **field}.items()))
        if name in found
        else field
        for name, field in definition.get("properties", {}).items()
    }
    return definition | {"properties": fields}


def _docstrings(block: type[Block]) -> dict[str, str]:
    """Field -> its docstring, of the block itself and the blocks that it derives from."""
    found: dict[str, str] = {}
    # From the most general class to the block itself, whose docstrings replace inherited ones.
    for base in reversed(block.__mro__):
        if issubclass(base, Block) and base is not Block:
            found |= _own_docstrings(base)
    return found


def _own_docstrings(block: type[Block]) -> dict[str, str]:
    try:
        source = textwrap.dedent(inspect.getsource(block))
    except (OSError, TypeError):  # a class that was made from others has no source
        return {}
    # The docstring of a field is the expression right after the field. Python keeps it in the
    # source only, so the syntax tree is read.
    body = ast.parse(source).body[0].body  # type: ignore[attr-defined]
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
