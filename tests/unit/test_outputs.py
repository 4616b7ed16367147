"""Where a result may be written: never over what is read, or over files of others."""

from pathlib import Path

import pytest

from lingraft.artifacts import MANIFEST, new_artifact
from lingraft.errors import ConfigError
from lingraft.outputs import require_output


def write(folder: Path, name: str) -> None:
    with new_artifact(folder, "model") as staging:
        (staging / name).touch()


def test_new_empty_and_earlier_folders_are_taken(tmp_path: Path) -> None:
    require_output(tmp_path / "some" / "where", {"source model": tmp_path / "model"})
    assert not (tmp_path / "some").exists()
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / ".snakemake_timestamp").touch()
    require_output(tmp_path / "empty", {})
    write(tmp_path / "earlier", "config.json")
    (tmp_path / "earlier" / MANIFEST).unlink()  # as Snakemake does
    require_output(tmp_path / "earlier", {})
    write(tmp_path / "earlier", "other.json")
    names = sorted(path.name for path in (tmp_path / "earlier").glob("[!.]*"))
    assert names == [MANIFEST, "other.json"]


@pytest.mark.parametrize("name", ["thesis.txt", "data/notes", "config.json", "manifest.json"])
def test_files_of_others_are_not_replaced(tmp_path: Path, name: str) -> None:
    path = tmp_path / "home" / name
    path.parent.mkdir(parents=True)
    path.write_text("years of work")
    message = rf"home holds {name.partition('/')[0]}, .* would be deleted"
    with pytest.raises(ConfigError, match=message):
        require_output(tmp_path / "home", {})
    with pytest.raises(ConfigError, match=message):
        write(tmp_path / "home", "config.json")
    assert path.read_text() == "years of work"
    assert list(tmp_path.iterdir()) == [tmp_path / "home"]


@pytest.mark.parametrize("place", ["model", "home", "home/../model", "."])
def test_what_is_used_is_not_replaced(tmp_path: Path, place: str) -> None:
    used = {"model": tmp_path / "model", "state": tmp_path / "home" / "state"}
    for folder in used.values():
        folder.mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"would replace what is in the (model|state) .*its own"):
        require_output(tmp_path / place, used)
    require_output(tmp_path / "home" / "result", used)
    require_output(tmp_path / "model" / "continued", used)


@pytest.mark.parametrize("below", ["", "sub", "sub/folder"])
def test_a_file_is_no_folder(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"cannot be written \(Not a directory\)"):
        require_output(tmp_path / "file" / below, {})


def test_a_place_that_takes_no_files_is_named() -> None:
    with pytest.raises(ConfigError, match="--output /proc/model cannot be written"):
        require_output(Path("/proc/model"), {})
