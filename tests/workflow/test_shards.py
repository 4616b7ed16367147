"""Corpora in shards, as jobs of the real workflow."""

import gzip
from pathlib import Path

import yaml
from tests.workflow.project import Project

CONFIG = Path("config/web.yaml")
CORPUS = "results/web/corpora/web/manifest.json"
ANIMALS = ["dog", "cat", "cow", "hen", "fox"]
PLACES = ["house", "road", "river", "field"]


def _write(folder: Path, shards: int) -> None:
    """Five compressed files of text, and a configuration that cleans them in shards."""
    (folder / "web").mkdir(exist_ok=True)
    for number, animal in enumerate(ANIMALS):
        lines = [f"{animal} {step} by the {place}" for step in "abcdefgh" for place in PLACES]
        packed = gzip.compress("\n".join(lines).encode(), mtime=0)
        (folder / "web" / f"{number}.txt.gz").write_bytes(packed)
    text = {"source": "web", "format": "text"}
    content = {
        "experiment": "web",
        "sources": {"web": {"kind": "local", "path": "web"}},
        "corpora": {"web": {"language": "eng_Latn", "texts": [text], "shards": shards}},
    }
    (folder / CONFIG).write_text(yaml.safe_dump(content), "utf-8")


def test_a_broken_shard_is_named_and_the_rest_goes_on(project: Project) -> None:
    _write(project.folder, 3)
    broken = project.folder / "web" / "4.txt.gz"  # of shard 1
    whole = broken.read_bytes()
    broken.write_bytes(whole[:-20])
    assert project.planned(CORPUS, config=CONFIG) == {
        "fetch": 1,
        "clean_shard": 3,
        "prepare_corpus": 1,
    }
    done = project.snakemake("--keep-going", CORPUS, config=CONFIG)
    assert done.returncode != 0
    logs = project.folder / "logs" / "web" / "shards"
    assert "4.txt.gz cannot be read" in (logs / "web-1.log").read_text().splitlines()[-1]
    shards = project.folder / "results" / "web" / "shards" / "web"
    assert sorted(path.parent.name for path in shards.glob("*/manifest.json")) == ["0", "2"]

    broken.write_bytes(whole)
    done = project.snakemake(CORPUS, config=CONFIG)
    assert done.returncode == 0, done.stdout
    corpus = project.folder / "results" / "web" / "corpora" / "web"
    shared = {path.name: path.read_bytes() for path in corpus.glob("*.zst")}
    assert len(shared) == 3

    _write(project.folder, 1)
    done = project.snakemake(CORPUS, config=CONFIG)
    assert done.returncode == 0, done.stdout
    assert {path.name: path.read_bytes() for path in corpus.glob("*.zst")} == shared
