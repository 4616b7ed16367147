"""The complete example of the README: the same shape of experiment runs from end to end.

Only what cannot be had here is replaced: the sources by local ones, the sizes by small ones. The
example has no parallel text, no pivot and a dictionary of its own, unlike the other configurations.
"""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.workflow.project import ROOT, TINY, Project


@pytest.fixture
def example() -> dict[str, Any]:
    readme = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", readme, flags=re.DOTALL)
    [whole] = [block for block in blocks if "experiment:" in block]
    config: dict[str, Any] = yaml.safe_load(whole)
    return config


def test_the_example_is_valid(example: dict[str, Any], tmp_path: Path) -> None:
    from lingraft.experiment.loading import load

    path = tmp_path / "example.yaml"
    path.write_text(yaml.safe_dump(example, sort_keys=False), "utf-8")
    assert load(path).experiment == example["experiment"]


@pytest.mark.slow
def test_the_example_runs(example: dict[str, Any], project: Project) -> None:
    data = project.folder / "data"
    write_inputs(data)
    example["sources"] = {
        "roberta": {"kind": "local", "path": "tests/data/tiny-model"},
        "text": {"kind": "local", "path": "data/text.txt"},
        "dictionary": {"kind": "local", "path": "data/english-gaelic.tsv"},
        "english-vectors": {"kind": "local", "path": "data/cc.en.300.vec.gz"},
    }
    example["models"]["roberta"]["format"] = "untrained"
    example["tokenizers"]["gaelic"]["vocabulary_size"] = 300
    example["vectors"]["gaelic"].update(dimension=16, minimum_count=1, buckets=2000)
    example["pretraining"]["long"].update(steps=2, sequence_length=32, batch_size=4)
    example["runs"]["gaelic"].update(seeds=[1], initializations=["random", "wechsel"])
    (project.folder / TINY).write_text(yaml.safe_dump(example, sort_keys=False), "utf-8")
    done = project.snakemake()
    assert done.returncode == 0, done.stdout[-4000:]
    page = project.folder / "results" / example["experiment"] / "report" / "index.html"
    assert all(name in page.read_text("utf-8") for name in ("random", "wechsel"))


def write_inputs(folder: Path) -> None:
    """Plain text, a dictionary in two columns and word vectors in text, as a user has them."""
    import gzip
    import json

    import numpy as np

    tiny = ROOT / "tests" / "data" / "tiny"
    folder.mkdir()
    shutil.copy(tiny / "dictionary-english-swahili.tsv", folder / "english-gaelic.tsv")
    lines = (tiny / "swahili.jsonl").read_text("utf-8").splitlines()
    (folder / "text.txt").write_text("\n\n".join(json.loads(x)["text"] for x in lines), "utf-8")
    rows = (tiny / "dictionary-english-swahili.tsv").read_text("utf-8").splitlines()
    words = sorted({row.split("\t")[0].split()[0].lower() for row in rows if row.strip()})
    vectors = np.random.default_rng(1).normal(size=(len(words), 16))
    with gzip.open(folder / "cc.en.300.vec.gz", "wt", encoding="utf-8") as file:
        file.write(f"{len(words)} 16\n")
        for word, vector in zip(words, vectors, strict=True):
            file.write(f"{word} {' '.join(f'{value:.4f}' for value in vector)}\n")
