"""How long a report takes, and how large its page is: the default's size, and 100 x 350.

    python benchmarks/report.py [--large true] [--preset full|tiny]

Results are synthetic (tests/unit/reporting/synthetic.py); writing them is not timed. The bounds are
those of the report's promise: under 10 seconds and 5 MB from the embedded default, under 60 seconds
from 100 trainings on 350 languages.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "unit" / "reporting"))

from synthetic import EFFECTS, configuration, write_results

from lingraft.experiment.configuration import Config
from lingraft.program import run
from lingraft.reporting.stage import build

LARGEST_PAGE = 5_000_000  # bytes


def many_languages(number: int) -> list[str]:
    """Made-up codes: aaa_Latn, aab_Latn, ..."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return [f"{letters[i // 26 % 26]}{letters[i % 26]}x_Latn" for i in range(number)]


def measure(config: Config, documents: int, pairs: int) -> tuple[float, int]:
    """Seconds that the report takes (CPU), and bytes of its page."""
    with tempfile.TemporaryDirectory() as folder:
        results = write_results(config, Path(folder), documents, pairs)
        start = time.process_time()
        build(config, results, results / "report")
        seconds = time.process_time() - start
        return seconds, (results / "report" / "index.html").stat().st_size


def report(name: str, bound: float, seconds: float, size: int) -> bool:
    """Print one line and say whether the promise is kept."""
    kept = seconds < bound and size < LARGEST_PAGE
    print(f"{name}: {seconds:.1f} s of CPU (bound {bound:.0f}), page {size / 1e6:.2f} MB")
    return kept


def main(large: bool = False, preset: str = "full") -> None:
    """Measure; exit 1 where a promise is broken.

    Args:
        large: measure 100 trainings on 350 languages, too.
        preset: full, or tiny: a few documents and resamples.
    """
    tiny = preset == "tiny"
    three = {"chinese": ["zho_Hans"], "german": ["deu_Latn"], "swahili": ["swh_Latn"]}
    default = configuration(three, resamples=200 if tiny else 10_000)
    sizes = (20, 10) if tiny else (1000, 300)
    kept = report("embedded default", 10, *measure(default, *sizes))
    if large:
        names = [*EFFECTS, *(f"method-{i}" for i in range(20 - len(EFFECTS)))]
        languages = {"many": many_languages(350)}
        larger = configuration(languages, names, seeds=range(1, 6), resamples=10_000)
        kept &= report("100 trainings x 350 languages", 60, *measure(larger, 20, 30))
    if not kept:
        raise SystemExit(1)


if __name__ == "__main__":
    run(main)
