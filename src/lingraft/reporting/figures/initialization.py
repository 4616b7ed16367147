"""The figures of initialization: where the new rows come from, and their norms."""

from lingraft.reporting.collected.collection import Collected, first_seeds
from lingraft.reporting.figures.figure import PALETTE, Figure, Series

_FILL = "#BBBBBB"


def provenance_figure(collection: Collected) -> Figure | None:
    """Share of rows by where they come from, one bar for each initialization of each run."""
    names = ("role", "exact", "fuzzy", "combined", "generated", "fill")
    shades = (PALETTE[4], PALETTE[0], PALETTE[5], PALETTE[2], PALETTE[1], _FILL)
    bars: list[str] = []
    shares: dict[str, list[float]] = {name: [] for name in names}
    for training, account in first_seeds(collection):
        rows = account.get("rows", {})
        total = sum(rows.get(name, 0) for name in names)
        if total:
            bars.append(f"{training.run}: {training.initialization}")
            for name in names:
                shares[name].append(100 * rows.get(name, 0) / total)
    if not bars:
        return None
    present = [(n, c) for n, c in zip(names, shades, strict=True) if any(shares[n])]
    series = [Series(name, shares[name], bars, color) for name, color in present]
    known = ", ".join(f"{bar} {100 - f:.0f} %" for bar, f in zip(bars, shares["fill"], strict=True))
    return Figure(
        name="provenance",
        title="Where the new rows come from",
        kind="bars",
        x_label="% of the rows",
        y_label="",
        series=series,
        alternative=f"Share of rows that are not merely filled: {known}.",
    )


def norm_figure(collection: Collected) -> Figure | None:
    """Mean norm of the new rows by provenance, beside the source's mean norm."""
    found = [(t, a["norms"]) for t, a in first_seeds(collection) if a.get("norms")]
    if not found:
        return None
    kinds = dict.fromkeys(kind for _, norms in found for kind in norms.get("by_provenance", {}))
    series = []
    for i, kind in enumerate(kinds):
        having = [(t, n["by_provenance"][kind]) for t, n in found if kind in n["by_provenance"]]
        rows = [f"{t.run}: {t.initialization}" for t, _ in having]
        color = PALETTE[i % len(PALETTE)]
        series.append(Series(kind, [value for _, value in having], rows, color, marker=i))
    sources = {norms.get("source") for _, norms in found}
    source = (
        sources.pop() if len(sources) == 1 else None
    )  # several source models have no common line
    return Figure(
        name="norms",
        title="Norms of the new rows",
        kind="intervals",
        x_label="mean Euclidean norm",
        y_label="",
        series=series,
        alternative="Mean norms of new rows by provenance; numbers are in the table below.",
        note="" if source is None else "The vertical line is the mean norm of the source's rows.",
        vertical=source,
    )
