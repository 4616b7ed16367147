"""Where a model may be written: never over what is read, or over files of others."""

from pathlib import Path

import pytest

from lingraft.errors import ConfigError
from lingraft.initialization.output import require_output


def test_new_empty_and_earlier_folders_are_taken(tmp_path: Path) -> None:
    require_output(tmp_path / "some" / "where", {"source model": tmp_path / "model"})
    assert not (tmp_path / "some").exists()
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / ".snakemake_timestamp").touch()
    require_output(tmp_path / "empty", {})
    (tmp_path / "earlier").mkdir()
    for name in ("config.json", "weights.npz"):  # what Snakemake leaves of an earlier one
        (tmp_path / "earlier" / name).touch()
    require_output(tmp_path / "earlier", {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["earlier", "empty"]


def test_files_of_others_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ConfigError, match=r"holds thesis\.txt and no earlier initialization"):
        require_output(tmp_path, {})


def test_what_is_read_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "weights.npz").touch()
    with pytest.raises(ConfigError, match="is the source model; give a folder of its own"):
        require_output(tmp_path / "x" / "..", {"source model": tmp_path})


@pytest.mark.parametrize("below", ["", "sub", "sub/folder"])
def test_a_file_is_no_folder(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"cannot be written \(Not a directory\)"):
        require_output(tmp_path / "file" / below, {})


def test_a_place_that_takes_no_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--output /proc/model cannot be written"):
        require_output(Path("/proc/model"), {})
