from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from lingraft.errors import ConfigError
from lingraft.experiment.configuration import Config
from lingraft.experiment.loading import check
from lingraft.reporting.collected.collection import Gap
from lingraft.reporting.collected.neighborhoods import read_neighborhoods
from lingraft.reporting.figures.interactive import to_plotly
from lingraft.reporting.figures.neighborhoods import neighborhood_figures
from lingraft.reporting.figures.static import to_svg
from lingraft.stages.targets import evaluation_files
from lingraft.vectors.alignment import align
from lingraft.vectors.vectorset import VectorSet
from lingraft.vectors.word_pairs import WordPair

ROOT = Path(__file__).parents[4]


def configured(*graphs: dict[str, Any]) -> Config:
    content = yaml.safe_load((ROOT / "config" / "tiny.yaml").read_text("utf-8"))
    content["report"] = {"neighbor_graphs": list(graphs)}
    return check(content, "c.yaml")


def write(results: Path) -> None:
    vectors = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)
    sides = {
        name: VectorSet([f"{name[0]}{i}" for i in range(12)], vectors, language=language)
        for name, language in (("english", "eng_Latn"), ("swahili", "swh_Latn"))
    }
    for name, side in sides.items():
        (results / "vectors" / name).mkdir(parents=True)
        side.save(results / "vectors" / name)
    pairs = [WordPair(f"e{i}", f"s{i}") for i in range(12)]
    folder = results / "alignments" / "english-swahili"
    folder.mkdir(parents=True)
    align(sides["english"], sides["swahili"], pairs).save(folder)


def test_both_languages_are_in_one_picture(tmp_path: Path) -> None:
    write(tmp_path)
    config = configured(
        {"alignment": "english-swahili", "words": ["e1", "e2"], "neighbors": 2},
        {"vectors": "swahili", "words": ["s1"]},
    )
    files = evaluation_files(config)[-2:]
    assert "alignments/english-swahili" in files[0] and "vectors/swahili" in files[1]
    gaps: list[Gap] = []

    class Found:
        neighborhoods = read_neighborhoods(config, tmp_path, gaps)

    figures = neighborhood_figures(config, Found())  # type: ignore[arg-type]
    assert not gaps and [figure.kind for figure in figures] == ["graph", "graph"]
    near, source, target = figures[0].series
    assert (source.name, target.name) == ("english", "swahili")
    assert {"e1", "e2"} <= set(source.labels) and {"s1", "s2"} <= set(target.labels)
    assert near.x[2] is None and len(near.x) % 3 == 0
    svg = to_svg(figures[0])
    assert ">e1<" in svg and ">s1<" in svg
    traces = to_plotly(figures[0], "")["data"]
    assert [trace["mode"] for trace in traces] == ["lines", "markers+text", "markers+text"]


def test_what_is_missing_is_a_gap(tmp_path: Path) -> None:
    config = configured({"vectors": "swahili", "words": ["s1"]})
    gaps: list[Gap] = []
    assert read_neighborhoods(config, tmp_path, gaps) == {}
    assert gaps[0].what == "neighbors in swahili"


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        ({"words": ["a"]}, "name either `alignment` or `vectors`"),
        ({"vectors": "x", "words": ["a"]}, r"report\.neighbor_graphs\.0: 'x' is not in vectors"),
        ({"alignment": "x", "words": ["a"]}, r"neighbor_graphs\.0: 'x' is not in alignments"),
    ],
)
def test_mistakes_are_one_line(graph: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        configured(graph)
