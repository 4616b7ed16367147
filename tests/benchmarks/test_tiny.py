"""Every benchmark program runs: a comparison that nobody runs breaks unseen."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAMS = {
    "default", "encoders", "evaluation", "gpu", "initialization", "languages", "mining", "plan",
    "report", "retrieval", "self_learning", "startup", "tokens", "training", "word_vectors",
}  # fmt: skip


def test_every_program_and_contender_runs_in_small() -> None:
    command = [sys.executable, "benchmarks", "--preset", "tiny"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    titles = {line.removeprefix("=== ") for line in done.stdout.splitlines() if "===" in line}
    assert titles == PROGRAMS == {path.stem for path in programs()}


def programs() -> list[Path]:
    """The files of benchmarks/ that can be run."""
    files = (ROOT / "benchmarks").glob("*.py")
    return [path for path in files if "def main(" in path.read_text() and path.stem != "__main__"]
