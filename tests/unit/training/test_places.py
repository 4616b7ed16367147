"""A result never replaces what a person would miss."""

from pathlib import Path

import pytest

from lingraft.errors import ConfigError
from lingraft.training.places import check_output


@pytest.mark.parametrize("place", ["model", "home", "home/../model", "."])
def test_what_the_training_uses_is_not_replaced(tmp_path: Path, place: str) -> None:
    used = {"--model": tmp_path / "model", "--state": tmp_path / "home" / "state"}
    for folder in used.values():
        folder.mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"would replace what is in --(model|state) .*of its own"):
        check_output(tmp_path / place, used)
    check_output(tmp_path / "home" / "result", used)
    check_output(tmp_path / "model" / "continued", used)


@pytest.mark.parametrize("name", ["thesis.txt", "data/notes"])
def test_files_of_others_are_not_deleted(tmp_path: Path, name: str) -> None:
    path = tmp_path / "home" / name
    path.parent.mkdir(parents=True)
    path.write_text("of years")
    with pytest.raises(ConfigError, match=r"home holds (thesis.txt|data), .* would be deleted"):
        check_output(tmp_path / "home", {})


def test_an_earlier_result_is_replaced(tmp_path: Path) -> None:
    check_output(tmp_path / "new", {})
    for name in ("config.json", "model-00001-of-00002.safetensors", "model.safetensors.index.json"):
        (tmp_path / name).touch()
    (tmp_path / ".snakemake_timestamp").touch()
    check_output(tmp_path, {})  # Snakemake has deleted the manifest
    (tmp_path / "manifest.json").touch()
    (tmp_path / "other.txt").touch()
    check_output(tmp_path, {})
