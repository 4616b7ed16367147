"""What planning costs: a dry run of a thousand languages before their first run.

python benchmarks/plan.py [--languages 1000] [--preset full|brief|tiny]
                          [--output FILE] [--table FILE]
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from lingraft.program import run
from measuring import Comparison, Contender, Figures
from rows import run_comparisons

ROOT = Path(__file__).parents[1]


def many_languages(count: int) -> dict[str, Any]:
    """A configuration of `count` languages: each with text, a vocabulary, a training, its worth.

    One archive of text serves all, as collections of a thousand languages come.
    """
    codes = [_code(number) for number in range(count)]
    return {
        "experiment": "many",
        "sources": {
            "text": {"kind": "local", "path": "tests/data/tiny"},
            "model": {"kind": "local", "path": "tests/data/tiny-model"},
        },
        "corpora": {code: _corpus(code) for code in codes},
        "models": {"tiny-bert": {"source": "model", "format": "untrained", "language": "eng_Latn"}},
        "tokenizers": {code: {"corpora": [code], "vocabulary_size": 300} for code in codes},
        "initializations": {"fvt": {"method": "fvt"}},
        "pretraining": {"short": {"steps": 6}},
        "runs": {
            code: {
                "model": "tiny-bert",
                "tokenizer": code,
                "corpora": [code],
                "initializations": ["fvt"],
                "pretraining": "short",
            }
            for code in codes
        },
        "evaluation": {"language_model": {}, "tokenizer": {}},
        "report": {"baseline": "fvt"},
    }


def _corpus(code: str) -> dict[str, Any]:
    text = {"source": "text", "format": "jsonl", "files": f"{code}.jsonl"}
    return {"language": f"{code}_Latn", "texts": [text]}


def _code(number: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return letters[number // 676] + letters[number // 26 % 26] + letters[number % 26]


@dataclass(frozen=True)
class Cost:
    """What a dry run took."""

    seconds: float
    processor_seconds: float  # what it would take on a machine with nothing else to do
    peak_mb: float
    said: str


def plan(folder: Path, config: Path, *more: str) -> Cost:
    """Dry-run the workflow in `folder`."""
    # The kernel keeps one peak for all children of a process, and a child's begins with what its
    # parent holds: only a fresh, small parent measures this run and nothing else.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_plan, folder, config, more).result()


def _plan(folder: Path, config: Path, more: Sequence[str]) -> Cost:
    command = [
        str(Path(sys.executable).with_name("snakemake")),
        *("--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)),
        *("--configfile", str(config), "--cores", "1", "--dry-run", *more),
    ]
    started = time.monotonic()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    seconds = time.monotonic() - started
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = done.stdout + done.stderr
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000, said)


def main(languages: int = 0, preset: str = "full", output: str = "", table: str = "") -> None:
    """Print what planning costs.

    Args:
        languages: how many the configuration has; 1,000 by default.
        preset: full, brief, or tiny: three languages.
        output: file to write the figures to, as JSON.
        table: file to write the table to, as Markdown.
    """
    found = comparisons(preset, (), languages)
    run_comparisons((("plan", one) for one in found), preset, "", output, table)


def comparisons(
    preset: str, corpora: Sequence[Path] = (), languages: int = 0
) -> Iterator[Comparison]:
    """One: many languages."""
    count = languages or (3 if preset == "tiny" else 1000)
    yield Comparison(
        "languages",
        f"a plan of {count:,} languages, {8 * count:,} jobs",
        Contender("lingraft", _plan_many, (count,)),
    )


def _plan_many(count: int) -> Figures:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = folder / "many.json"  # which Snakemake reads ten times faster than YAML
        config.write_text(json.dumps(many_languages(count)), "utf-8")
        cost = plan(folder, config, "--quiet")
    return {"cpu_s": cost.processor_seconds, "wall_s": cost.seconds, "peak_mb": cost.peak_mb}


if __name__ == "__main__":
    run(main)
