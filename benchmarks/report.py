"""How long a report takes, and how large its page is: the default's size, and 100 x 350.

    python benchmarks/report.py [--large true] [--preset full|brief|tiny]
                                [--output FILE] [--table FILE]

Results are synthetic (tests/unit/reporting/synthetic.py); writing them is not timed. The bounds are
those of the report's promise: under 10 seconds and 5 MB from the embedded default, under 60 seconds
from 100 trainings on 350 languages.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "unit" / "reporting"))

from synthetic import EFFECTS, configuration, write_results

from lingraft.program import run
from lingraft.reporting.stage import build
from measuring import Bar, Comparison, Contender, Figures, timed
from rows import run_comparisons

LARGEST_PAGE = 5_000_000  # bytes
RESAMPLES = 10_000


def many_languages(number: int) -> list[str]:
    """Made-up codes: aaa_Latn, aab_Latn, ..."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return [f"{letters[i // 26 % 26]}{letters[i % 26]}x_Latn" for i in range(number)]


def timed_report(is_large: bool, resamples: int) -> Figures:
    """What the report takes, without the synthetic results, and the size of its page."""
    if is_large:
        names = [*EFFECTS, *(f"method-{i}" for i in range(20 - len(EFFECTS)))]
        languages = {"many": many_languages(350)}
        config = configuration(languages, names, seeds=range(1, 6), resamples=resamples)
        sizes = (20, 30)
    else:
        three = {"chinese": ["zho_Hans"], "german": ["deu_Latn"], "swahili": ["swh_Latn"]}
        config = configuration(three, resamples=resamples)
        sizes = (1000, 300) if resamples == RESAMPLES else (20, 10)
    with tempfile.TemporaryDirectory() as folder:
        results = write_results(config, Path(folder), *sizes)
        figures = timed(lambda: build(config, results, results / "report"))
        size = (results / "report" / "index.html").stat().st_size
    if size > LARGEST_PAGE:
        raise RuntimeError(f"the page has {size / 1e6:.1f} MB, above {LARGEST_PAGE / 1e6:.0f}")
    return figures | {"page_mb": size / 1e6}


def main(large: bool = False, preset: str = "full", output: str = "", table: str = "") -> None:
    """Measure the report.

    Args:
        large: measure 100 trainings on 350 languages, too.
        preset: full, brief, or tiny: a few documents and resamples.
        output: file to write the figures to, as JSON.
        table: file to write the table to, as Markdown.
    """
    found = comparisons(preset, (), large)
    run_comparisons((("report", one) for one in found), preset, "", output, table)


def comparisons(
    preset: str, corpora: Sequence[Path] = (), large: bool = True
) -> Iterator[Comparison]:
    """The default's size and the large one."""
    resamples = 200 if preset == "tiny" else RESAMPLES
    for is_large, bound, what in (
        (False, 10, "the size of the embedded default"),
        (True, 60, "100 trainings x 350 languages"),
    ):
        if is_large and (not large or preset == "tiny"):
            continue
        yield Comparison(
            "large" if is_large else "default",
            f"a report, {what}",
            Contender("lingraft", timed_report, (is_large, resamples),
                      bar=Bar("cpu_s", bound, is_least=False)),
            repeats=1 if is_large else 3,
            shown=("page_mb",),
        )  # fmt: skip


if __name__ == "__main__":
    run(main)
