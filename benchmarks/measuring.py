"""A comparison: what is done, by lingraft and by what a user would run instead; how it is measured.

Each contender has a process of its own, whose memory is its own, and which does all rounds. In each
round every contender works once, one after the other, and each second round goes backwards. The
median of the rounds counts, so what a process pays once is left out where there are several rounds.
"""

import multiprocessing
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lingraft import program

Figures = dict[str, Any]
"""`cpu_s`, `wall_s` and `peak_mb`, further numbers, and perhaps a `note`."""
PRESETS = ("full", "brief", "tiny")
TIMES = ("cpu_s", "wall_s")


@dataclass(frozen=True)
class Bar:
    """What is asked of a ratio (theirs / ours), or of a figure of ours."""

    of: str  # "cpu_s" or "wall_s" of both sides as a ratio; beside no other side, a figure of ours
    limit: float
    unit: str = "x"
    is_least: bool = True
    said: str = ""  # in other words, where the ratio is turned round

    def keeps(self, value: float) -> bool:
        """Whether a value is on the right side."""
        return value >= self.limit if self.is_least else value <= self.limit


@dataclass(frozen=True)
class Contender:
    """One way to do the work.

    Attributes:
        label: what it is called.
        function: does the work and gives its figures; times are those of the work alone.
        arguments: of the function; both must be pickled.
        package: the distribution whose version stands beside the label.
        share: part of the work that it does; its times are scaled up.
        bar: for theirs, of the ratio; for ours, of its own figure.
    """

    label: str
    function: Callable[..., Figures]
    arguments: tuple[Any, ...] = ()
    package: str = ""
    share: float = 1.0
    bar: Bar | None = None


@dataclass(frozen=True)
class Comparison:
    """What is measured.

    Attributes:
        name: to choose it by.
        what: the work and its size, for a reader.
        ours: lingraft.
        theirs: what a user would run instead, or what no implementation can do without.
        repeats: rounds.
        threads: native threads of every contender.
        prepare: what is done once before, in a process of its own, and not measured.
        shown: further figures that a reader sees; the keys of `WORDS`.
    """

    name: str
    what: str
    ours: Contender
    theirs: tuple[Contender, ...] = ()
    repeats: int = 3
    threads: int = 1
    prepare: Callable[[], Any] | None = None
    shown: tuple[str, ...] = ()

    @property
    def contenders(self) -> tuple[Contender, ...]:
        """All, ours first."""
        return (self.ours, *self.theirs)


