"""The one door: nothing is opened that is not, file by file, what was written."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.artifacts.making import make

from lingraft.artifacts import (
    MANIFEST,
    CorpusFacts,
    ModelFacts,
    ShardFacts,
    lost_file,
    new_artifact,
    open_artifact,
    open_given,
    open_partly,
    opening,
    size_mb,
    verify,
)
from lingraft.artifacts.sealed import seal
from lingraft.errors import ArtifactError


@pytest.mark.parametrize("size", [0, 1, 5, 9])
def test_truncation_is_found_by_name(tmp_path: Path, size: int) -> None:
    folder = make(tmp_path / "thing", data="0123456789")
    (folder / "data").write_text("0123456789"[:size])
    with pytest.raises(ArtifactError, match=r"thing/data has \d bytes instead of 10"):
        open_artifact(folder)


def test_a_lost_file_is_seen_at_a_glance(tmp_path: Path) -> None:
    folder = make(tmp_path / "thing", data="0123456789")
    assert lost_file(folder) == ""
    (folder / "data").write_text("01234")
    assert "thing/data has 5 bytes instead of 10; delete" in lost_file(folder)
    (folder / "data").unlink()
    assert "thing/data is missing; delete" in lost_file(folder)
    (folder / MANIFEST).write_text("{")
    assert "manifest.json" in lost_file(folder)


def test_a_flipped_bit_is_found(tmp_path: Path) -> None:
    folder = make(tmp_path / "thing", data="0123456789")
    (folder / "data").write_text("0123456788")
    with pytest.raises(ArtifactError, match=r"SHA-256 differs.*run again"):
        open_artifact(folder)


def test_a_missing_file_a_missing_manifest_and_another_kind_are_named(tmp_path: Path) -> None:
    folder = make(tmp_path / "thing", data="x")
    with pytest.raises(ArtifactError, match="is a corpus, but a model or shard is needed here"):
        open_artifact(folder, ModelFacts, ShardFacts)
    with pytest.raises(ArtifactError, match="is a corpus, but a model is needed here"):
        verify(folder, "model")
    with pytest.raises(ArtifactError, match="data is not a finished artifact"):
        open_artifact(folder / "data")
    (folder / "data").unlink()
    with pytest.raises(ArtifactError, match="data is missing"):
        open_artifact(folder)
    (folder / MANIFEST).unlink()
    with pytest.raises(ArtifactError, match="not a finished artifact"):
        open_artifact(folder)


def test_a_file_that_the_manifest_does_not_name_is_not_read(tmp_path: Path) -> None:
    folder = make(tmp_path / "thing", data="x")
    (folder / ".lingraft-mark").touch()
    assert open_artifact(folder, CorpusFacts).file("data").read_text() == "x"
    (folder / "parallel.jsonl.zst").write_text("planted")
    with pytest.raises(ArtifactError, match=r"parallel\.jsonl\.zst is not a file of this corpus"):
        open_artifact(folder)
    with pytest.raises(ArtifactError, match=r"has no file parallel\.jsonl\.zst"):
        open_partly(folder).file("parallel.jsonl.zst")


def test_a_link_may_not_lead_out(tmp_path: Path) -> None:
    folder = make(tmp_path / "thing", data="x")
    (tmp_path / "elsewhere").write_text("x")
    (folder / "data").unlink()
    (folder / "data").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ArtifactError, match="data is a link that leads out of the folder"):
        open_artifact(folder)
    (tmp_path / "link").symlink_to(make(tmp_path / "other", data="x"))
    open_artifact(tmp_path / "link")  # the folder itself may be somewhere else


def test_files_are_read_once_and_again_when_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    digest = opening.digest_file
    monkeypatch.setattr(
        opening, "digest_file", lambda path: (read.append(path.name), digest(path))[1]
    )
    folder = make(tmp_path / "thing", a="x", b="y")
    for _ in range(3):
        open_artifact(folder).file("a")
    assert read == ["a", "b"]
    (folder / "b").unlink()
    (folder / "b").write_text("z")
    with pytest.raises(ArtifactError, match="SHA-256 differs"):
        open_artifact(folder)
    assert read == ["a", "b", "b"]


def test_of_a_partly_opened_artifact_only_what_is_asked_for_is_read(tmp_path: Path) -> None:
    folder = make(tmp_path / "thing", a="x", b="y")
    (folder / "b").write_text("z")
    artifact = open_partly(folder, CorpusFacts)
    assert artifact.file("a").read_text() == "x"
    for ask in (lambda: artifact.file("b"), lambda: artifact.check(folder / "b")):
        with pytest.raises(ArtifactError, match="b has another content"):
            ask()


def test_what_was_given_by_hand_may_have_no_manifest(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert open_given(tmp_path / "plain", CorpusFacts) is None
    assert open_given(tmp_path / "no such", CorpusFacts) is None
    folder = make(tmp_path / "thing", data="x")
    artifact = open_given(folder, CorpusFacts)
    assert artifact is not None and artifact.folder == folder
    (folder / "data").write_text("y")
    with pytest.raises(ArtifactError):
        open_given(folder, CorpusFacts)


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a manifest and give it a digest that fits: what an attacker would do."""
    content = json.loads((folder / MANIFEST).read_text("utf-8"))
    del content["sha256"]
    change(content)
    (folder / MANIFEST).write_bytes(seal(json.dumps(content, indent=2).encode()))


