"""Token files keep what was written, and say so when they do not."""

from pathlib import Path

import numpy as np
import pytest

from lingraft.corpus.token_files import (
    META,
    Counts,
    Specials,
    TokenFile,
    TokenMeta,
    token_dtype,
    vocabulary_digest,
    write_tokens,
)
from lingraft.errors import InputError

SPECIALS = Specials(vocabulary_size=100_000, separator=3, prefix=(2,), suffix=(3,), mask=4)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two batches of documents: [5, 3] [70000, 6, 3] and [9, 3]."""
    batches = [
        (np.array([5, 3, 70_000, 6, 3]), np.array([2, 3])),
        (np.array([9, 3]), np.array([2])),
    ]
    assert write_tokens(tmp_path / "train.ds", batches, "uint32") == (7, 3)
    assert write_tokens(tmp_path / "valid.ds", [], "uint32") == (0, 0)
    counts = {"train": Counts(7, 3, 20, 20, 0), "valid": Counts(0, 0, 0, 0, 0)}
    TokenMeta("uint32", SPECIALS, counts, "v", "c").save(tmp_path)  # type: ignore[arg-type]
    return tmp_path


def test_round_trip(folder: Path) -> None:
    file = TokenFile.open(folder, "train")
    assert file.tokens_N.tolist() == [5, 3, 70_000, 6, 3, 9, 3]
    assert file.ends_D.tolist() == [2, 5, 7]
    assert file.starts_D.tolist() == [0, 2, 5]
    assert file.meta.specials == SPECIALS
    assert file.counts.content_tokens == 4


def test_layout_is_datatroves(folder: Path) -> None:
    """Little-endian ids of 4 bytes, and document ends of 8."""
    assert (folder / "train.ds").read_bytes()[8:12] == (70_000).to_bytes(4, "little")
    assert (folder / "train.ds.index").read_bytes()[8:16] == (5).to_bytes(8, "little")


def test_empty_split(folder: Path) -> None:
    file = TokenFile.open(folder, "valid")
    assert len(file.tokens_N) == len(file.ends_D) == 0


def test_cut_files(folder: Path) -> None:
    path = folder / "train.ds"
    whole = path.read_bytes()
    path.write_bytes(whole[:-4])
    with pytest.raises(InputError, match="6 tokens in 3 documents instead of 7 in 3"):
        TokenFile.open(folder, "train")
    path.write_bytes(whole[:-1])
    with pytest.raises(InputError, match="cut off in the middle of a number"):
        TokenFile.open(folder, "train")
    path.unlink()
    with pytest.raises(InputError, match=r"train\.ds is missing"):
        TokenFile.open(folder, "train")


def test_damaged_or_missing_description(folder: Path) -> None:
    (folder / META).write_text("{")
    with pytest.raises(InputError, match=r"meta\.json is damaged"):
        TokenFile.open(folder, "train")
    (folder / META).write_text('{"format": 2}')
    with pytest.raises(InputError, match="has format 2"):
        TokenFile.open(folder, "train")
    (folder / META).unlink()
    with pytest.raises(InputError, match="has no token files"):
        TokenFile.open(folder, "train")


def test_smallest_type() -> None:
    assert token_dtype(65_536) == "uint16"
    assert token_dtype(65_537) == "uint32"


def test_digest_of_a_vocabulary_is_of_its_meaning() -> None:
    assert vocabulary_digest({"a": 0, "b": 1}) == vocabulary_digest({"b": 1, "a": 0})
    assert vocabulary_digest({"a": 0, "b": 1}) != vocabulary_digest({"a": 1, "b": 0})
