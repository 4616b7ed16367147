"""Read a configuration file; answer every mistake in it by key, in one line, within a second."""

import types
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from lingraft.config.experiment import Config
from lingraft.config.names import nearest
from lingraft.errors import ConfigError

B = TypeVar("B", bound=BaseModel)

_LARGEST_FILE = 1 << 20  # a configuration is written by people


def load(path: Path) -> Config:
    """Read and check a configuration file, which stands alone.

    Raises:
        ConfigError: naming the file, the key and how to mend it.
    """
    return check(read_yaml(path), str(path))


def check(content: Any, origin: str) -> Config:
    """Check parsed content against the models; `origin` names it in errors."""
    return check_block(Config, content, origin)


def check_block(block: type[B], content: Any, origin: str) -> B:
    """Validate `content` as one block and turn the first mistake into one readable line."""
    try:
        return block.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"{origin}: {_explain(block, error)}") from None


def read_yaml(path: Path) -> Any:
    """Parse YAML safely; keys given twice and oversized files are refused."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ConfigError(f"{path} has more than {_LARGEST_FILE} bytes: is it a configuration?")
        return parse_yaml(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        raise ConfigError(f"configuration file {path} does not exist") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 (byte {error.start})") from None


def parse_yaml(text: str, origin: str) -> Any:
    """Parse YAML safely; keys given twice are refused. `origin` names the text in errors."""
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError as error:
        raise ConfigError(f"{origin} is not valid YAML: {error}") from None


_MERGE = "tag:yaml.org,2002:merge"


# libyaml's parser, where it is there: a thousand languages take seconds less.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_SafeLoader):  # type: ignore[misc]
    """YAML lets the last of two equal keys win in silence; we do not."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == _MERGE:  # what is merged may be given again: that is its purpose
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key!r} is given twice", key_node.start_mark
                )
            seen.add(key)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


def _explain(block: type[BaseModel], error: ValidationError) -> str:
    details = error.errors(include_url=False)
    # A misspelt key often also misses the right one; the misspelling is what to say.
    first = next((d for d in details if d["type"] == "extra_forbidden"), details[0])
    if not first["loc"]:
        return first["msg"].removeprefix("Value error, ")
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
        tag, field = str(context["tag"]), context["discriminator"].strip("'")
        return f"{key}.{field}: {tag!r} is unknown; {nearest(tag, known)}"
    if first["type"] == "string_pattern_mismatch":
        return f"{key}: {first['input']!r} is not allowed; it must match {first['ctx']['pattern']}"
    return f"{key}: {first['msg'].removeprefix('Value error, ')} (got {first['input']!r:.80})"


def _walk(
    block: type[BaseModel], location: tuple[int | str, ...]
) -> tuple[type[BaseModel] | None, list[str]]:
    """Follow an error's location through the models.

    Returns the model that owns the last step, and the steps as the user wrote them: pydantic adds
    the tag of a union, which stands nowhere in the file.
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
        for field in getattr(model, "model_fields", {}).values():
            if get_origin(field.annotation) is Literal and tag in get_args(field.annotation):
                return model
    return None
