"""Single files: written whole or not at all."""

import errno
import json
from pathlib import Path

import pytest

from lingraft.artifacts import atomic_path, digest_file, fingerprint, is_disk_full, write_json


def test_atomic_path_keeps_the_old_file_on_failure(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(OSError, match="disk"), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise OSError("disk full")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_json_refuses_nan_and_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_json(path, {"ü": 1})
    with pytest.raises(ValueError, match="Out of range"):
        write_json(path, {"x": float("nan")})
    assert json.loads(path.read_text("utf-8")) == {"ü": 1}


def test_fingerprints_ignore_order_and_see_values() -> None:
    assert fingerprint({"a": 1, "b": [1, 2]}) == fingerprint({"b": [1, 2], "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})


def test_digest_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert digest_file(tmp_path / "empty").startswith("e3b0c44298fc1c149afb")


@pytest.mark.parametrize(
    ("failure", "full"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.EFBIG, "File too large"), True),
        (OSError("1000 requested and 17 written"), True),
        (Exception("No space left on device (os error 28)"), True),
        (RuntimeError("Error while serializing: I/O error: File too large (os error 27)"), True),
        (OSError(errno.EIO, "Input/output error"), False),
        (ValueError("1000 rows requested"), False),
    ],
)
def test_a_full_disk_is_known_however_a_library_tells_it(failure: Exception, full: bool) -> None:
    assert is_disk_full(failure) is full
