"""Takes over results of versions whose manifests had no digest of themselves (format 1).

A change of such a file cannot be noticed, so a person must say once that these results are to be
trusted. What they say about other files is checked before they are sealed.
Times stay as they were, so that nothing is made again.
"""

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lingraft.artifacts.facts import FACTS
from lingraft.artifacts.files import atomic_path, digest_file, json_text
from lingraft.artifacts.manifest import MANIFEST, Manifest, read_manifest
from lingraft.artifacts.opening import verify
from lingraft.artifacts.sealed import seal, seal_line, unseal_line
from lingraft.errors import ArtifactError, InputError

logger = logging.getLogger(__name__)

_EARLIER_FORMAT = 1


def adopt(folder: Path) -> int:
    """Seal all results of format 1 below a folder (`results/X` or `state/X`); how many there were.

    Raises:
        InputError: the folder does not exist.
        ArtifactError: a file is not what its manifest says; what was sealed before stays so.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; name results/EXPERIMENT or state/EXPERIMENT")
    count = 0
    for path in sorted(folder.rglob("*.json*")):
        how = _adopter(path)
        if how is not None and path.is_file() and not path.is_symlink():
            times = path.stat()
            if how(path):
                # Snakemake compares times: a newer manifest would repeat everything that is made of
                # it.
                os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
                logger.info("sealed %s", path)
                count += 1
    return count


def _adopter(path: Path) -> Callable[[Path], bool] | None:
    if path.name == MANIFEST:
        return _adopt_manifest
    if path.name == "metrics.jsonl" and not (path.parent / MANIFEST).exists():
        return _adopt_lines
    return _adopt_result if path.suffix == ".json" else None


def _adopt_manifest(path: Path) -> bool:
    content = _read(path)
    if content.get("format") != _EARLIER_FORMAT or content.get("kind") not in FACTS:
        return False
    try:
        facts = FACTS[content["kind"]].read(_with_licenses(content["facts"]))
        rest = {name: content[name] for name in ("settings", "inputs", "versions")}
        manifest = Manifest(content["kind"], content["files"], facts, **rest)
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(f"{path} is damaged ({error!r}); delete it and run again") from None
    before = path.read_bytes()
    manifest.save(path.parent)
    try:
        verify(path.parent)
    except ArtifactError:
        _write(path, before)
        raise
    return read_manifest(path.parent).kind == manifest.kind


def _with_licenses(facts: Any) -> Any:
    """Format 1 had a second spelling, which was always empty."""
    if isinstance(facts, dict):
        return {name: value for name, value in facts.items() if name != "licences"}
    return facts


def _adopt_result(path: Path) -> bool:
    """Seal the result of an evaluation task, known by its keys; its predictions are checked."""
    content = _read(path)
    if "sha256" in content or not {"schema", "task", "key", "scores"} <= set(content):
        return False
    if name := content.get("predictions"):
        predictions = path.with_name(name)
        if not predictions.is_file() or digest_file(predictions) != content["predictions_sha256"]:
            raise ArtifactError(
                f"{predictions} is not what {path} says; delete both, evaluate again"
            )
    _write(path, seal(json_text(content).encode()))
    return True


def _adopt_lines(path: Path) -> bool:
    lines = path.read_bytes().splitlines()
    if all(unseal_line(line) is not None for line in lines):
        return False
    _write(path, "".join(f"{line}\n" for line in _sealed(lines)).encode())
    return True


def _sealed(lines: list[bytes]) -> Iterator[str]:
    for line in lines:
        if unseal_line(line) is not None:
            yield line.decode()
            continue
        try:
            yield seal_line(dict(json.loads(line)))
        except (ValueError, TypeError):
            yield line.decode("utf-8", "replace")  # readers leave it out, and say so


def _read(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _write(path: Path, content: bytes) -> None:
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
