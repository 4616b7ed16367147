"""Corpora that leave out what other corpora have, or keep what is near a sample, as jobs."""

import json
import random
from pathlib import Path

import yaml
from tests.workflow.project import Project

CONFIG = Path("config/chosen.yaml")
CORPUS = "results/chosen/corpora/web/manifest.json"
TOPICS = {"dawa": "abcdefghijkl", "njia": "mnopqrstuvwx"}


def _lines(seed: int, topics: list[str]) -> list[str]:
    generator = random.Random(seed)
    return [
        " ".join(f"{topic}{letter}" for letter in generator.choices(TOPICS[topic], k=12))
        for topic in topics
        for _ in range(40)
    ]


def _write(folder: Path, **options: object) -> None:
    """Text of two topics in two files, of which another corpus has some; a sample of one topic."""
    for name in ("web", "news", "sample"):
        (folder / name).mkdir(exist_ok=True)
    lines = _lines(0, [*TOPICS])
    repeated = [f"{line} tena" for line in lines[:10]]
    for name, content in {
        "web/0.txt": lines[::2],
        "web/1.txt": lines[1::2],
        "news/0.txt": [*repeated, *_lines(1, ["njia"])],
        "sample/0.txt": _lines(2, ["dawa"])[:20],
    }.items():
        (folder / name).write_text("\n".join(content), "utf-8")
    corpora = {
        name: {"language": "swh_Latn", "texts": [{"source": name, "format": "text"}]}
        for name in ("web", "news")
    }
    corpora["web"] |= {"shards": 2, "held_out": {"fraction": 0.1}, **options}
    sources = {name: {"kind": "local", "path": name} for name in ("web", "news", "sample")}
    content = {"experiment": "chosen", "sources": sources, "corpora": corpora}
    (folder / CONFIG).write_text(yaml.safe_dump(content), "utf-8")


def test_a_choice_waits_for_other_corpora_and_cleans_nothing_again(project: Project) -> None:
    _write(project.folder)
    plain = project.snakemake(CORPUS, config=CONFIG)
    assert plain.returncode == 0, plain.stdout
    select = {
        "method": "cross-entropy-difference",
        "texts": [{"source": "sample", "format": "text"}],
        "share": 0.25,
    }
    _write(project.folder, select=select, near_duplicates={"against": ["news"]})
    plan = project.planned(CORPUS, config=CONFIG)
    assert plan == {"fetch": 2, "prepare_corpus": 2}
    done = project.snakemake(CORPUS, config=CONFIG)
    assert done.returncode == 0, done.stdout
    corpus = project.folder / "results" / "chosen" / "corpora" / "web"
    told = json.loads((corpus / "statistics.json").read_text())
    assert told["near_duplicates"]["example"]["repeats"].endswith(" of news")
    assert told["splits"]["train"]["documents"] == told["select"]["kept"]
    log = (project.folder / "logs" / "chosen" / "corpora" / "web.log").read_text()
    assert "near-duplicates left out" in log and "it measures the whole corpus" in log
