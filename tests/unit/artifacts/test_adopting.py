"""Results of format 1 are refused in one line, and taken over when a person says so."""

import json
import os
from pathlib import Path

import pytest
from tests.unit.artifacts.making import make

from lingraft.artifacts import MANIFEST, VectorsFacts, open_artifact
from lingraft.artifacts.adopting import adopt
from lingraft.artifacts.sealed import unseal_line
from lingraft.errors import ArtifactError, InputError
from lingraft.evaluation.outcome import Score
from lingraft.evaluation.results import TaskResult, read_result, write_result


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """Vectors as the version before wrote them."""
    folder = make(tmp_path / "results" / "vectors" / "x", "vectors", data="x")
    path = folder / MANIFEST
    content = json.loads(path.read_text())
    del content["sha256"]
    content |= {"format": 1, "facts": {"threads": 1, "licences": []}}
    path.write_text(json.dumps(content, indent=2) + "\n")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    return folder


def test_results_of_an_earlier_version_name_the_way_out(earlier: Path) -> None:
    with pytest.raises(ArtifactError, match=r"by an earlier version.*scripts/seal_results\.py"):
        open_artifact(earlier)


def test_they_are_taken_over_with_their_times(earlier: Path) -> None:
    assert adopt(earlier.parents[1]) == 1
    assert open_artifact(earlier, VectorsFacts).facts.threads == 1
    assert (earlier / MANIFEST).stat().st_mtime == 1_000_000_000
    assert adopt(earlier.parents[1]) == 0


def test_what_is_damaged_is_not_taken_over(earlier: Path) -> None:
    (earlier / "data").write_text("y")
    before = (earlier / MANIFEST).read_bytes()
    with pytest.raises(ArtifactError, match="SHA-256 differs"):
        adopt(earlier)
    assert (earlier / MANIFEST).read_bytes() == before
    with pytest.raises(InputError, match="is not a folder"):
        adopt(earlier / "nowhere")


def test_results_and_metrics_are_sealed_too(tmp_path: Path) -> None:
    path = tmp_path / "evaluation" / "limit.json"
    result = TaskResult("limit", "limit", {}, {}, {}, "key", [Score("swh_Latn", "recall", 0.5, 10)])
    write_result(path, result, [{"id": 1}])
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:1] + lines[2:]) + "\n")
    (tmp_path / "metrics.jsonl").write_text('{"step": 1, "kind": "train"}\n{"st')
    assert adopt(tmp_path) == 2
    assert read_result(path).scores == (Score("swh_Latn", "recall", 0.5, 10),)
    whole, torn = (tmp_path / "metrics.jsonl").read_bytes().splitlines()
    assert unseal_line(whole) == {"step": 1, "kind": "train"} and unseal_line(torn) is None
