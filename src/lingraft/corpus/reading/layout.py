"""Which files of a downloaded dataset make a split: by its card, or by names, as on the hub.

Only files that the download's manifest lists are chosen. A card (README.md) chooses among them; one
that names anything else is refused, and no code beside the data is looked at.
"""

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from fsspec.utils import glob_translate

from lingraft.config.patterns import is_inside
from lingraft.config.yaml_files import parse_yaml
from lingraft.corpus.reading.files import listed_files
from lingraft.corpus.reading.tables import builder_of
from lingraft.errors import ConfigError, InputError

_BETWEEN = "[-._ 0-9]"
_KEYWORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "dev", "val"),
    "test": ("test", "testing", "eval", "evaluation"),
}
_SHARD = re.compile(r"data/(\w+)-\d{5}-of-\d{5}[^/]*\.[^/]*")
_NOT_DATA = ("config.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json")
_HARMLESS = {"config_name", "data_files", "data_dir", "default", "version", "description"}
_HARMLESS |= {"features", "drop_labels", "drop_metadata"}  # what we need we check ourselves
_LARGEST_CARD = 1 << 20  # bytes

Splits = dict[str, list[str]]


def files_of_split(folder: Path, source: str, configuration: str | None, split: str) -> list[Path]:
    """The files of a split of a dataset, all of one format.

    Args:
        folder: the unpacked files of the download.
        source: name of the source, for messages.
        configuration: name of the dataset's configuration, if the card lists several.
        split: name of the split.

    Raises:
        InputError: there are none, or the card names files outside of the download.
    """
    names = [
        path.relative_to(folder).as_posix()
        for path in listed_files(folder)
        if builder_of(path) is not None and path.name not in _NOT_DATA
    ]
    splits = _splits(folder / "README.md", names, configuration, f"README.md of source {source}")
    problem = f"source {source} cannot be read as a dataset"
    if not splits:
        raise InputError(f"{problem}: it has no Parquet, JSON, CSV, Arrow or text; set `files`")
    if split not in splits:
        known = ", ".join(splits)
        raise InputError(f"{problem}: it has no split {split!r}; it has {known}")
    return [folder / name for name in _of_one_format(splits[split])]


def _of_one_format(names: Sequence[str]) -> list[str]:
    """Those of the most frequent format: notes beside the data are not data."""
    builders = [builder_of(Path(name)) for name in names]
    most = max(builders, key=lambda builder: (builders.count(builder), builder != "text"))
    return [name for name, builder in zip(names, builders, strict=True) if builder == most]


def _splits(card: Path, names: Sequence[str], wanted: str | None, place: str) -> Splits:
    configurations = _configurations(card, place)
    if not configurations:
        if wanted is not None:
            problem = f"has no configuration {wanted!r}, and no other"
            raise InputError(f"{place} {problem}; remove `configuration`, or set `files`")
        return _by_name(names)
    chosen = _choose(configurations, wanted, place)
    if strange := sorted(chosen.keys() - _HARMLESS):
        problem = f"wants its files read with {', '.join(strange)}, which is not possible"
        raise InputError(f"{place} {problem}; set `files`, or convert the data")
    root = _inside(str(chosen.get("data_dir") or "."), place)
    if "data_files" not in chosen:
        prefix = "" if root == "." else f"{root}/"
        found = _by_name([name.removeprefix(prefix) for name in names if name.startswith(prefix)])
        return {split: [prefix + name for name in inner] for split, inner in found.items()}
    return {
        split: _matching(names, [_inside(f"{root}/{pattern}", place, pattern) for pattern in paths])
        for split, paths in _patterns(chosen["data_files"], place).items()
    }


