"""What a small language costs: CPU seconds of its text, vocabulary, tokens, vectors and alignment.

python benchmarks/languages.py [--languages 200] [--preset full|brief|tiny]
                               [--output FILE] [--table FILE]
"""

import ctypes
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from resource import RUSAGE_CHILDREN
from typing import Any

import psutil

from lingraft.errors import ConfigError
from lingraft.program import run
from measuring import Comparison, Contender, Figures, cpu_s, peak_mb
from rows import run_comparisons

ROOT = Path(__file__).parents[1]
_PR_SET_CHILD_SUBREAPER = 36  # of Linux's prctl
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MOST = len(_LETTERS) ** 2  # languages that have codes of their own
_WORDS = 600
_SENTENCES = 400
_STAGES = ("corpora", "tokenizers", "tokens", "vectors", "alignments")


def write_world(folder: Path, count: int) -> Path:
    """Write `count` languages of made-up text and their dictionaries; returns the configuration."""
    codes = ["eng", *map(_code, range(count))]
    text = folder / "text"
    text.mkdir(parents=True)
    meanings = random.Random(0).choices(
        range(_WORDS), [1 / (rank + 3) for rank in range(_WORDS)], k=9 * _SENTENCES
    )
    english = _words("eng")
    for code in codes:
        words = _words(code)
        with (text / f"{code}.jsonl").open("w", encoding="utf-8") as stream:
            for number in range(_SENTENCES):
                line = " ".join(words[one] for one in meanings[9 * number : 9 * number + 9])
                stream.write(json.dumps({"id": f"made-up/{number}", "text": f"{line}."}) + "\n")
        pairs = zip(english, words, strict=True)
        lines = "".join(f"{one}\t{other}\n" for one, other in pairs)
        (text / f"{code}.tsv").write_text(lines, "utf-8")
    config = folder / "many.json"
    config.write_text(json.dumps(_configuration(codes, text)), "utf-8")
    return config


def _configuration(codes: Sequence[str], text: Path) -> dict[str, Any]:
    others = codes[1:]
    return {
        "experiment": "many",
        "sources": {
            "text": {"kind": "local", "path": str(text)},
            "model": {"kind": "local", "path": str(ROOT / "tests/data/tiny-model")},
        },
        "corpora": {code: _corpus(code) for code in codes},
        "models": {"tiny-bert": {"source": "model", "format": "untrained", "language": "eng_Latn"}},
        "tokenizers": {code: {"corpora": [code], "vocabulary_size": 500} for code in others},
        "vectors": {
            code: {
                "corpus": code,
                "dimension": 16,
                "epochs": 5,
                "minimum_count": 1,
                "buckets": 2000,
            }
            for code in codes
        },
        "alignments": {
            code: {
                "source": "eng",
                "target": code,
                "dictionaries": [{"format": "tsv", "source": "text", "path": f"{code}.tsv"}],
            }
            for code in others
        },
        "initializations": {"wechsel": {"method": "wechsel"}},
        "pretraining": {"short": {"steps": 6}},
        "runs": {
            code: {
                "model": "tiny-bert",
                "tokenizer": code,
                "corpora": [code],
                "alignments": [code],
                "initializations": ["wechsel"],
                "pretraining": "short",
            }
            for code in others
        },
        "evaluation": {"language_model": {}, "tokenizer": {}},
        "report": {"baseline": "wechsel"},
    }


def _corpus(code: str) -> dict[str, Any]:
    text = {"source": "text", "format": "jsonl", "files": f"{code}.jsonl", "id_field": "id"}
    return {"language": f"{code}_Latn", "texts": [text]}


def _code(number: int) -> str:
    first, second = divmod(number, len(_LETTERS))
    return f"q{_LETTERS[first]}{_LETTERS[second]}"


def _words(code: str) -> list[str]:
    """Words of a language: syllables that its code chooses."""
    generator = random.Random(code)
    consonants, vowels = generator.sample("bdfghjklmnprstvwyz", 9), generator.sample("aeiou", 4)
    found: dict[str, None] = {}
    while len(found) < _WORDS:
        syllables = range(generator.randint(1, 4))
        found[
            "".join(generator.choice(consonants) + generator.choice(vowels) for _ in syllables)
        ] = None
    return list(found)


def spend(command: Sequence[str], folder: Path) -> Figures:
    """What a command takes, also the processes that outlive their parents."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    known = {child.pid for child in psutil.Process().children()}
    before, started = cpu_s(RUSAGE_CHILDREN), time.monotonic()
    log = folder / "said.log"
    with log.open("w") as stream:
        done = subprocess.run(command, cwd=folder, stdout=stream, stderr=stream)
    wall = time.monotonic() - started
    _wait_for_orphans(known)
    if done.returncode:
        raise RuntimeError(log.read_text()[-3000:])
    cpu = cpu_s(RUSAGE_CHILDREN) - before
    return {"cpu_s": cpu, "wall_s": wall, "peak_mb": peak_mb(RUSAGE_CHILDREN)}


def _wait_for_orphans(known: Container[int]) -> None:
    """They have outlived their parents: this process, with other `known` ones, is theirs now."""
    while found := [one for one in psutil.Process().children() if one.pid not in known]:
        for child in found:
            with suppress(ChildProcessError):
                os.waitpid(child.pid, 0)


def make(folder: Path, config: Path, stage: str, count: int) -> Figures:
    """Make the artifacts of a stage, of all languages, after those that it needs."""
    before = _STAGES[: _STAGES.index(stage)]
    if before and not (folder / "results" / "many" / before[-1]).exists():
        make(folder, config, before[-1], count)
    content = json.loads(config.read_text("utf-8"))
    if stage == "tokens":
        names = [f"{one}/{one}" for one in content["tokenizers"]]
    else:
        names = list(content[stage])
    targets = [f"results/many/{stage}/{name}/manifest.json" for name in names]
    command = [
        str(Path(sys.executable).with_name("snakemake")),
        *("--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)),
        *("--workflow-profile", str(ROOT / "profiles/default"), "--configfile", str(config)),
        *("--cores", "1", "--quiet", "all", "--", *targets),
    ]
    figures = spend(command, folder)
    return figures | {"cpu_s_each": figures["cpu_s"] / count}


def main(
    languages: int | None = None,
    preset: str = "full",
    only: str = "",
    output: str = "",
    table: str = "",
) -> None:
    """Print what a small language costs, stage by stage.

    Args:
        languages: how many there are; 200 by default, 40 in brief.
        preset: full, brief, or tiny: two languages.
        only: stages to run, separated by commas; all by default.
        output: file to write the figures to, as JSON.
        table: file to write the table to, as Markdown.

    Raises:
        ConfigError: there are not so many codes.
    """
    if languages is not None and not 1 <= languages <= _MOST:
        raise ConfigError(f"--languages {languages} must be from 1 to {_MOST}")
    found = comparisons(preset, (), languages)
    run_comparisons((("languages", one) for one in found), preset, only, output, table)


def comparisons(
    preset: str, corpora: Sequence[Path] = (), languages: int | None = None
) -> Iterator[Comparison]:
    """The stages, one after the other, in a folder that is there while they are."""
    count = languages or {"full": 200, "brief": 40, "tiny": 2}[preset]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = write_world(folder / "world", count)
        for stage in _STAGES:
            yield Comparison(
                stage,
                f"{stage} of {count} small languages, Snakemake counted",
                Contender("lingraft", make, (folder, config, stage, count)),
                repeats=1,
                shown=("cpu_s_each",),
            )


if __name__ == "__main__":
    run(main)
