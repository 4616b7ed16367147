"""The tables of what initialization did: where rows come from, and what they are made of."""

from collections.abc import Iterator, Mapping
from typing import Any

from lingraft.plan import Training
from lingraft.reporting.collection import Collection
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
        shown = account.get("examples", [])[:examples]
        if not any(example["neighbors"] for example in shown if example["provenance"] != "role"):
            continue  # nothing but filled rows: the table of provenances says so
        for example in shown:
            made_of = ", ".join(f"{token} ({weight:.2f})" for token, weight in example["neighbors"])
            row = {"run": training.run, "initialization": training.initialization}
            rows.append(
                row
                | {"token": example["token"], "provenance": example["provenance"]}
                | {"neighbors": made_of or "none"}
            )
    note = "Words that mean the same are a good sign; punctuation and fragments are not."
    return Table("neighbors", "Nearest source tokens of example tokens", columns, rows, note)


def first_seeds(collection: Collection) -> Iterator[tuple[Training, Mapping[str, Any]]]:
    """The account of each (run, initialization), from its first seed that has one."""
    seen: set[tuple[str, str]] = set()
    for training, account in collection.initializations.items():
        if (training.run, training.initialization) not in seen:
            seen.add((training.run, training.initialization))
            yield training, account
