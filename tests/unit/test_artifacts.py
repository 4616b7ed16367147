import json
from pathlib import Path

import pytest

from lingraft.artifacts import (
    MANIFEST,
    atomic_path,
    digest_file,
    fingerprint,
    new_artifact,
    read_manifest,
    size_mb,
    verify,
    write_json,
)
from lingraft.errors import ArtifactError


def make(folder: Path, **files: str) -> Path:
    with new_artifact(folder, "thing", settings={"a": 1}) as staging:
        for name, text in files.items():
            (staging / name).write_text(text, "utf-8")
    return folder


def test_an_artifact_verifies_and_records_what_made_it(tmp_path: Path) -> None:
    first = make(tmp_path / "first", data="x")
    with new_artifact(tmp_path / "second", "other", inputs={"first": first}) as staging:
        (staging / "deep").mkdir()
        (staging / "deep" / "file").write_text("y")
    manifest = verify(tmp_path / "second", "other")
    assert manifest.inputs == {"first": read_manifest(first).digest}
    assert set(manifest.files) == {"deep/file"}
    assert read_manifest(first).settings == {"a": 1}
    assert "numpy" in manifest.versions


def test_equal_files_give_equal_digests_whatever_made_them(tmp_path: Path) -> None:
    one = make(tmp_path / "one", data="x")
    with new_artifact(tmp_path / "two", "thing", settings={"b": 2}) as staging:
        (staging / "data").write_text("x")
    assert read_manifest(one).digest == read_manifest(tmp_path / "two").digest


def test_failure_leaves_the_old_artifact_and_nothing_else(tmp_path: Path) -> None:
    folder = make(tmp_path / "thing", data="old")
    with pytest.raises(RuntimeError), new_artifact(folder, "thing") as staging:
        (staging / "data").write_text("new")
        raise RuntimeError
    assert (folder / "data").read_text() == "old"
    verify(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["thing"]


def test_making_it_again_removes_files_that_are_no_more(tmp_path: Path) -> None:
    folder = make(tmp_path / "thing", old="1", kept="1")
    (folder / ".snakemake_timestamp").touch()
    make(folder, kept="2")
    assert {path.name for path in folder.glob("[!.]*")} == {"kept", MANIFEST}
    assert (folder / ".snakemake_timestamp").exists()
    assert (folder / "kept").read_text() == "2"


@pytest.mark.parametrize("size", [0, 1, 5, 9])
def test_truncation_is_found_by_name(tmp_path: Path, size: int) -> None:
    folder = make(tmp_path / "thing", data="0123456789")
    (folder / "data").write_text("0123456789"[:size])
    with pytest.raises(ArtifactError, match=r"thing/data has \d bytes instead of 10"):
        verify(folder)


def test_a_flipped_bit_is_found(tmp_path: Path) -> None:
    folder = make(tmp_path / "thing", data="0123456789")
    (folder / "data").write_text("0123456788")
    with pytest.raises(ArtifactError, match=r"SHA-256 differs.*run again"):
        verify(folder)


def test_a_missing_file_a_missing_manifest_and_another_kind_are_named(tmp_path: Path) -> None:
    folder = make(tmp_path / "thing", data="x")
    with pytest.raises(ArtifactError, match="holds a thing, but a corpus is needed"):
        verify(folder, "corpus")
    with pytest.raises(ArtifactError, match="data is not a finished artifact"):
        verify(folder / "data")
    (folder / "data").unlink()
    with pytest.raises(ArtifactError, match="data is missing"):
        verify(folder)
    (folder / MANIFEST).unlink()
    with pytest.raises(ArtifactError, match="not a finished artifact"):
        verify(folder)


@pytest.mark.parametrize("text", ["", "{", '{"kind": 1, "surprise": 2}', "[]"])
def test_a_damaged_manifest_is_named(tmp_path: Path, text: str) -> None:
    folder = make(tmp_path / "thing", data="x")
    (folder / MANIFEST).write_text(text)
    with pytest.raises(ArtifactError, match=r"manifest.json is damaged"):
        read_manifest(folder)


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


def test_sizes_are_those_of_whole_artifacts(tmp_path: Path) -> None:
    first, second = make(tmp_path / "a", data="x" * 2_000_000), make(tmp_path / "b", data="y" * 500)
    paths = [first / MANIFEST, str(second / MANIFEST), "scripts/program.py"]
    assert size_mb(paths) == pytest.approx(2.0005)
    with pytest.raises(FileNotFoundError) as missing:
        size_mb([tmp_path / "c" / MANIFEST])
    assert missing.value.filename == str(tmp_path / "c" / MANIFEST)  # as Snakemake compares it
