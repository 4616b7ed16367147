"""All comparisons that need no GPU, one after the other, in one table.

    python benchmarks [--preset full|brief|tiny] [--only a,b] [--corpora FOLDER,...]
                      [--output FILE.json] [--table FILE.md]

`full` takes one to two hours on two free cores (`make bench`). `brief` takes at most 20 minutes
on two free cores: the same comparisons, the long ones with less. `tiny` takes about two minutes and
shows that every program and every contender runs, also those that have no row; its figures mean
nothing. A comparison that fails has a row that says why; the others go on, and the exit code is 1.
"""

import importlib
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from lingraft.program import run
from measuring import Comparison
from rows import check_preset, run_comparisons

# Training is the last: under `tiny`, which has one process, DeepSpeed changes what others do.
PROGRAMS = (
    "startup", "plan", "languages", "report", "tokens", "initialization", "self_learning",
    "word_vectors", "encoders", "mining", "evaluation", "training",
)  # fmt: skip
WITHOUT_ROWS = ("default", "retrieval"), ("gpu",)  # before the others under `tiny`, and after


def main(
    preset: str = "full", only: str = "", corpora: str = "", output: str = "", table: str = ""
) -> None:
    """Measure all comparisons: full takes an hour or two, brief at most 20 minutes, tiny two.

    Args:
        preset: full, brief, or tiny.
        only: programs (training), comparisons (causal) or both (training.causal), separated by
            commas; all by default.
        corpora: folders of corpora of a finished run, separated by commas; tokens are counted on
            their texts, too.
        output: file to write the figures to, as JSON.
        table: file to write the table to, as Markdown.
    """
    check_preset(preset)
    folders = [Path(folder) for folder in corpora.split(",") if folder]
    before, after = WITHOUT_ROWS if preset == "tiny" and not only else ((), ())
    _run_others(before)
    wanted = {name for name in only.split(",") if name}
    run_comparisons(comparisons(preset, folders, wanted), preset, only, output, table)
    _run_others(after)


def _run_others(names: Sequence[str]) -> None:
    """Those that need a finished run, or a GPU, or have no ratio: they are shown to run."""
    for name in names:
        print(f"\n=== {name}", flush=True)
        importlib.import_module(name).main(preset="tiny")


def comparisons(
    preset: str, corpora: Sequence[Path], wanted: AbstractSet[str] = frozenset()
) -> Iterator[tuple[str, Comparison]]:
    """Those of all programs, each with its program's name.

    Args:
        preset: the sizes.
        corpora: folders of corpora.
        wanted: names of programs or comparisons. A program's name does not stand for comparisons
            of others; where there are no other names, other programs prepare nothing.
    """
    named = {name.partition(".")[0] for name in wanted}
    for name in PROGRAMS:
        if wanted and named.issubset(PROGRAMS) and name not in named:
            continue
        for comparison in importlib.import_module(name).comparisons(preset, corpora):
            if comparison.name not in wanted & {*PROGRAMS} or name in named:
                yield name, comparison


if __name__ == "__main__":
    run(main)
