"""Single files: written whole or not at all, and named by digests."""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lingraft.errors import DISK_FULL, InputError
from lingraft.outputs import sync

_BLOCK = 1 << 20
_CUT_ARRAY = re.compile(r"\d+ requested and \d+ written")


def digest_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def fingerprint(content: Any) -> str:
    """SHA-256 of a JSON-serializable value in canonical form: keys sorted, no spaces."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; when the block succeeds it becomes `path`, durably.

    On any exception the temporary file is removed and an existing `path` stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # In the same folder, because a rename is one step only within a file system.
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp gives the rights to the owner alone.
        temporary.chmod(0o666 & ~_umask())
        sync(temporary)
        temporary.replace(path)
        # The new name is durable only once the folder is written, too.
        sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def path_inside(folder: Path, path: str) -> Path:
    """The file or folder at `path` below `folder`, as a configuration names it.

    Raises:
        InputError: it does not exist, or the path or a link in it leads out of the folder.
    """
    root = folder.resolve()
    found = (root / path).resolve()
    if not found.is_relative_to(root):
        raise InputError(f"path {path!r} leads out of {folder}")
    if not found.exists():
        raise InputError(f"{folder} has no {path}")
    return found


def write_json(path: Path, content: Any) -> None:
    """Write `content` as indented UTF-8 JSON, atomically; NaN and infinity are refused."""
    with atomic_path(path) as temporary:
        temporary.write_text(json_text(content), encoding="utf-8")


def json_text(content: Any) -> str:
    """`content` as indented JSON with a line break at its end.

    Raises:
        ValueError: a number is NaN or infinite.
    """
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def is_disk_full(failure: BaseException | str) -> bool:
    """Whether something could not be written for lack of space.

    Libraries in Rust (safetensors, tokenizers) give only a text, and numpy says how much of an
    array it could write, without the reason.
    """
    if isinstance(failure, OSError) and failure.errno is not None:
        return failure.errno in DISK_FULL
    text = str(failure)
    marks = [
        mark
        for number in DISK_FULL
        for mark in (f"[Errno {number}]", f"os error {number})", os.strerror(number))
    ]
    return any(mark in text for mark in marks) or bool(_CUT_ARRAY.search(text))


def _umask() -> int:
    # The only way to read the umask is to set another one.
    mask = os.umask(0)
    os.umask(mask)
    return mask
