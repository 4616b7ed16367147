"""The plan as text: jobs by rule, downloads with sizes and licenses, hours by run, disk."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lingraft.estimate.catalogue import Download, look_up
from lingraft.estimate.compute import Device, Work, tuning_work, work
from lingraft.estimate.disk import space
from lingraft.estimate.packages import missing_packages
from lingraft.experiment.configuration import Config


@dataclass(frozen=True)
class Jobs:
    """What Snakemake would do now."""

    counts: dict[str, int]
    downloads: tuple[str, ...]
    trainings: frozenset[str]  # as run/initialization/seed-n/pretrained, or an encoder instead


def count_jobs(planned: Iterable[tuple[str, Mapping[str, str]]]) -> Jobs:
    """How many jobs of each rule there are, which downloads and which trainings.

    Args:
        planned: rule and wildcards of each job.
    """
    counts: Counter[str] = Counter()
    downloads: dict[str, None] = {}
    trainings = set()
    for rule, wildcards in planned:
        counts[rule] += 1
        if rule == "fetch":
            downloads[wildcards["source"]] = None
        elif rule in ("pretrain", "tune_encoder"):
            run, initialization, seed = (wildcards[k] for k in ("run", "initialization", "seed"))
            step = wildcards.get("encoder", "pretrained")
            trainings.add(f"{run}/{initialization}/seed-{seed}/{step}")
    return Jobs(dict(sorted(counts.items())), tuple(downloads), frozenset(trainings))


def overview(config: Config, jobs: Jobs, device: Device, free: int | None = None) -> str:
    """The whole estimate as text.

    Args:
        config: the experiment.
        jobs: those of its jobs that are still to do.
        device: the device that trainings run on.
        free: free bytes on the disk of the results.
    """
    to_train = [item for item in work(config) if item.folder in jobs.trainings]
    to_tune = [item for item in tuning_work(config) if item.folder in jobs.trainings]
    said = "Initialization and evaluation are not counted."
    parts = [
        _jobs(jobs),
        _downloads(config, jobs),
        _computation(_PRETRAINING, to_train, device, said),
        _computation(_TUNING, to_tune, device, "Texts are shorter, so this is the most."),
        _disk(config, [*to_train, *to_tune], free),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


_PRETRAINING = (
    "Continued pretraining",
    "(6 operations for each weight and token, attention, the vocabulary where predicted)",
)
_TUNING = (
    "Sentence encoders, at most",
    "(the same, with the most tokens that the recipe allows in a text)",
)


def _jobs(jobs: Jobs) -> str:
    if not jobs.counts:
        return "Nothing to be done."
    rows = [(rule, f"{count:,}") for rule, count in jobs.counts.items()]
    return "Jobs\n" + _aligned([*rows, ("total", f"{sum(jobs.counts.values()):,}")])


def _downloads(config: Config, jobs: Jobs) -> str:
    if not jobs.downloads:
        return ""
    found = {name: look_up(config.sources[name]) for name in sorted(jobs.downloads)}
    missing = missing_packages({name: config.sources[name] for name in found})
    rows = [_download(config, name, item, name in missing) for name, item in found.items()]
    remote = [i for n, i in found.items() if config.sources[n].kind != "local"]
    known = sum(item.size or 0 for item in remote)
    unknown = sum(item.size is None for item in remote)
    if unknown == len(remote):
        total = f"{unknown} of unknown size." if unknown else "Nothing comes from the network."
    else:
        rest = f" and {unknown} of unknown size" if unknown else ""
        total = f"Together {_bytes(known)}{rest}."
    return "Downloads\n" + _aligned(rows) + "\n" + total


def _download(config: Config, name: str, item: Download, is_missing: bool) -> tuple[str, ...]:
    source = config.sources[name]
    if is_missing:
        size = "NOT FOUND in this machine's package lists (misspelt? apt-get update?)"
    elif source.kind == "local":
        size = "not there yet" if item.size is None else "there"
    elif item.size is None:
        size = "unknown"
    else:
        size = f"{'' if item.is_exact else 'about '}{_bytes(item.size)}"
    return name, size, item.license, f"{source.kind}: {item.place}"


def _computation(heading: tuple[str, str], items: Sequence[Work], device: Device, note: str) -> str:
    if not items:
        return ""
    names = ("run", "initialization", *(["encoder"] if items[0].encoder else []))
    rows = [(*names, "seeds", "tokens of all seeds", "operations", device.unit)]
    cells: dict[tuple[str, ...], list[Work]] = {}
    for item in items:
        cell: tuple[str, ...] = (item.training.run, item.training.initialization)
        cell += (item.encoder,) if item.encoder else ()
        cells.setdefault(cell, []).append(item)
    for cell, same in cells.items():
        spent = [item.operations for item in same if item.operations is not None]
        hours = [hour for item in same if (hour := item.hours(device)) is not None]
        costs = (f"{sum(spent):.2g}", _hours(sum(hours))) if spent else ("unknown", "unknown")
        tokens = sum(item.tokens for item in same)
        rows.append((*cell, str(len(same)), _count(tokens), *costs))
    total = sum(hour for item in items if (hour := item.hours(device)) is not None)
    missing = sum(item.operations is None for item in items)
    said = f"Together {_hours(total)} {device.unit}"
    said += f", without {missing} trainings of models whose shape is unknown." if missing else "."
    return (
        f"{heading[0]}, on one {device.name} {_speed(device)}\n{heading[1]}\n"
        + _aligned(rows)
        + f"\n{said} {note}"
    )


def _speed(device: Device) -> str:
    if device.utilization == 1:
        return f"(taken to do {device.peak / 1e9:,.0f} GFLOP/s: a rule of thumb)"
    return f"at {device.utilization:.0%} of its {device.peak / 1e12:,.0f} TFLOP/s"


def _disk(config: Config, items: Sequence[Work], free: int | None) -> str:
    if not items:
        return ""
    needed = space(config, items)
    said = (
        f"Disk: {_bytes(needed.models)} for models and up to {_bytes(needed.checkpoints)} for "
        "checkpoints (in state/, which may be deleted when all is done)"
    )
    if needed.unknown:
        said += f", without {needed.unknown} trainings of models whose shape is unknown"
    return said + ("." if free is None else f"; {_bytes(free)} are free here.")


def _aligned(rows: Iterable[Sequence[str]]) -> str:
    rows = list(rows)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append("  " + "  ".join([*cells, row[-1]]).rstrip())
    return "\n".join(lines)


def _bytes(size: int) -> str:
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            return f"{size / scale:,.1f} {unit}"
    return f"{size} bytes"


def _count(tokens: int) -> str:
    for unit, scale in (("billion", 1e9), ("million", 1e6)):
        if tokens >= scale:
            return f"{tokens / scale:,.1f} {unit}"
    return f"{tokens:,}"


def _hours(hours: float) -> str:
    return f"{hours:,.0f}" if hours >= 10 else f"{hours:.1f}" if hours >= 0.1 else "under 0.1"
