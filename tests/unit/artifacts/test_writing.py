"""Artifacts appear whole or not at all, and say what they were made from."""

from pathlib import Path

import pytest
from tests.unit.artifacts.making import make

from lingraft.artifacts import (
    MANIFEST,
    CorpusFacts,
    DownloadFacts,
    VectorsFacts,
    new_artifact,
    open_artifact,
    read_manifest,
    verify,
)
from lingraft.errors import InputError, LingraftError


def test_an_artifact_verifies_and_records_what_made_it(tmp_path: Path) -> None:
    first = open_artifact(make(tmp_path / "first", data="x"), CorpusFacts)
    with new_artifact(tmp_path / "second", "tokens", inputs={"first": first}) as staging:
        (staging / "deep").mkdir()
        (staging / "deep" / "file").write_text("y")
    manifest = verify(tmp_path / "second", "tokens")
    assert manifest.inputs == {"first": first.digest}
    assert set(manifest.files) == {"deep/file"}
    assert first.manifest.settings == {"a": 1}
    assert "numpy" in manifest.versions


def test_what_was_not_opened_is_not_an_input(tmp_path: Path) -> None:
    folder = make(tmp_path / "first", data="x")
    with (
        pytest.raises(TypeError, match="must be opened with open_artifact"),
        new_artifact(tmp_path / "second", "tokens", inputs={"first": folder}),  # type: ignore[dict-item]
    ):
        raise AssertionError("the work must not begin")
    assert not (tmp_path / "second").exists()


def test_facts_have_the_spelling_of_their_type(tmp_path: Path) -> None:
    for facts in ({"licences": []}, {"licenses": []}, CorpusFacts(language="eng_Latn")):
        with (
            pytest.raises((ValueError, TypeError), match=r"licen|CorpusFacts"),
            new_artifact(tmp_path / "v", "vectors", facts=facts),  # type: ignore[arg-type]
        ):
            raise AssertionError("the work must not begin")


def test_licenses_travel_by_themselves(tmp_path: Path) -> None:
    facts = DownloadFacts(kind="pypi", license="MIT")
    with new_artifact(tmp_path / "words", "download", facts=facts) as staging:
        (staging / "a").write_text("a")
    with new_artifact(tmp_path / "free", "download", facts={"license": None}) as staging:  # type: ignore[arg-type]
        (staging / "a").write_text("b")
    sources = {name: open_artifact(tmp_path / name, DownloadFacts) for name in ("words", "free")}
    made = CorpusFacts(language="eng_Latn")
    with new_artifact(tmp_path / "text", "corpus", inputs=sources, facts=made) as staging:
        (staging / "a").write_text("c")
    text = open_artifact(tmp_path / "text", CorpusFacts)
    with new_artifact(
        tmp_path / "vectors", "vectors", inputs={"text": text}, facts=VectorsFacts(threads=1)
    ) as staging:
        (staging / "a").write_text("d")
    licenses = {"words": "MIT", "free": None}
    assert text.facts.licenses == licenses
    assert open_artifact(tmp_path / "vectors", VectorsFacts).facts.licenses == licenses


def test_equal_files_give_equal_digests_whatever_made_them(tmp_path: Path) -> None:
    one = make(tmp_path / "one", data="x")
    with new_artifact(tmp_path / "two", "vectors", settings={"b": 2}) as staging:
        (staging / "data").write_text("x")
    assert read_manifest(one).digest == read_manifest(tmp_path / "two").digest


def test_failure_leaves_the_old_artifact_and_nothing_else(tmp_path: Path) -> None:
    folder = make(tmp_path / "thing", data="old")
    with pytest.raises(RuntimeError), new_artifact(folder, "corpus") as staging:
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


@pytest.mark.parametrize(
    "failure",
    [
        OSError(28, "No space left on device"),
        Exception("No space left on device (os error 28)"),  # as tokenizers has it
        InputError("cannot copy x: No space left on device"),  # trying again does help
    ],
)
def test_a_full_disk_is_one_line_whoever_noticed_it(tmp_path: Path, failure: Exception) -> None:
    with (
        pytest.raises(LingraftError, match=r"the disk is full: .*out could not be written") as told,
        new_artifact(tmp_path / "out", "model"),
    ):
        raise failure
    assert told.value.exit_code == 1
    assert not list(tmp_path.iterdir())
