"""Local files as the real workflow watches them: `keep` decides, and names are no patterns."""

import os
import time
from pathlib import Path

import yaml
from tests.workflow.project import Project

CONFIG = Path("config/names.yaml")
FETCHED = "results/names/downloads/text/manifest.json"


def test_what_is_kept_is_watched_whatever_its_name(project: Project) -> None:
    folder = project.folder / "data"
    folder.mkdir()
    for name in ("a.txt", "b{x}.txt", "<results>.txt", "notes.md"):
        (folder / name).write_text("1\n")
    (folder / os.fsdecode(b"caf\xe9.md")).touch()
    source = {"kind": "local", "path": "data", "keep": ["*.txt"]}
    (project.folder / CONFIG).write_text(
        yaml.safe_dump({"experiment": "names", "sources": {"text": source}}), "utf-8"
    )
    done = project.snakemake(FETCHED, config=CONFIG)
    assert done.returncode == 0, done.stdout
    files = (project.folder / FETCHED).parent / "files"
    assert {path.name for path in files.iterdir()} == {"a.txt", "b{x}.txt", "<results>.txt"}

    (folder / "notes.md").write_text("2\n")
    (folder / "more.md").touch()
    assert project.planned(FETCHED, config=CONFIG) == {}
    (folder / "b{x}.txt").write_text("12\n")
    assert project.planned(FETCHED, config=CONFIG) == {"fetch": 1}

    ahead = time.time() + 3600
    os.utime(folder / "a.txt", (ahead, ahead))
    refused = project.dry_run(FETCHED, config=CONFIG)
    assert refused.returncode != 0
    assert "data/a.txt is dated" in refused.stdout and "touch data/a.txt" in refused.stdout
