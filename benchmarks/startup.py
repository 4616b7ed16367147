"""What the start of each program costs: its help, its imports, and its imports in a tiny run.

    python benchmarks/startup.py [--only PROGRAM,...] [--preset full|brief|tiny]
                                 [--output FILE] [--table FILE]

Imports are Python, the program and what its `main` imports, up to its first line of work. The last
row is of `config/tiny.yaml`, run once by Snakemake in a folder of its own, where all jobs start by
themselves: the CPU seconds of its jobs, and those within imports, also of imports that come later.
Heavy modules are named. `brief` has four programs and not the run.
"""

import ast
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN
from statistics import mean

from lingraft.launch.forking.running import SWITCH
from lingraft.program import run
from measuring import Comparison, Contender, Figures, cpu_s, peak_mb
from rows import run_comparisons

ROOT = Path(__file__).parents[1]
RECORDER = Path(__file__).parent / "recorder"
BRIEF = ("prepare_corpus", "train_tokenizer", "pretrain", "evaluate")
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
    before = cpu_s(RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    seconds = cpu_s(RUSAGE_CHILDREN) - before
    said = done.stdout.splitlines()
    loaded = said[-1].removeprefix("loaded: ").split() if said[-1].startswith("loaded: ") else []
    return Start(seconds, tuple(loaded))


def import_phase(program: Path) -> Start:
    """What `program` takes up to its first line of work."""
    code = f"import sys\n{imports_of(program)}\n"
    code += f"print('loaded:', *(name for name in {HEAVY} if name in sys.modules))"
    return start("-c", code)


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


def main(preset: str = "full", only: str = "", output: str = "", table: str = "") -> None:
    """Measure programs, and the run.

    Args:
        preset: full, brief, or tiny: one program, and the first stages of the run.
        only: programs, or `run`, separated by commas; all by default.
        output: file to write the figures to, as JSON.
        table: file to write the table to, as Markdown.
    """
    found = comparisons(preset)
    run_comparisons((("startup", one) for one in found), preset, only, output, table)


def comparisons(preset: str, corpora: Sequence[Path] = ()) -> Iterator[Comparison]:
    """Each program, then the run."""
    found = programs()
    if preset == "brief":
        found = [program for program in found if program.stem in BRIEF]
    for program in found[: 1 if preset == "tiny" else None]:
        yield Comparison(
            program.stem,
            f"{program.stem}: up to its first line of work",
            Contender("lingraft", timed_start, (program,)),
            shown=("help_cpu_s",),
        )
    if preset != "brief":
        yield Comparison(
            "run",
            "the jobs of config/tiny.yaml, each started by itself",
            Contender("lingraft", timed_run, (preset == "tiny",)),
            repeats=1,
        )


def timed_start(program: Path) -> Figures:
    """The start of a program, and the whole of its --help."""
    shown = start(str(program), "--help")
    before = time.perf_counter()
    phase = import_phase(program)
    return {
        "cpu_s": phase.seconds,
        "wall_s": time.perf_counter() - before,
        "peak_mb": peak_mb(RUSAGE_CHILDREN),
        "help_cpu_s": shown.seconds,
        "note": f"imports {', '.join(phase.loaded) or 'nothing heavy'}",
    }


def timed_run(is_tiny: bool) -> Figures:
    """The jobs of the tiny workflow; with `is_tiny` only its first."""
    targets = ["results/tiny/corpora/english/manifest.json"] if is_tiny else []
    before = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        jobs = run_tiny(Path(name), *targets)
    imports = sum(job.import_seconds for job in jobs)
    return {
        "cpu_s": sum(job.seconds for job in jobs),
        "wall_s": time.perf_counter() - before,
        "peak_mb": peak_mb(RUSAGE_CHILDREN),
        "note": f"{len(jobs)} jobs, {imports:.1f} CPU s of it imports; {'; '.join(_each(jobs))}",
    }


def _each(jobs: Sequence[Job]) -> Iterator[str]:
    """What the jobs of a program take in the mean."""
    for program in sorted({job.program for job in jobs}):
        of_it = [job for job in jobs if job.program == program]
        seconds = mean(job.seconds for job in of_it)
        imports = mean(job.import_seconds for job in of_it)
        yield f"{program} {len(of_it)} x {seconds:.2f} ({imports:.2f})"


if __name__ == "__main__":
    run(main)
