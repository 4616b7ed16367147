"""Remains and dates are put right before a run."""

import os
import time
from pathlib import Path

import pytest

from lingraft.artifacts import new_artifact
from lingraft.errors import InputError
from lingraft.supervision.cleaning import bring_back, clean_up, require_past


def test_an_unfinished_artifact_is_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in ("whole", "partial"):
        with new_artifact(tmp_path / name, "model") as folder:
            (folder / "config.json").write_text("{}")
            (folder / "model.safetensors").write_text("1")
    for lost in ("manifest.json", "model.safetensors"):  # what Snakemake removes before a rerun
        (tmp_path / "partial" / lost).unlink()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").touch()
    clean_up(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "whole"]
    assert (tmp_path / "whole" / "model.safetensors").exists()


def test_dates_ahead_of_the_clock_are_brought_back(tmp_path: Path) -> None:
    ahead, past = tmp_path / "a.py", tmp_path / "b.py"
    for path, when in ((ahead, time.time() + 9000), (past, 1.0)):
        path.touch()
        os.utime(path, (when, when))
    with pytest.raises(InputError, match=f"{ahead} is dated .* repair that with: touch {ahead}"):
        require_past([ahead, past, tmp_path / "missing"])
    bring_back([ahead, past, tmp_path / "missing"])
    assert ahead.stat().st_mtime <= time.time()
    assert past.stat().st_mtime == 1.0
    require_past([ahead, past])
