"""The tables of what went in and what it cost: rows, neighbors, tokenizers, alignments, data."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lingraft.config.experiment import Config
from lingraft.plan import Training
from lingraft.reporting.collect import Collection, Job
from lingraft.reporting.tables import Column, Table

_PROVENANCES = ("role", "exact", "fuzzy", "combined", "fill", "padding")


def provenance_table(collection: Collection) -> Table:
    """Where the rows of each new embedding matrix come from; the first seed stands for all."""
    columns = [
        Column("run", "Run"),
        Column("initialization", "Initialization"),
        *(Column(name, name, "integer") for name in _PROVENANCES),
        Column("coverage", "Coverage", "share", hint="share of tokens that are not filled"),
        Column(
            "support", "Sources a row", "number", hint="source tokens a combined row is made of"
        ),
        Column("source_norm", "Source norm", "number"),
        Column("target_norm", "New norm", "number"),
        Column("bias", "Bias policy"),
    ]
    rows = [
        {"run": training.run, "initialization": training.initialization}
        | {name: account.get("rows", {}).get(name, 0) for name in _PROVENANCES}
        | {
            "coverage": account.get("coverage"),
            "support": account.get("support_mean"),
            "source_norm": account.get("norms", {}).get("source"),
            "target_norm": account.get("norms", {}).get("target"),
            "bias": account.get("bias_policy"),
        }
        for training, account in first_seeds(collection)
    ]
    note = (
        "role: copied from the special token of the same role; exact and fuzzy: copied from the "
        "same string, up to case or spaces if fuzzy; combined: a weighted sum of source rows; "
        "fill: nothing was known about the token; padding: no token has this row."
    )
    return Table("provenance", "Where the new rows come from", columns, rows, note)


def neighbor_table(collection: Collection, examples: int) -> Table:
    """Example tokens with the source tokens that their rows are made of, and the weights."""
    columns = [
        Column("run", "Run"),
        Column("initialization", "Initialization"),
        Column("token", "New token"),
        Column("provenance", "Row"),
        Column("neighbors", "Made of source tokens (weight)"),
    ]
    rows = []
    for training, account in first_seeds(collection):
        for example in account.get("examples", [])[:examples]:
            made_of = ", ".join(f"{token} ({weight:.2f})" for token, weight in example["neighbors"])
            row = {"run": training.run, "initialization": training.initialization}
            rows.append(
                row
                | {"token": example["token"], "provenance": example["provenance"]}
                | {"neighbors": made_of or "none"}
            )
    note = "Words that mean the same are a good sign; punctuation and fragments are not."
    return Table("neighbors", "Nearest source tokens of example tokens", columns, rows, note)


def tokenizer_table(collection: Collection) -> Table:
    """The scores of each tokenizer on held-out text, or else what its training noted."""
    rows: list[dict[str, Any]] = []
    for name in dict.fromkeys([*collection.tokenizer_results, *collection.tokenizers]):
        result = collection.tokenizer_results.get(name)
        if result is None:
            numbers = dict(_flat(collection.tokenizers[name]))
            rows += [{"tokenizer": name, "metric": k, "value": v} for k, v in numbers.items()]
            continue
        rows += [
            {"tokenizer": name, "language": s.language, "system": s.system, "value": s.value}
            | {"metric": f"{s.metric} {s.setting}".strip(), "note": s.note}
            for s in result.scores
        ]
    columns = [
        Column("tokenizer", "Tokenizer"),
        Column("language", "Language"),
        Column("metric", "Metric"),
        Column("system", "Of"),
        Column("value", "Value", "number"),
        Column("note", "Note"),
    ]
    return Table("tokenizers", "Tokenizers", columns, rows)


def alignment_table(collection: Collection, failed: float) -> Table:
    """How well aligned vector spaces translate words that they were not fitted on."""
    columns = [
        Column("alignment", "Alignment"),
        Column("method", "Method"),
        Column("pairs", "Pairs used", "integer"),
        Column("coverage", "Coverage", "share", hint="source words with vectors on both sides"),
        Column("p1", "P@1", "share", "Covered words, CSLS"),
        Column("p10", "P@10", "share", "Covered words, CSLS"),
        Column("p1_all", "P@1", "share", "All words, CSLS"),
        Column("p1_nn", "P@1", "share", "Covered words, cosine"),
        Column("state", "State"),
    ]
    rows, warnings = [], []
    for name, metrics in collection.alignments.items():
        csls = metrics.get("precision", {}).get("csls", {})
        best = csls.get("p_at_1_covered")
        is_failed = best is not None and best < failed
        rows.append(
            {
                "alignment": name,
                "method": metrics.get("method"),
                "pairs": metrics.get("pairs", {}).get("used"),
                "coverage": metrics.get("source_words", {}).get("coverage"),
                "p1": best,
                "p10": csls.get("p_at_10_covered"),
                "p1_all": csls.get("p_at_1_all"),
                "p1_nn": metrics.get("precision", {}).get("nn", {}).get("p_at_1_covered"),
                "state": "failed" if is_failed else "usable",
            }
        )
        warnings += [f"{name}: {warning}" for warning in metrics.get("warnings", [])]
        if is_failed and not metrics.get("warnings"):
            warnings.append(f"{name} failed: P@1 is {best:.3f}, below {failed:.3f}")
    title = "Alignments of word vectors"
    return Table("alignments", title, columns, rows, warnings=tuple(warnings))


def cost_table(collection: Collection) -> Table:
    """Time and memory of each kind of job, as Snakemake measured them."""
    stages: dict[str, list[Job]] = {}
    for job in collection.costs:
        stages.setdefault(job.stage, []).append(job)
    rows = []
    for stage, jobs in stages.items():
        seconds = [job.seconds for job in jobs if job.seconds is not None]
        memory = [job.memory_bytes for job in jobs if job.memory_bytes is not None]
        rows.append(
            {
                "stage": stage,
                "jobs": len(jobs),
                "total": sum(seconds) if seconds else None,
                "longest": max(seconds, default=None),
                "memory": max(memory, default=None),
                "cpu": sum(job.cpu_seconds or 0 for job in jobs) or None,
            }
        )
    columns = [
        Column("stage", "Rule"),
        Column("jobs", "Jobs", "integer"),
        Column("total", "Time, all jobs", "seconds"),
        Column("longest", "Longest job", "seconds"),
        Column("cpu", "CPU time", "seconds"),
        Column("memory", "Largest memory", "bytes"),
    ]
    note = "Wall time on the machine that ran it, other jobs beside; memory of the process tree."
    return Table("costs", "Time and memory for each rule", columns, rows, note)


def training_table(collection: Collection) -> Table:
    """What continued pretraining took: the last line of each metrics file."""
    rows = []
    for training, lines in collection.curves.items():
        rates = [line["tokens_per_second"] for line in lines if line.get("tokens_per_second")]
        peaks = [line["peak_memory_bytes"] for line in lines if line.get("peak_memory_bytes")]
        rows.append(
            {"run": training.run, "initialization": training.initialization, "seed": training.seed}
            | {key: lines[-1].get(key) for key in ("step", "tokens", "seconds")}
            | {
                "rate": sum(rates) / len(rates) if rates else None,
                "memory": max(peaks, default=None),
                "energy": max(
                    (line["joules"] for line in lines if line.get("joules")), default=None
                ),
            }
        )
    columns = [
        Column("run", "Run"),
        Column("initialization", "Initialization"),
        Column("seed", "Seed", "integer"),
        Column("step", "Steps", "integer"),
        Column("tokens", "Tokens", "integer"),
        Column("seconds", "Time", "seconds"),
        Column("rate", "Tokens a second", "integer"),
        Column("memory", "Peak memory", "bytes"),
    ]
    note = "Energy was not measured."
    if any(row["energy"] is not None for row in rows):
        columns.append(Column("energy", "Energy, J", "integer"))
        note = ""
    return Table("training", "Continued pretraining", columns, rows, note)


def data_table(collection: Collection) -> Table:
    """What was downloaded, in which version and under which license."""
    columns = [
        Column("name", "Download"),
        Column("origin", "From"),
        Column("version", "Version"),
        Column("license", "License"),
        Column("sha256", "SHA-256"),
    ]
    rows = []
    for place, manifest in collection.manifests.items():
        if manifest.kind != "download":
            continue
        facts = manifest.facts
        origin = facts.get("package") or facts.get("repository") or facts.get("url")
        rows.append(
            {
                "name": place.partition("/")[2],
                "origin": origin or facts.get("path") or "local",
                "version": facts.get("version") or facts.get("revision"),
                "license": facts.get("license") or "not stated: check before you publish",
                "sha256": facts.get("sha256") or manifest.digest,
            }
        )
    return Table("data", "Data and licenses", columns, rows)


def corpus_table(config: Config, collection: Collection) -> Table:
    """Size of each corpus, by split."""
    columns = [
        Column("name", "Corpus"),
        Column("language", "Language"),
        Column("train", "Training documents", "integer"),
        Column("train_bytes", "Training bytes", "bytes"),
        Column("valid", "Held-out documents", "integer"),
    ]
    rows = []
    for name, corpus in config.corpora.items():
        manifest = collection.manifests.get(f"corpora/{name}")
        splits = manifest.facts.get("splits", {}) if manifest else {}
        train, valid = splits.get("train", {}), splits.get("valid", {})
        rows.append(
            {
                "name": name,
                "language": corpus.language,
                "train": train.get("documents"),
                "train_bytes": train.get("bytes"),
                "valid": valid.get("documents"),
            }
        )
    return Table("corpora", "Text", columns, rows)


def version_table(collection: Collection) -> Table:
    """Versions of the packages that made the artifacts; two lines mean two environments."""
    found: dict[str, dict[str, None]] = {}
    for manifest in collection.manifests.values():
        for package, version in manifest.versions.items():
            found.setdefault(package, {})[version] = None
    rows = [{"package": name, "version": ", ".join(found[name])} for name in sorted(found)]
    columns = [Column("package", "Package"), Column("version", "Version")]
    return Table("versions", "Versions", columns, rows)


def gap_table(collection: Collection) -> Table:
    """What the configuration promises and the results lack."""
    columns = [Column("what", "Missing"), Column("reason", "Why")]
    rows = [{"what": gap.what, "reason": gap.reason} for gap in collection.gaps]
    note = "These are left out of every mean, and counted there; they are not zeros."
    return Table("gaps", "What is missing", columns, rows, note)


def first_seeds(collection: Collection) -> Iterator[tuple[Training, Mapping[str, Any]]]:
    """The account of each (run, initialization), from its first seed that has one."""
    seen: set[tuple[str, str]] = set()
    for training, account in collection.initializations.items():
        if (training.run, training.initialization) not in seen:
            seen.add((training.run, training.initialization))
            yield training, account


def _flat(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key} ")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{prefix}{key}", float(value)


def named(tables: Sequence[Table]) -> dict[str, Table]:
    """Tables by name."""
    return {table.name: table for table in tables}
