"""What the files of a folder declare, and how a configuration chooses among it.

A kind of thing (sources, formats of text, trainers of vectors) is a folder with one class in each
file: a block of settings with the method that does the work. A key of the block names the class
(`kind: debian`). The configuration's union, the key reference and the programs all ask `declared`,
so a new file in the folder is all that a new class needs.

The Snakefile imports these files in every job that it submits. Therefore they import nothing heavy
(torch, numpy, compressors, HTTP clients) at their top, but inside the method that does the work.
"""

import sys
from collections.abc import Callable, Mapping
from functools import reduce
from importlib import import_module
from operator import or_
from pkgutil import iter_modules
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import Discriminator, Field, Tag

from lingraft.config.base import Block

B = TypeVar("B", bound=Block)


def declared(package: str, base: type[B], key: str) -> dict[str, type[B]]:
    """The classes that the modules of a package declare, in the order of the modules' names.

    Args:
        package: name of the package, which is being imported.
        base: what they derive from.
        key: the field that names a class: `Literal["debian"]` declares it under "debian".
    """
    found: dict[str, type[B]] = {}
    for module in iter_modules(sys.modules[package].__path__):
        content = import_module(f"{package}.{module.name}")
        for value in vars(content).values():
            # Classes that the module only imports belong to another module.
            is_own = isinstance(value, type) and value.__module__ == content.__name__
            if is_own and issubclass(value, base):
                found |= dict.fromkeys(_names(value, key), value)
    return found


def _names(block: type[Block], key: str) -> tuple[str, ...]:
    """The names that the field allows; none of a class that others derive from."""
    annotation = block.model_fields[key].annotation if key in block.model_fields else None
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def one_of(
    classes: Mapping[str, type[Block]],
    key: str,
    default: str | Callable[[dict[str, Any]], str] | None = None,
) -> Any:
    """The type of a block that is one of several, which `key` names.

    Args:
        classes: name -> class.
        key: the field that names the class.
        default: the name for a block without the key, or a function that finds the name by the
            block's other keys; without a default the key is required.
    """
    if default is None:
        # The union A | B | C. A class with several names occurs once: dict.fromkeys removes repeats
        # and keeps the order.
        return Annotated[reduce(or_, dict.fromkeys(classes.values())), Field(discriminator=key)]

    def chosen(value: Any) -> Any:
        if not isinstance(value, dict):
            return getattr(value, key, None)
        return value.get(key, default(value) if callable(default) else default)

    chosen.__name__ = key  # a message about an unknown name shows it
    tagged: list[Any] = [Annotated[block, Tag(name)] for name, block in classes.items()]
    return Annotated[reduce(or_, tagged), Discriminator(chosen)]
