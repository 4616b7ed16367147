"""YAML as people write it: read safely, within a second, and answered in one line.

The text is first walked as a stream of events, which costs no recursion and builds nothing. So
aliases that unfold to billions of values, brackets nested a hundred thousand deep and tags that
make other types are refused before the library builds anything of them.
"""

import datetime
import re
import stat
from collections.abc import Hashable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from lingraft.config.json_files import parse_json
from lingraft.errors import ConfigError

_LARGEST_FILE = 1 << 20  # bytes; a configuration is written by people
_DEEPEST = 50
_MOST_VALUES = 300_000  # with aliases unfolded
_MERGE = "tag:yaml.org,2002:merge"
_CONTROL = re.compile("[\0\ud800-\udfff]")  # no path, and no file in UTF-8, can contain them
_LARGEST_NUMBER = 2**63

# libyaml's parser, where it is installed: a thousand languages take seconds less.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Any:
    """Parse a YAML file safely; see `parse_yaml`.

    Raises:
        ConfigError: there is no such file, or it is not a text that `parse_yaml` accepts.
    """
    try:
        _require_file(path)
        # utf-8-sig removes the byte order mark that editors on Windows put before the text.
        return parse_yaml(path.read_text(encoding="utf-8-sig"), str(path))
    except (FileNotFoundError, NotADirectoryError):
        close = _nearest_file(path)
        meant = f"; did you mean {close}?" if close else ""
        raise ConfigError(f"configuration file {path} does not exist{meant}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8 in your editor"
        ) from None


def parse_yaml(text: str, origin: str) -> Any:
    """Parse YAML safely into mappings, lists, texts, numbers, truth values and dates.

    Args:
        text: one document; every key is given once and is a text.
        origin: names the text in errors.

    Raises:
        ConfigError: it is not valid YAML, or nests, unfolds or names types beyond a configuration.
    """
    plain = parse_json(
        text, largest=_LARGEST_NUMBER, deepest=_DEEPEST - 1, most_values=_MOST_VALUES
    )
    if plain is not None:
        return plain
    try:
        _check(yaml.parse(text, Loader=_SafeLoader))
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split()).replace('in "<unicode string>", ', "at ")
        raise ConfigError(f"{origin} is not valid YAML: {problem:.300}") from None


def _nearest_file(path: Path) -> Path | None:
    """A configuration with almost this name, beside it or in config/."""
    known = {
        each.stem: each for place in (Path("config"), path.parent) for each in place.glob("*.yaml")
    }
    close = get_close_matches(path.stem, known, n=1, cutoff=0.6)
    return known[close[0]] if close else None


def _require_file(path: Path) -> None:
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        inside = sorted(each.name for each in path.glob("*.yaml"))
        example = f", such as {path / inside[0]}" if inside else ""
        raise ConfigError(f"{path} is a folder; name a configuration file{example}")
    if not stat.S_ISREG(found.st_mode):
        raise ConfigError(f"{path} is not a regular file; name a configuration file")
    if found.st_size > _LARGEST_FILE:
        raise ConfigError(f"{path} has more than {_LARGEST_FILE} bytes: is it a configuration?")


def _check(events: Iterable[yaml.Event]) -> None:
    """Raise at the first event that a configuration cannot need."""
    sizes: dict[str, int] = {}  # anchor -> values below it, with aliases unfolded
    open_nodes: list[tuple[str | None, int]] = []  # anchor, values before it began
    values = 0
    for event in events:
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:  # it is still open, or never was
                raise _refusal(f"alias *{event.anchor} contains itself or does not exist", event)
            values += sizes[event.anchor]
        elif isinstance(event, yaml.ScalarEvent):
            _check_scalar(event)
            values += 1
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            _check_tag(event)
            # The values below an anchor are those that were counted between its first and last
            # event.
            open_nodes.append((event.anchor, values))
            values += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor:
                sizes[anchor] = values - before
        if len(open_nodes) > _DEEPEST:
            raise _refusal(f"values nest more than {_DEEPEST} deep", event)
        if values > _MOST_VALUES:
            raise _refusal(f"aliases unfold to more than {_MOST_VALUES} values", event)


def _check_scalar(event: yaml.ScalarEvent) -> None:
    _check_tag(event)
    if found := _CONTROL.search(event.value):
        raise _refusal(f"character {found[0]!r} is not allowed in a value", event)


def _check_tag(event: Any) -> None:
    if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        raise _refusal(f"tag {tag} is not allowed; write the plain value", event)


def _refusal(problem: str, place: Any) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, place.start_mark)


class _StrictLoader(_SafeLoader):  # type: ignore[misc]
    """YAML lets the last of two equal keys win in silence, and reads `no` as false; we do not."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == _MERGE:  # what is merged may be given again: that is its purpose
                continue
            key = self.construct_object(key_node, deep=True)
            # In Python a truth value is also an int.
            if not isinstance(key, str | int) or isinstance(key, bool):
                raise _refusal(
                    f"key {getattr(key_node, 'value', key)!s:.40} is read as {_kind(key)}; "
                    "write it in quotes",
                    key_node,
                )
            if key in seen:
                raise _refusal(f"key {key!r} is given twice", key_node)
            seen.add(key)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping

    def construct_number(self, node: yaml.ScalarNode) -> Any:
        """A number whose digits mean what they show: not octal, not base 60, of 64 bits."""
        text = node.value.replace("_", "").lstrip("+-")
        # YAML 1.1 reads 010 as 8 (octal) and 1:30 as 90 (base 60).
        if ":" in text or re.match(r"0\d", text):
            raise _refusal(
                f"number {node.value:.40} is ambiguous in YAML; write it without leading zeros "
                "or colons, or in quotes",
                node,
            )
        try:
            is_whole = node.tag.endswith(":int")
            make = super().construct_yaml_int if is_whole else super().construct_yaml_float
            number = make(node)
        except ValueError:  # more digits than Python converts
            number = _LARGEST_NUMBER
        if _LARGEST_NUMBER <= abs(number) < float("inf"):
            raise _refusal(f"number {node.value:.40} does not fit into 64 bits", node)
        return number

    def construct_date(self, node: yaml.ScalarNode) -> Any:
        """A date; one that the calendar does not have is an error like any other."""
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError as error:
            raise _refusal(f"{node.value!r} is not a valid date ({error})", node) from None


def _kind(key: Any) -> str:
    if isinstance(key, bool):
        return "a truth value"
    return "a date" if isinstance(key, datetime.date) else "something else than a text"


for _name, _constructor in (
    ("int", _StrictLoader.construct_number),
    ("float", _StrictLoader.construct_number),
    ("timestamp", _StrictLoader.construct_date),
):
    _StrictLoader.add_constructor(f"tag:yaml.org,2002:{_name}", _constructor)
