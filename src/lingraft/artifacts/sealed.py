"""JSON with a digest of itself: plain JSON for every reader, and any damage is noticed.

The first key of a sealed file is `sha256`, on a line of its own: the SHA-256 of the file without
that line. So anybody can check one with `sed 2d FILE | sha256sum`. Files whose lines are JSON are
sealed line by line in the same way, because lines are added to them across restarts.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lingraft.artifacts.files import atomic_path, digest_file, json_text
from lingraft.errors import ArtifactError

_SEAL = re.compile(rb'\{\n  "sha256": "([0-9a-f]{64})",\n')
_LINE_SEAL = re.compile(rb'\{"sha256": "([0-9a-f]{64})", ')
_DIGEST_BYTES = 64
_BLOCK = 1 << 20


def write_sealed(path: Path, content: Mapping[str, Any]) -> None:
    """Write a mapping as indented JSON with a digest of itself, atomically.

    Raises:
        ValueError: it is empty, has a key `sha256` of its own, or contains NaN or infinity.
    """
    if not content or "sha256" in content:
        raise ValueError("what is sealed has keys, and none of them is sha256")
    with atomic_path(path) as temporary:
        temporary.write_bytes(seal(json_text(content).encode()))


def seal(text: bytes) -> bytes:
    """Indented JSON of a mapping with its digest as the first key."""
    digest = hashlib.sha256(text).hexdigest()
    # The digest line comes behind the first brace; the digest is that of the text without the line.
    return b'{\n  "sha256": "' + digest.encode() + b'",\n' + text.removeprefix(b"{\n")


def read_sealed(path: Path) -> dict[str, Any]:
    """Read what `write_sealed` wrote, without its digest.

    Raises:
        FileNotFoundError: there is no such file.
        ArtifactError: it is not what was written.
    """
    try:
        return unseal(path.read_bytes(), path)
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as error:
        raise ArtifactError(f"{path} cannot be read ({error.strerror})") from None


def unseal(text: bytes, path: Path) -> dict[str, Any]:
    """The mapping in the bytes of a sealed file; `path` is for messages.

    Raises:
        ArtifactError: the digest is missing or is not that of the rest.
    """
    found = _SEAL.match(text)
    if found is None:
        raise ArtifactError(
            f"{path} is damaged, or was written by an earlier version: it has no digest of itself; "
            "delete it and run again, or accept an earlier version's results with "
            "scripts/seal_results.py"
        )
    rest = b"{\n" + text[found.end() :]
    if hashlib.sha256(rest).hexdigest().encode() != found[1]:
        raise ArtifactError(
            f"{path} is damaged (SHA-256 differs: it is not what was written); delete it and run "
            "again"
        )
    try:
        content = json.loads(rest)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise ArtifactError(f"{path} is not a JSON object; delete it and run again")
    return content


def seal_line(content: Mapping[str, Any]) -> str:
    """A mapping as one line of JSON, digest first, without the line break."""
    text = json.dumps(content, allow_nan=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f'{{"sha256": "{digest}", {text.removeprefix("{")}'


def unseal_line(line: bytes) -> dict[str, Any] | None:
    """The mapping in a sealed line; None if it is not what was written."""
    found = _LINE_SEAL.match(line)
    if found is None:
        return None
    rest = b"{" + line[found.end() :]
    if hashlib.sha256(rest).hexdigest().encode() != found[1]:
        return None
    return dict(json.loads(rest))


def append_digest(path: Path) -> None:
    """Add the digest of a binary file to its end; numpy and torch read such a file as before."""
    digest = digest_file(path)
    with path.open("ab") as stream:
        stream.write(digest.encode())


def keeps_digest(path: Path) -> bool:
    """Whether a file with a digest at its end is what was written."""
    # Negative for a file that is shorter than a digest; such a file is refused at the end.
    left = path.stat().st_size - _DIGEST_BYTES
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while left > 0 and (block := stream.read(min(left, _BLOCK))):
            digest.update(block)
            left -= len(block)
        return left == 0 and stream.read() == digest.hexdigest().encode()