def _configurations(card: Path, place: str) -> list[dict[str, Any]]:
    """The list under `configs` in the head of a card; nothing else of it is parsed."""
    if not card.is_file():
        return []
    with card.open(encoding="utf-8", errors="replace") as stream:
        lines = stream.read(_LARGEST_CARD).splitlines()
    if not lines or lines[0].rstrip() != "---":
        return []
    block: list[str] = []
    for line in lines[1:]:
        if line.rstrip() == "---":
            break
        # A line without indentation is the next key: the block of `configs` ends.
        if block and line.strip() and line[0] not in " \t-#":
            break
        if block or re.match(r"['\"]?configs['\"]?\s*:", line):
            block.append(line)
    try:
        content = parse_yaml("\n".join(block), place) if block else {}
    except ConfigError as error:
        raise InputError(f"{error}; set `files`") from None
    found = next(iter(content.values())) if content else []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise InputError(f"{place}: configs must be a list of mappings; set `files`")
    return found


def _choose(
    configurations: Sequence[dict[str, Any]], wanted: str | None, place: str
) -> dict[str, Any]:
    names = [str(each.get("config_name", "default")) for each in configurations]
    if wanted is None and len(configurations) == 1:
        return configurations[0]
    for name, each in zip(names, configurations, strict=True):
        is_default = wanted is None and (name == "default" or each.get("default") is True)
        if is_default or name == wanted:
            return each
    problem = "several configurations" if wanted is None else f"no configuration {wanted!r}"
    raise InputError(f"{place} has {problem}; set `configuration` to one of {', '.join(names)}")


def _patterns(data_files: Any, place: str) -> dict[str, list[str]]:
    """Split -> patterns, from a pattern, a list of them, or a list of splits with their paths."""
    entries = data_files if isinstance(data_files, list) else [data_files]
    if all(isinstance(entry, str) for entry in entries):
        return {"train": entries}
    found: dict[str, list[str]] = {}
    for entry in entries:
        paths = entry.get("path") if isinstance(entry, dict) else None
        paths = [paths] if isinstance(paths, str) else paths
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            raise InputError(
                f"{place}: data_files must be paths, or splits with paths; set `files`"
            )
        found.setdefault(str(entry.get("split")), []).extend(paths)
    return found


def _inside(pattern: str, place: str, shown: str | None = None) -> str:
    """A pattern below the download, in its shortest form."""
    shown = pattern if shown is None else shown
    path = PurePosixPath(pattern)
    strange = (not is_inside(pattern), shown.startswith("/"), ":" in shown, "\\" in shown)
    if any(strange) or "~" in shown[:1]:
        problem = f"names data files outside of the download ({shown!r:.100})"
        raise InputError(f"{place} {problem}; set `files` to a pattern of files inside")
    return path.as_posix()


def _matching(names: Sequence[str], patterns: Sequence[str]) -> list[str]:
    found: dict[str, None] = {}
    for pattern in patterns:
        matches = re.compile(glob_translate(pattern)).match
        of_pattern = [name for name in names if matches(name)]
        found |= dict.fromkeys(name for name in of_pattern if _hidden(name) == _hidden(pattern))
    return list(found)


def _hidden(name: str) -> int:
    """Number of hidden and special parts: a pattern must name them to find what is in them."""
    *folders, last = PurePosixPath(name).parts
    return sum(part.startswith((".", "__")) for part in folders) + last.startswith(".")


def _by_name(names: Sequence[str]) -> Splits:
    """Splits by the names of shards, else of folders, else of files; else all is for training."""
    names = [name for name in names if not _hidden(name)]
    shards = {name: found[1] for name in names if (found := _SHARD.fullmatch(name))}
    if shards:
        return {
            split: [name for name in names if shards.get(name) == split]
            for split in dict.fromkeys(shards.values())
        }
    folder = r"(?:.*/)?(?:|[^/]*{between}){word}(?:|{between}[^/]*)/.*"
    file = r"(?:.*/)?(?:|[^/]*{between}){word}{between}[^/]*"
    for form in (folder, file):
        if splits := _by_keyword(names, form):
            return splits
    return {"train": list(names)} if names else {}


def _by_keyword(names: Sequence[str], form: str) -> Splits:
    found: Splits = {}
    for split, words in _KEYWORDS.items():
        chosen: dict[str, None] = {}
        for word in words:
            pattern = re.compile(form.format(between=_BETWEEN, word=word))
            chosen |= dict.fromkeys(name for name in names if pattern.fullmatch(name))
        if chosen:
            found[split] = list(chosen)
    return found
