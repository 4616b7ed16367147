"""A comparison: its rounds, what a failure leaves of it, and the rows and figures that it makes."""

import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lingraft.errors import ConfigError
from measuring import Bar, Comparison, Contender, Figures, Measured, measure, timed
from rows import HEAD, number, ratio, rows, run_comparisons


@pytest.fixture(autouse=True)
def _threads_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A measurement sets the threads of libraries in the environment."""
    for library in ("OMP", "MKL", "OPENBLAS", "RAYON"):
        monkeypatch.setenv(f"{library}_NUM_THREADS", "1")


def work(log: str, name: str, cpu_s: float) -> Figures:
    """Figures as given; the log says who worked, and in which process."""
    with Path(log).open("a") as stream:
        stream.write(f"{name} {os.getpid()}\n")
    return {"cpu_s": cpu_s, "wall_s": 2 * cpu_s, "peak_mb": 100 * cpu_s}


def fail(log: str) -> Figures:
    raise ValueError(f"not today\n{log}")


def end(log: str) -> Figures:
    os._exit(7)


def _comparison(log: Path, *theirs: Contender, repeats: int = 3) -> Comparison:
    ours = Contender("lingraft", work, (str(log), "ours", 0.5))
    return Comparison("some", "some work", ours, theirs, repeats=repeats)


def _theirs(log: Path, **more: Any) -> Contender:
    return Contender("theirs", work, (str(log), "theirs", 2.0), **more)


def test_sides_alternate_each_in_a_process_of_its_own(tmp_path: Path) -> None:
    log = tmp_path / "log"
    measured = measure(_comparison(log, _theirs(log)))
    names, processes = zip(*(line.split() for line in log.read_text().splitlines()), strict=True)
    assert names == ("ours", "theirs", "theirs", "ours", "ours", "theirs")
    assert len(set(processes)) == 2 and str(os.getpid()) not in processes
    [row] = rows(measured)
    assert "(1 thread, median of 3)" in row and "| 4.00 x | 4.00 x | 50 / 200 |" in row


def test_a_share_is_scaled_and_a_bar_is_judged(tmp_path: Path) -> None:
    log = tmp_path / "log"
    theirs = _theirs(log, share=0.2, bar=Bar("cpu_s", 25), package="numpy")
    [row] = rows(measure(_comparison(log, theirs), is_tiny=True))
    assert "theirs (numpy " in row and "10.0 CPU s, 20.0 s, scaled from 0.2 of it" in row
    assert row.endswith("| 25 x by CPU: **missed** |") and "one run" in row


@pytest.mark.parametrize(
    ("function", "why"),
    [(fail, "ValueError: not today"), (end, "its process ended with exit code 7")],
)
def test_one_that_fails_has_a_row_that_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], function: Callable[[str], Figures], why: str
) -> None:
    log, output, table = tmp_path / "log", tmp_path / "figures.json", tmp_path / "table.md"
    failing = Contender("theirs", function, (str(log),))
    several = [_comparison(log, failing, repeats=1), _comparison(log, repeats=1)]
    with pytest.raises(SystemExit) as ended:
        run_comparisons((("p", one) for one in several), "full", "", str(output), str(table))
    assert ended.value.code == 1
    content = table.read_text("utf-8")
    shown = capsys.readouterr()
    assert "p.some" in shown.err and HEAD in shown.out
    first, second = content.partition(HEAD)[2].strip().splitlines()
    assert why in first and "| - | - |" in first
    assert first in shown.out and second in shown.out
    assert "0.500 CPU s, 1.00 s" in first and "0.500 CPU s, 1.00 s" in second
    records = json.loads(output.read_text("utf-8"))["comparisons"]
    assert [bool(one["failure"]) for record in records for one in record["theirs"]] == [True]
    head = content.partition(HEAD)[0]
    assert all(said in head for said in ("commit", "family", "torch", "p.some", "--preset full"))
    assert max(map(len, head.splitlines())) <= 120


def test_preparation_that_fails_is_a_row(tmp_path: Path) -> None:
    def prepare() -> None:
        raise RuntimeError("no text")

    comparison = Comparison(
        "some", "w", Contender("lingraft", work, ("", "", 1.0)), prepare=prepare
    )
    [row] = rows(measure(comparison, is_tiny=True))
    assert "failed: RuntimeError: no text" in row


def test_a_bar_without_another_side_is_of_ours(tmp_path: Path) -> None:
    ours = Contender("lingraft", work, bar=Bar("cpu_s", 1.0, is_least=False))
    comparison = Comparison("some", "w", ours)
    measured = Measured(comparison, 0.0, {"lingraft": [{"cpu_s": 0.7, "peak_mb": 3.0}]})
    [row] = rows(measured)
    assert row == (
        "| w (1 thread, one run) | 0.700 CPU s | - | - | - | 3 | at most 1.00 CPU s: kept |"
    )


def test_without_a_figure_there_is_no_ratio() -> None:
    known, unknown = {"cpu_s": 2.0}, {"cpu_s": math.nan}
    assert ratio(known, {"cpu_s": 3.0}, "cpu_s") == 1.5
    for ours, theirs in ((known, unknown), (unknown, known), ({}, known), (None, known)):
        assert math.isnan(ratio(ours, theirs, "cpu_s"))


def test_only_names_programs_and_comparisons(tmp_path: Path) -> None:
    log = tmp_path / "log"

    def given() -> list[tuple[str, Comparison]]:
        return [("p", _comparison(log)), ("q", _comparison(log))]

    run_comparisons(given(), "tiny", "q.some")
    run_comparisons(given(), "tiny", "p")
    run_comparisons(given(), "tiny", "some")
    assert len(log.read_text().splitlines()) == 1 + 1 + 2
    with pytest.raises(ConfigError, match="--only other does not name a comparison"):
        run_comparisons(given(), "tiny", "p,other")


def test_a_preset_must_exist() -> None:
    with pytest.raises(ConfigError, match="--preset small is not one of full, brief, tiny"):
        run_comparisons([], "small")


def test_time_and_memory_are_those_of_the_work() -> None:
    figures = timed(lambda: bytearray(b"x" * 30_000_000))
    assert figures["added_mb"] >= 0 and figures["cpu_s"] >= 0 and figures["wall_s"] > 0


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0.000"), (2.4e-7, "2.4e-07"), (0.0123, "0.012"), (1.234, "1.23"), (45.67, "45.7"),
     (20e6, "20,000,000")],
)  # fmt: skip
def test_numbers_have_three_digits(value: float, said: str) -> None:
    assert number(value) == said
