"""manifest.json: what an artifact is, which files it has, and what it was made from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from lingraft import outputs
from lingraft.artifacts.facts import FACTS, Facts
from lingraft.artifacts.files import fingerprint
from lingraft.artifacts.sealed import read_sealed, write_sealed
from lingraft.errors import ArtifactError

MANIFEST = outputs.MANIFEST
FORMAT = 2
_DIGEST = re.compile(r"[0-9a-f]{64}")
_REPAIR = "delete it and run again"


@dataclass(frozen=True)
class Manifest:
    """What an artifact is, has and was made from; paths are relative to its folder."""

    kind: str
    files: Mapping[str, Mapping[str, Any]]  # relative path -> {"size": bytes, "sha256": hex}
    facts: Facts
    settings: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)  # name -> digest of that artifact
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Digest of the content alone: equal files give equal digests whatever made them."""
        return fingerprint({name: entry["sha256"] for name, entry in self.files.items()})

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry["size"] for entry in self.files.values())

    def save(self, folder: Path) -> None:
        """Write it into `folder`, with a digest of itself."""
        content = {
            "kind": self.kind,
            "files": self.files,
            "settings": self.settings,
            "inputs": self.inputs,
            "facts": self.facts.as_json(),
            "versions": self.versions,
            "format": FORMAT,
        }
        write_sealed(folder / MANIFEST, content)


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of an artifact without checking its files.

    Only for planning and for showing sizes; whoever reads the files uses `open_artifact`.

    Raises:
        ArtifactError: there is none, it is damaged, or it names files outside of the folder.
    """
    path = folder / MANIFEST
    try:
        content = read_sealed(path)
    except (FileNotFoundError, NotADirectoryError):
        raise ArtifactError(f"{folder} is not a finished artifact: it has no {MANIFEST}") from None
    try:
        if content["format"] != FORMAT:
            raise ValueError(f"it has format {content['format']!r}, this version reads {FORMAT}")
        kind = content["kind"]
        if kind not in FACTS:
            raise ValueError(f"{kind!r} is not a kind of artifact; there are {', '.join(FACTS)}")
        files = _mapping(content, "files")
        for name, entry in files.items():
            _check_entry(name, entry)
        return Manifest(
            kind,
            files,
            FACTS[kind].read(content["facts"]),
            _mapping(content, "settings"),
            _mapping(content, "inputs"),
            _mapping(content, "versions"),
        )
    except KeyError as error:
        raise ArtifactError(f"{path} is damaged (it has no {error}); {_REPAIR}") from None
    except (ValueError, TypeError) as error:
        raise ArtifactError(f"{path} is damaged ({error}); {_REPAIR}") from None


def _mapping(content: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = content[key]
    if not isinstance(value, dict):
        raise ValueError(f"{key} is not a JSON object")
    return value


def _check_entry(name: str, entry: Any) -> None:
    """Refuse names that lead elsewhere, and entries that say neither size nor digest."""
    path = PurePosixPath(name)
    # PurePosixPath shortens `a//b` and `./a`: only a name in its shortest form is equal.
    inside = name == str(path) and not path.is_absolute() and not {"..", "."} & set(path.parts)
    if not inside or not path.parts or "\0" in name or name == MANIFEST:
        raise ValueError(f"{name!r} is not the name of a file in this folder")
    # `type` instead of isinstance, because bool is a subclass of int.
    if not isinstance(entry, dict) or type(entry.get("size")) is not int or entry["size"] < 0:
        raise ValueError(f"the entry of {name!r} has no size")
    if not isinstance(entry.get("sha256"), str) or not _DIGEST.fullmatch(entry["sha256"]):
        raise ValueError(f"the entry of {name!r} has no SHA-256")
