"""JSON that means the same as YAML, read at once: generated configurations have half a megabyte.

YAML's parser takes a quarter of a second for such a text, in each program that reads it. What YAML
would read in another way is left to it, so there is one meaning, and one message.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

# What both read as a number: YAML 1.1 wants a point, and a sign before an exponent.
_FLOAT = re.compile(r"-?[0-9]+\.[0-9]+([eE][-+][0-9]+)?")
# What both read as text, however it is escaped: no other text is in an ordinary configuration.
_TEXT = re.compile("[\x20-\x7e\xa0-\ud7ff]*")


class _AskYamlError(Exception):
    """YAML might not agree."""


def parse_json(text: str, *, largest: int, deepest: int, most_values: int) -> Any:
    """The content of a JSON text; None where YAML has to be asked.

    Args:
        text: the document.
        largest: the size that every number is below.
        deepest: how deep values may nest.
        most_values: how many values there may be.
    """
    if not text.startswith("{"):
        return None
    try:
        content = json.loads(
            text,
            object_pairs_hook=_mapping,
            parse_float=_float,
            parse_constant=_refuse,
        )
        _check(content, largest, deepest, most_values)
    except (_AskYamlError, ValueError, RecursionError):
        return None
    return content


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise _AskYamlError("a key is given twice")
    return mapping


def _float(digits: str) -> float:
    if not _FLOAT.fullmatch(digits):
        _refuse(digits)
    return float(digits)


def _refuse(word: str) -> None:
    raise _AskYamlError(word)


def _check(content: Any, largest: int, deepest: int, most_values: int) -> None:
    """Leave to YAML whatever it might refuse; level by level, without recursion."""
    level: list[Any] = [content]
    values = depth = 0
    while level:
        values += len(level)
        if depth > deepest or values > most_values:
            raise _AskYamlError("it is too deep, or too large")
        for one in level:
            is_odd_text = isinstance(one, str) and not _TEXT.fullmatch(one)
            is_odd_number = isinstance(one, int | float) and not abs(one) < largest
            if is_odd_text or is_odd_number:
                raise _AskYamlError(repr(one))
        level = [inner for one in level for inner in _inside(one)]
        depth += 1


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else ()
