"""Every benchmark program runs: a comparison that nobody runs breaks unseen."""

import json
import subprocess
import sys
from pathlib import Path

from rows import HEAD

ROOT = Path(__file__).parents[2]
WITH_ROWS = {
    "encoders", "evaluation", "initialization", "languages", "mining", "plan", "report",
    "self_learning", "startup", "tokens", "training", "word_vectors",
}  # fmt: skip
OTHERS = {"default", "gpu", "retrieval"}


def test_every_program_and_contender_runs_in_small(tmp_path: Path) -> None:
    output, table = tmp_path / "figures.json", tmp_path / "table.md"
    command = [sys.executable, "benchmarks", "--preset", "tiny"]
    command += ["--output", str(output), "--table", str(table)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    records = json.loads(output.read_text("utf-8"))["comparisons"]
    titles = {line.removeprefix("=== ") for line in done.stdout.splitlines() if "===" in line}
    assert {record["program"] for record in records} == WITH_ROWS
    assert titles == OTHERS
    assert {path.stem for path in programs()} == WITH_ROWS | OTHERS
    lines = table.read_text("utf-8").splitlines()
    assert set(lines) <= {*done.stdout.splitlines(), *lines[: lines.index(HEAD.splitlines()[0])]}
    found = [line for line in lines if line.startswith("| ")]
    assert len(found) == 1 + sum(max(1, len(record["theirs"])) for record in records)
    assert not [line for line in found if "failed" in line]


def programs() -> list[Path]:
    """The files of benchmarks/ that can be run."""
    files = (ROOT / "benchmarks").glob("*.py")
    return [path for path in files if "def main(" in path.read_text() and path.stem != "__main__"]
