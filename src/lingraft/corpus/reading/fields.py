"""Values that become a document: checked for their type, repaired if they cannot be written."""

import math
from collections.abc import Mapping
from typing import Any

import regex

from lingraft.errors import InputError

_SURROGATES = regex.compile(r"[\uD800-\uDFFF]+")
_DEEPEST = 200  # levels of metadata; the writer of JSON knows 254
_NAMES = {
    bool: "a truth value",
    int: "a number",
    float: "a number",
    type(None): "null",
    list: "a list",
    dict: "an object",
    bytes: "bytes",
}


def text_of(value: Any, name: str, place: str) -> str:
    """The value of a field that must be a text.

    Args:
        value: what the file has.
        name: the field, for messages.
        place: file and line, for messages.

    Raises:
        InputError: it is not a text.
    """
    if not isinstance(value, str):
        raise InputError(f"{place}: field {name!r} must be a text, but it is {_kind(value)}")
    return value


def identifier_of(value: Any, name: str, place: str) -> str:
    """The value of a field as an id: a text, a whole number, or what is written like one (a date).

    Args:
        value: what the file has.
        name: the field, for messages.
        place: file and line, for messages.

    Raises:
        InputError: it is neither.
    """
    if isinstance(value, bool | list | dict | bytes | None):
        raise InputError(f"{place}: field {name!r} must be a text or number, not {_kind(value)}")
    return str(value)


def metadata_of(value: Any, place: str) -> dict[str, Any]:
    """The metadata of a document; `group` is a text there, because it decides about the split.

    Raises:
        InputError: the group is a list, an object, a fraction or a truth value.
    """
    metadata = dict(value) if isinstance(value, dict) else {}
    group = metadata.get("group")
    if isinstance(group, int) and not isinstance(group, bool):
        metadata["group"] = str(group)
    elif group is not None and not isinstance(group, str):
        problem = f"'metadata.group' must be a text, but it is {_kind(group)}"
        raise InputError(f"{place}: field {problem}")
    return metadata


def repaired_text(text: str) -> str:
    """The text with U+FFFD in place of what is not UTF-8."""
    return _SURROGATES.sub("\ufffd", text)


def repaired_metadata(value: Any, depth: int = 0) -> Any:
    """A value that JSON of any reader can hold.

    What is not UTF-8 becomes U+FFFD, an integer of more than 64 bits a text, NaN and infinity null,
    and what nests deeper than any use null.
    """
    if isinstance(value, str):
        return repaired_text(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list | tuple | Mapping) and depth == _DEEPEST:
        return None
    if isinstance(value, list | tuple):
        return [repaired_metadata(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        pairs = value.items()
        return {repaired_text(str(key)): repaired_metadata(item, depth + 1) for key, item in pairs}
    return value


def _kind(value: Any) -> str:
    return _NAMES.get(type(value), f"of type {type(value).__name__}")