def renamed(name: str) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        content["files"][name] = content["files"].pop("data")

    return change


@pytest.mark.parametrize(
    "name",
    [
        "../data",
        "a/../../data",
        "/etc/hostname",
        "",
        ".",
        "a//b",
        "./data",
        "a\0b",
        MANIFEST,
    ],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    folder = make(tmp_path / "thing", data="x")
    rewrite(folder, renamed(name))
    with pytest.raises(ArtifactError, match=r"manifest\.json is damaged .*not the name of a file"):
        open_artifact(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.pop("files"),
        lambda content: content.update(files=[]),
        lambda content: content["files"].update(data=None),
        lambda content: content["files"]["data"].pop("size"),
        lambda content: content["files"]["data"].update(size="1"),
        lambda content: content["files"]["data"].update(size=-1),
        lambda content: content["files"]["data"].update(sha256="x"),
        lambda content: content.update(kind="thing"),
        lambda content: content.update(kind=["corpus"]),
        lambda content: content.update(format=99),
        lambda content: content.update(facts={"language": 3}),
        lambda content: content.update(facts=None),
        lambda content: content.update(settings=None),
    ],
)
def test_odd_manifests_are_one_line(
    tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    folder = make(tmp_path / "thing", data="x")
    rewrite(folder, change)
    with pytest.raises(ArtifactError, match=r"manifest\.json is damaged \(.*\); delete it and run"):
        open_artifact(folder)


def test_facts_of_a_later_version_are_left_out(tmp_path: Path) -> None:
    folder = make(tmp_path / "thing", data="x")
    rewrite(folder, lambda content: content.update(facts={"language": "eng_Latn", "later": 1}))
    assert open_artifact(folder, CorpusFacts).facts.as_json() == {"language": "eng_Latn"}


@pytest.mark.parametrize("outside", ["../outside.safetensors", "/outside.safetensors", "b.bin", 3])
def test_an_index_of_weights_names_files_of_its_folder(tmp_path: Path, outside: object) -> None:
    (tmp_path / "outside.safetensors").write_bytes(hashlib.sha256().digest())
    for number, named in enumerate([["a.safetensors"], ["a.safetensors", outside]]):
        index = {"weight_map": {str(key): value for key, value in enumerate(named)}}
        with new_artifact(tmp_path / str(number), "model") as staging:
            (staging / "a.safetensors").write_text("a")
            (staging / "model.safetensors.index.json").write_text(json.dumps(index))
    open_artifact(tmp_path / "0", ModelFacts)
    with pytest.raises(ArtifactError, match="which is not a file of this model"):
        open_artifact(tmp_path / "1", ModelFacts)


def test_sizes_are_those_of_whole_artifacts(tmp_path: Path) -> None:
    first, second = make(tmp_path / "a", data="x" * 2_000_000), make(tmp_path / "b", data="y" * 500)
    paths = [first / MANIFEST, str(second / MANIFEST), "scripts/program.py"]
    assert size_mb(paths) == pytest.approx(2.0005)
    (second / MANIFEST).write_text("{}")  # the job that reads it will say what is wrong
    assert size_mb(paths) == pytest.approx(2)
    with pytest.raises(FileNotFoundError) as missing:
        size_mb([tmp_path / "c" / MANIFEST])
    assert missing.value.filename == str(tmp_path / "c" / MANIFEST)  # as Snakemake compares it
