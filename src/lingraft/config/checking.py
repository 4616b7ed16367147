"""Check a block of the configuration; answer a mistake by its key, in one line."""

import reprlib
import types
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError, create_model

from lingraft.config.base import DIRECTION_PATTERN, LANGUAGE_PATTERN, NAME_PATTERN, Block
from lingraft.config.names import nearest
from lingraft.errors import ConfigError
from lingraft.redaction import hide_secrets

B = TypeVar("B", bound=BaseModel)

_EXAMPLES = {  # what a pattern of the configuration accepts, for people who do not read patterns
    LANGUAGE_PATTERN: "a language is written as ISO 639-3 and script, like swh_Latn",
    DIRECTION_PATTERN: "two languages are written with a hyphen, like eng_Latn-swh_Latn",
    NAME_PATTERN: "a name has letters of English, digits, '.', '_' and '-' only",
}
_EXPECTED = {  # by pydantic's type of the error
    "list_type": "must be a list, like [a, b]",
    "tuple_type": "must be a list, like [a, b]",
    "dict_type": "must be a mapping of keys to values",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
}


class _Short(reprlib.Repr):
    """Shows a wrong value: a mistake may be of any size, and contain a password."""

    def repr_str(self, x: str, level: int) -> str:
        return super().repr_str(hide_secrets(x[:10_000]), level)


_SHORT = _Short()
_SHORT.maxlevel, _SHORT.maxlist, _SHORT.maxdict = 3, 4, 4
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 60


def check_block(block: type[B], content: Any, origin: str) -> B:
    """Validate `content` as one block and turn the first mistake into one readable line.

    Args:
        block: the class of the block.
        content: keys and values as the user wrote them.
        origin: where they were written; the message begins with it.

    Raises:
        ConfigError: a key or value is wrong.
    """
    try:
        return block.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"{origin}: {_explain(block, error)}") from None


def check_choice(choice: type[B], content: Mapping[str, Any], name: str) -> B:
    """Check one of several kinds of block, as `sources` and `vectors` have them.

    Args:
        choice: the union of the classes; a key of the content says which one is meant.
        content: keys and values as the user wrote them.
        name: what messages call the block.

    Raises:
        ConfigError: there is no such kind, or a key or value is wrong.
    """
    # A union has no `model_validate`, and the message needs a block that it can walk through.
    fields: Any = {name: (choice, ...)}
    holder = create_model("Settings", __base__=Block, **fields)
    checked: B = getattr(check_block(holder, {name: dict(content)}, f"{name} settings"), name)
    return checked


def _explain(block: type[BaseModel], error: ValidationError) -> str:
    details = error.errors(include_url=False)
    # A misspelt key often also misses the right one; the misspelling is what to say.
    first = next((d for d in details if d["type"] == "extra_forbidden"), details[0])
    said = _EXPECTED.get(first["type"], first["msg"].removeprefix("Value error, "))
    if not first["loc"]:
        return said
    owner, shown = _walk(block, first["loc"])
    key = ".".join(shown)
    if first["type"] == "extra_forbidden":
        fields = owner.model_fields if owner is not None else {}
        return f"{key} is not a key here; {nearest(shown[-1], list(fields))}"
    if first["type"] == "missing":
        return f"{key} is missing"
    if first["type"] == "union_tag_invalid":
        context = first["ctx"]
        known = [tag.strip(" '") for tag in context["expected_tags"].split(",")]
        tag, field = str(context["tag"]), context["discriminator"].strip("'").removesuffix("()")
        return f"{key}.{field}: {tag!r} is unknown; {nearest(tag, known)}"
    shown_value = _SHORT.repr(first["input"])
    if first["type"] == "string_pattern_mismatch":
        pattern = first["ctx"]["pattern"]
        rule = _EXAMPLES.get(pattern, f"it must match {pattern}")
        return f"{key}: {shown_value} is not allowed; {rule}"
    return f"{key}: {said} (got {shown_value})"


def _walk(
    block: type[BaseModel], location: tuple[int | str, ...]
) -> tuple[type[BaseModel] | None, list[str]]:
    """Follow an error's location through the models.

    Returns the model that owns the last step, and the steps as the user wrote them: pydantic adds
    the tag of a union, which is nowhere in the file.
    """
    current: Any = block
    owner: type[BaseModel] | None = None
    shown: list[str] = []
    for step in location:
        current = _strip_optional(current)
        member = _member_with_tag(current, step)
        if member is not None:
            current = member
            continue
        if step == "[key]":
            continue
        shown.append(str(step) if str(step).isprintable() else repr(step))
        owner = current if isinstance(current, type) and issubclass(current, BaseModel) else None
        if owner is not None:
            field = owner.model_fields.get(str(step))
            current = None if field is None else field.annotation
        elif get_origin(current) in (dict, list, tuple):
            current = [item for item in get_args(current) if item is not Ellipsis][-1]
    return owner, shown


def _strip_optional(annotation: Any) -> Any:
    while hasattr(annotation, "__metadata__"):  # Annotated
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        members = [member for member in get_args(annotation) if member is not type(None)]
        if len(members) == 1:
            return _strip_optional(members[0])
    return annotation


def _member_with_tag(annotation: Any, tag: int | str) -> Any:
    if get_origin(annotation) not in (Union, types.UnionType):
        return None
    for member in get_args(annotation):
        model = _strip_optional(member)
        notes = getattr(member, "__metadata__", ())
        if any(isinstance(note, Tag) and note.tag == tag for note in notes):
            return model
        for field in getattr(model, "model_fields", {}).values():
            if get_origin(field.annotation) is Literal and tag in get_args(field.annotation):
                return model
    return None
