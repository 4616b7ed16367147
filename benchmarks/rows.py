"""What was measured as rows of one Markdown table, and as JSON: the same for every program."""

import json
import math
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from lingraft.errors import ConfigError
from machine import Machine, version
from measuring import (
    PRESETS,
    TIMES,
    Comparison,
    Contender,
    Figures,
    Measured,
    chosen,
    measure,
    names,
)

HEAD = (
    "| what | ours | what a user would run instead | CPU ratio | wall ratio "
    "| peak MB, ours / theirs | bar |\n|---|---|---|---|---|---|---|"
)
WORDS = {
    "added_mb": "{} MB added",
    "anonymous_mb": "{} MB own memory",
    "cpu_s_each": "{} CPU s each",
    "difference": "largest difference {}",
    "help_cpu_s": "with --help {} CPU s",
    "loss": "loss {}",
    "page_mb": "page {} MB",
    "text_mb": "{} MB of text",
    "tokens_per_s": "{} tokens/s",
    "value": "finds {}",
}
"""How a reader sees a figure."""


def run_comparisons(
    comparisons: Iterable[tuple[str, Comparison]],
    preset: str,
    only: str = "",
    output: str = "",
    table: str = "",
) -> None:
    """Measure comparisons one after the other; print their rows, and write them.

    Args:
        comparisons: each with the name of its program.
        preset: its name; with tiny all is measured in this process, once.
        only: names of programs or comparisons, separated by commas; all by default.
        output: file for the figures, as JSON.
        table: file for the table, as Markdown.

    Raises:
        ConfigError: a name or the preset does not exist.
        SystemExit: 1 where a comparison failed; its rows say why.
    """
    check_preset(preset)
    wanted = {name for name in only.split(",") if name}
    machine, done = Machine.now(), []
    print(HEAD, flush=True)
    for of, comparison in chosen(comparisons, wanted):
        measured = measure(comparison, is_tiny=preset == "tiny")
        print(*rows(measured), sep="\n", flush=True)
        done.append((of, measured))
        _write(machine, done, preset, output, table)  # what was measured is kept if this is stopped
    if missing := wanted - {name for of, one in done for name in names(of, one.comparison)}:
        raise ConfigError(f"--only {','.join(sorted(missing))} does not name a comparison")
    if failed := [f"{of}.{one.comparison.name}" for of, one in done if one.failures]:
        print(f"error: these comparisons failed: {', '.join(failed)}", file=sys.stderr)
        raise SystemExit(1)


def check_preset(preset: str) -> None:
    """Refuse a preset that does not exist.

    Raises:
        ConfigError: it is not one of PRESETS.
    """
    if preset not in PRESETS:
        raise ConfigError(f"--preset {preset} is not one of {', '.join(PRESETS)}")


def _write(
    machine: Machine, done: list[tuple[str, Measured]], preset: str, output: str, table: str
) -> None:
    if output:
        content = {
            "preset": preset,
            "machine": machine.record(),
            "comparisons": [_record(of, measured) for of, measured in done],
        }
        Path(output).write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    if table:
        loads = [(f"{of}.{one.comparison.name}", one.load) for of, one in done]
        threads = {one.comparison.threads for _, one in done}
        lines = [*machine.lines(preset, threads, loads), "", HEAD]
        lines += [row for _, measured in done for row in rows(measured)]
        Path(table).write_text("\n".join(lines) + "\n", "utf-8")


def rows(measured: Measured) -> Iterator[str]:
    """One row for each other side; one in all where there is none."""
    comparison = measured.comparison
    own = measured.figures(comparison.ours)
    threads = f"{comparison.threads} thread{'s' if comparison.threads > 1 else ''}"
    what = f"{comparison.what} ({threads}, {_rounds(measured)})"
    ours = _cell(measured, comparison.ours)
    if not comparison.theirs:
        peak = _peak(own)
        yield _row(what, ours, "-", "-", "-", peak, _bar_of_ours(comparison.ours, own))
    for number, contender in enumerate(comparison.theirs):
        other = measured.figures(contender)
        cpu, wall = (ratio(own, other, name) for name in TIMES)
        bars = [_bar_of_ours(comparison.ours, own)] if number == 0 else []
        bars.append(_bar_of_ratio(contender, {"cpu_s": cpu, "wall_s": wall}))
        yield _row(
            what, ours, f"{_named(contender)}: {_cell(measured, contender)}",
            _times(cpu), _times(wall), f"{_peak(own)} / {_peak(other)}",
            "; ".join(bar for bar in bars if bar),
        )  # fmt: skip


