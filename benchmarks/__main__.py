"""All comparisons that need no GPU, one after the other.

    python benchmarks [--preset full|tiny]

`full` is what `make bench` runs: hours, each program by itself. `tiny` shows within a minute that
every program and every contender runs; its figures mean nothing.
"""

import importlib
import subprocess
import sys
from pathlib import Path

from lingraft.program import run

FOLDER = Path(__file__).parent
PROGRAMS = sorted(
    path.stem
    for path in FOLDER.glob("*.py")
    if "def main(" in path.read_text("utf-8") and path.stem not in ("__main__", "gpu")
)


def main(preset: str = "full") -> None:
    """Run every program; go on after one that fails, and fail at the end.

    Args:
        preset: full, or tiny.
    """
    if preset == "tiny":
        for name in [*PROGRAMS, "gpu"]:
            print(f"\n=== {name}", flush=True)
            importlib.import_module(name).main(preset=preset)
        return
    commands = [[sys.executable, str(FOLDER / f"{name}.py")] for name in PROGRAMS]
    failed = [command[1] for command in commands if subprocess.run(command).returncode]
    if failed:
        raise SystemExit(f"error: these comparisons failed: {', '.join(failed)}")


if __name__ == "__main__":
    run(main)