@dataclass
class Measured:
    """What came out."""

    comparison: Comparison
    load: float  # average of the last minute, at the start
    rounds: dict[str, list[Figures]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    took_s: float = 0.0  # all of it: starts of processes and what is made before
    took_cpu_s: float = 0.0

    def figures(self, contender: Contender) -> Figures | None:
        """The medians of a contender; None where it failed.

        Memory is the largest of all rounds: what the process has taken, later ones find.
        """
        if contender.label in self.failures:
            return None
        rounds = self.rounds[contender.label]
        found = dict(rounds[-1])
        for name, value in found.items():
            if name in ("peak_mb", "added_mb"):
                found[name] = max(each[name] for each in rounds)
            elif not isinstance(value, str):
                found[name] = statistics.median(each[name] for each in rounds)
        return found


def measure(comparison: Comparison, *, is_tiny: bool = False) -> Measured:
    """Measure all contenders of a comparison; one that fails does not stop the others.

    Args:
        comparison: what is measured.
        is_tiny: one round, and all in this process, whose memory they share: this only shows that
            every contender runs.
    """
    measured = Measured(comparison, os.getloadavg()[0])
    began, used = time.perf_counter(), _used()
    _measure(measured, comparison, is_tiny)
    measured.took_s, measured.took_cpu_s = time.perf_counter() - began, _used() - used
    return measured


def _used() -> float:
    return cpu_s(resource.RUSAGE_SELF) + cpu_s(resource.RUSAGE_CHILDREN)


def cpu_s(who: int) -> float:
    """CPU seconds so far of this process, or of its children that have ended (RUSAGE_...)."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def _measure(measured: Measured, comparison: Comparison, is_tiny: bool) -> None:
    program.use_threads(comparison.threads)
    # Other processes import the program again, which imports this file; `lingraft.program` takes
    # their folder off the path.
    if (folder := str(Path(__file__).parent)) not in sys.path:
        sys.path.append(folder)
    place = _this_process if is_tiny else fresh_process
    try:
        if comparison.prepare is not None:
            with place() as call:
                call(_prepared, comparison.prepare)
    except Exception as error:
        said = _line(error)
        measured.failures |= {contender.label: said for contender in comparison.contenders}
        return
    with ExitStack() as stack:
        calls = {one.label: stack.enter_context(place()) for one in comparison.contenders}
        for number in range(1 if is_tiny else comparison.repeats):
            for contender in comparison.contenders[:: -1 if number % 2 else 1]:
                if contender.label in measured.failures:
                    continue
                try:
                    found = calls[contender.label](contender.function, *contender.arguments)
                except Exception as error:
                    measured.failures[contender.label] = _line(error)
                    continue
                for name in TIMES:
                    if name in found:
                        found[name] /= contender.share
                measured.rounds.setdefault(contender.label, []).append(found)


def timed(work: Callable[[], Any]) -> Figures:
    """Seconds and CPU seconds of a piece of work, and the memory that it added to the peak."""
    before = peak_mb()
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    times = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    return {**times, "added_mb": peak_mb() - before}


def peak_mb(who: int = resource.RUSAGE_SELF) -> float:
    """The peak memory so far of this process, or of the largest of its children that have ended."""
    return resource.getrusage(who).ru_maxrss / 1024


def _prepared(prepare: Callable[[], Any]) -> Figures:
    prepare()
    return {}


def _line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[-300:]


Call = Callable[..., Figures]


@contextmanager
def fresh_process() -> Iterator[Call]:
    """A process that runs what it is given, until the end of the block.

    Its functions raise RuntimeError with what they raised there, or where the process ended.
    """
    context = multiprocessing.get_context("spawn")
    ours, its = context.Pipe()
    process = context.Process(target=_serve, args=(its,), daemon=False)
    process.start()
    its.close()

    def call(function: Callable[..., Figures], *arguments: Any) -> Figures:
        try:
            ours.send((function, arguments))
            outcome, figures = ours.recv()
        except (EOFError, OSError):
            process.join()
            raise RuntimeError(f"its process ended with exit code {process.exitcode}") from None
        if outcome:
            raise RuntimeError(outcome)
        return dict(figures)

    try:
        yield call
    finally:
        ours.close()
        process.join()


@contextmanager
def _this_process() -> Iterator[Call]:
    yield _with_peak


def _with_peak(function: Callable[..., Figures], *arguments: Any) -> Figures:
    figures = function(*arguments)
    return {"peak_mb": peak_mb()} | figures


def _serve(connection: Any) -> None:
    while True:
        try:
            function, arguments = connection.recv()
        except EOFError:
            return
        try:
            connection.send(("", _with_peak(function, *arguments)))
        except Exception as error:
            connection.send((_line(error), {}))


def names(of: str, comparison: Comparison) -> set[str]:
    """By which a comparison may be chosen: its program's, its own, and both together."""
    return {of, comparison.name, f"{of}.{comparison.name}"}


def chosen(
    comparisons: Iterable[tuple[str, Comparison]], wanted: AbstractSet[str]
) -> Iterator[tuple[str, Comparison]]:
    """Those (program, comparison) one of whose names is among `wanted`; all where that is empty."""
    for of, comparison in comparisons:
        if not wanted or wanted & names(of, comparison):
            yield of, comparison
