"""A thousand languages: planned within seconds, a configuration like any other."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.plan import many_languages, plan

from lingraft.experiment.loading import load


def test_a_hundred_languages_plan(tmp_path: Path) -> None:
    config = tmp_path / "many.json"
    config.write_text(json.dumps(many_languages(100)), "utf-8")
    another = [sys.executable, "-c", "len(b'x' * 1_500_000_000)"]  # whose memory is not the plan's
    subprocess.run(another, check=True)
    cost = plan(tmp_path, config)
    assert "pretrain" in cost.said and "100" in cost.said
    assert cost.processor_seconds < 20
    assert cost.peak_mb < 1000


@pytest.mark.slow
def test_a_thousand_languages_plan(tmp_path: Path) -> None:
    """Seconds of the processor, not of the clock: other tests may be running."""
    config = tmp_path / "many.json"
    config.write_text(json.dumps(many_languages(1000)), "utf-8")
    assert len(load(config).runs) == 1000
    cost = plan(tmp_path, config, "--quiet")
    assert cost.processor_seconds < 30  # 16 on the machine that docs/performance.md names
    assert cost.peak_mb < 1000