def ratio(ours: Figures | None, theirs: Figures | None, name: str) -> float:
    """Theirs / ours; nan where one side has no such figure."""
    if ours is None or theirs is None:
        return math.nan
    own = float(ours.get(name, math.nan))
    return float(theirs.get(name, math.nan)) / (own or 1e-9)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _rounds(measured: Measured) -> str:
    count = max(map(len, measured.rounds.values()), default=0)
    return "failed" if not count else "one run" if count == 1 else f"median of {count}"


def _named(contender: Contender) -> str:
    found = f" ({contender.package} {version(contender.package)})" if contender.package else ""
    return f"{contender.label}{found}"


def _cell(measured: Measured, contender: Contender) -> str:
    figures = measured.figures(contender)
    if figures is None:
        return f"failed: {measured.failures[contender.label]}"
    words = {"cpu_s": "{} CPU s", "wall_s": "{} s"}
    words |= {name: WORDS[name] for name in measured.comparison.shown}
    parts = [
        pattern.format(number(figures[name]))
        for name, pattern in words.items()
        if name in figures and not math.isnan(figures[name])
    ]
    parts += [str(figures["note"])] if figures.get("note") else []
    parts += [f"scaled from {contender.share:.3g} of it"] if contender.share < 1 else []
    return ", ".join(parts)


def number(value: float) -> str:
    """Three digits, or all before the point."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if 0 < abs(value) < 0.01:
        return f"{value:.2g}"
    return f"{value:.{1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3}f}"


def _times(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f} x"


def _peak(figures: Figures | None) -> str:
    return "-" if figures is None else f"{figures['peak_mb']:,.0f}"


def _bar_of_ours(contender: Contender, own: Figures | None) -> str:
    bar = contender.bar
    if bar is None:
        return ""
    name = {"cpu_s": "CPU s", "wall_s": "s"}.get(bar.of, bar.unit)
    said = bar.said or f"at {'least' if bar.is_least else 'most'} {number(bar.limit)} {name}"
    return said if own is None else f"{said}: {_verdict(bar.keeps(own[bar.of]))}"


def _bar_of_ratio(contender: Contender, ratios: dict[str, float]) -> str:
    bar = contender.bar
    if bar is None:
        return ""
    by = {"cpu_s": "CPU", "wall_s": "wall"}[bar.of]
    said = bar.said or f"{bar.limit:g} x by {by}"
    value = ratios[bar.of]
    return said if math.isnan(value) else f"{said}: {_verdict(bar.keeps(value))}"


def _verdict(is_kept: bool) -> str:
    return "kept" if is_kept else "**missed**"


def _record(of: str, measured: Measured) -> dict[str, Any]:
    comparison = measured.comparison

    def side(contender: Contender) -> dict[str, Any]:
        return {
            "label": contender.label,
            "version": version(contender.package) if contender.package else None,
            "share": contender.share,
            "failure": measured.failures.get(contender.label),
            "figures": measured.figures(contender),
            "rounds": measured.rounds.get(contender.label, []),
        }

    own = measured.figures(comparison.ours)
    theirs = [
        side(one) | {f"ratio_{name}": ratio(own, measured.figures(one), name) for name in TIMES}
        for one in comparison.theirs
    ]
    record = {
        "program": of, "name": comparison.name, "what": comparison.what,
        "threads": comparison.threads, "load": measured.load,
        "took_s": measured.took_s, "took_cpu_s": measured.took_cpu_s,
        "ours": side(comparison.ours), "theirs": theirs,
    }  # fmt: skip
    return _without_nan(record)


def _without_nan(value: Any) -> Any:
    """JSON has no nan."""
    if isinstance(value, dict):
        return {name: _without_nan(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value
