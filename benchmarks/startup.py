"""What the start of each program costs: its help, its imports, and its imports in a tiny run.

    python benchmarks/startup.py [--preset full|tiny]

CPU seconds. `help` is the whole program with --help; `imports` is Python, the program and what its
`main` imports, up to its first line of work. The second table is of `config/tiny.yaml`, run once
by Snakemake in a folder of its own: the CPU seconds of a job, and those within imports, also of
imports that come later. Heavy modules are named.
"""

import ast
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from lingraft.launch.forking.running import SWITCH
from lingraft.program import run

ROOT = Path(__file__).parents[1]
RECORDER = Path(__file__).parent / "recorder"
HEAVY = (
    "torch",
    "transformers",
    "transformers.modeling_utils",
    "deepspeed",
    "mteb",
    "datasets",
    "sklearn",
    "pandas",
    "scipy.stats",
    "matplotlib",
)
"""Modules whose import takes from a third of a CPU second to several."""


def programs() -> list[Path]:
    """The files of scripts/, by name."""
    return sorted((ROOT / "scripts").glob("*.py"))


def imports_of(program: Path) -> str:
    """Code that imports what `program` does before its first line of work.

    That is the program itself as a module, and the imports within its functions.
    """
    tree = ast.parse(program.read_text("utf-8"))
    within = {
        ast.unparse(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    at_top = {
        ast.unparse(node) for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    return "\n".join(sorted(at_top) + sorted(within))


@dataclass(frozen=True)
class Start:
    """What a process took, and which heavy modules it had at its end."""

    seconds: float
    loaded: tuple[str, ...]


def start(*words: str) -> Start:
    """Run Python with these words.

    Raises:
        RuntimeError: it fails; what it printed says why.
    """
    before = _children_seconds()
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    seconds = _children_seconds() - before
    said = done.stdout.splitlines()
    loaded = said[-1].removeprefix("loaded: ").split() if said[-1].startswith("loaded: ") else []
    return Start(seconds, tuple(loaded))


def import_phase(program: Path) -> Start:
    """What `program` takes up to its first line of work."""
    code = f"import sys\n{imports_of(program)}\n"
    code += f"print('loaded:', *(name for name in {HEAVY} if name in sys.modules))"
    return start("-c", code)


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@dataclass(frozen=True)
class Job:
    """What a program of a run took."""

    program: str
    seconds: float
    import_seconds: float
    loaded: tuple[str, ...]


def run_tiny(folder: Path, *targets: str) -> list[Job]:
    """Run the tiny workflow in `folder`, and say what each of its jobs took.

    Args:
        folder: an empty folder.
        targets: files to make; all without any.

    Raises:
        RuntimeError: it fails; what it printed says why.
    """
    (folder / "tests").symlink_to(ROOT / "tests", target_is_directory=True)
    records = folder / "records"
    records.mkdir()
    path = os.pathsep.join([str(RECORDER), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [
        str(Path(sys.executable).with_name("snakemake")),
        *("--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)),
        *("--configfile", str(ROOT / "config" / "tiny.yaml"), "--cores", "1", *targets),
    ]
    # Jobs start by themselves: what a forked one imports was imported before.
    own = {"PYTHONPATH": path, "LINGRAFT_IMPORTS": str(records), SWITCH: "no"}
    environment = os.environ | own
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return list(read_records(records))


def read_records(folder: Path) -> Iterator[Job]:
    """What programs wrote at their end (benchmarks/recorder)."""
    for path in sorted(folder.glob("*.json")):
        found = json.loads(path.read_text("utf-8"))
        loaded = tuple(name for name in HEAVY if name in found["modules"])
        yield Job(found["program"], found["seconds"], found["import_seconds"], loaded)


def main(preset: str = "full") -> None:
    """Print both tables.

    Args:
        preset: full, or tiny: one program, and the first stages of the run.
    """
    is_tiny = preset == "tiny"
    print(f"{'program':24}{'help':>7}{'imports':>9}  heavy modules before the first line of work")
    for program in programs()[: 1 if is_tiny else None]:
        shown, phase = start(str(program), "--help"), import_phase(program)
        print(
            f"{program.stem:24}{shown.seconds:7.2f}{phase.seconds:9.2f}  {', '.join(phase.loaded)}"
        )
    targets = ["results/tiny/corpora/english/manifest.json"] if is_tiny else []
    with tempfile.TemporaryDirectory() as name:
        jobs = run_tiny(Path(name), *targets)
    print(f"\n{'job':24}{'runs':>5}{'CPU s':>8}{'imports':>9}  heavy modules at its end")
    for program in sorted({job.program for job in jobs}):
        of_it = [job for job in jobs if job.program == program]
        loaded = [name for name in HEAVY if any(name in job.loaded for job in of_it)]
        seconds = mean(job.seconds for job in of_it)
        imports = mean(job.import_seconds for job in of_it)
        print(f"{program:24}{len(of_it):5}{seconds:8.2f}{imports:9.2f}  {', '.join(loaded)}")
    total, imports = (sum(job.seconds for job in jobs), sum(job.import_seconds for job in jobs))
    print(f"{'all':24}{len(jobs):5}{total:8.1f}{imports:9.1f}")


if __name__ == "__main__":
    run(main)
