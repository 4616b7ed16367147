"""JSON that knows its own digest: every flipped bit and every cut is found, and JSON it stays."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from lingraft.artifacts import read_sealed, write_sealed
from lingraft.artifacts.sealed import (
    append_digest,
    keeps_digest,
    seal_line,
    unseal,
    unseal_line,
)
from lingraft.errors import ArtifactError

CONTENT = {"kind": "ü", "numbers": [1, 2.5, None], "deep": {"a": {"b": True}}, "empty": []}


def test_it_comes_back_and_is_plain_json(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_sealed(path, CONTENT)
    assert read_sealed(path) == CONTENT
    plain = json.loads(path.read_text("utf-8"))
    lines = path.read_bytes().splitlines(keepends=True)
    assert plain.pop("sha256") == hashlib.sha256(b"".join(lines[:1] + lines[2:])).hexdigest()
    assert plain == CONTENT


def test_every_flipped_bit_and_every_cut_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_sealed(path, CONTENT)
    whole = path.read_bytes()
    for position in range(len(whole) * 8):
        flipped = bytearray(whole)
        flipped[position // 8] ^= 1 << position % 8
        with pytest.raises(ArtifactError, match=r"a\.json is damaged"):
            unseal(bytes(flipped), path)
    for size in range(len(whole)):
        with pytest.raises(ArtifactError, match=r"a\.json is damaged"):
            unseal(whole[:size], path)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{\n  "kind": 1\n}\n', "\0"])
def test_without_a_digest_it_is_refused_with_the_way_out(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(ArtifactError, match=r"written by an earlier version.*seal_results\.py"):
        read_sealed(path)


@pytest.mark.parametrize("content", [{}, {"sha256": "x"}, {"a": float("nan")}])
def test_what_cannot_be_sealed_is_refused(tmp_path: Path, content: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"sealed|Out of range"):
        write_sealed(tmp_path / "a.json", content)
    assert not list(tmp_path.iterdir())


def test_lines_are_sealed_one_by_one() -> None:
    line = seal_line(CONTENT).encode()
    assert unseal_line(line) == CONTENT
    assert json.loads(line)["kind"] == "ü"
    for position in range(len(line) * 8):
        flipped = bytearray(line)
        flipped[position // 8] ^= 1 << position % 8
        assert unseal_line(bytes(flipped)) is None
    assert unseal_line(b'{"kind": 1}') is None


def test_arrays_and_tensors_carry_a_digest_at_their_end(tmp_path: Path) -> None:
    array, tensors = np.arange(6.0).reshape(2, 3), {"a": torch.arange(3)}
    np.save(tmp_path / "a.npy", array)
    torch.save(tensors, tmp_path / "a.pt")
    for path in (tmp_path / "a.npy", tmp_path / "a.pt"):
        assert not keeps_digest(path)
        append_digest(path)
        assert keeps_digest(path)
    assert np.array_equal(np.load(tmp_path / "a.npy", allow_pickle=False), array)
    assert torch.equal(torch.load(tmp_path / "a.pt", weights_only=True)["a"], tensors["a"])
    whole = (tmp_path / "a.npy").read_bytes()
    for position in range(0, len(whole) * 8, 13):
        flipped = bytearray(whole)
        flipped[position // 8] ^= 1 << position % 8
        (tmp_path / "b").write_bytes(flipped)
        assert not keeps_digest(tmp_path / "b")
    for size in range(0, len(whole), 7):
        (tmp_path / "b").write_bytes(whole[:size])
        assert not keeps_digest(tmp_path / "b")
