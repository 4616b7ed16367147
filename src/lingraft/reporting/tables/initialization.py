"""The tables of initialization: where the new rows come from, and what they are made of."""

from collections.abc import Mapping
from typing import Any

from lingraft.reporting.collected.collection import Collected, first_seeds
from lingraft.reporting.tables.table import ABSENT, INITIALIZATION, RUN, Column, Table

_SHOWN = 3  # source tokens of a cell
_MEANINGS = {
    "role": "copied from the special token of the same role",
    "exact": "copied from the same string",
    "fuzzy": "copied from the same string up to case or spaces",
    "combined": "a weighted sum of source rows",
    "generated": "made by a trained generator",
    "fill": "nothing was known about the token",
    "padding": "the row belongs to no token",
}


def provenance_table(collection: Collected) -> Table:
    """Where the rows of each new embedding matrix come from, for the first seed."""
    accounts = list(first_seeds(collection))
    counts = [account.get("rows", {}) for _, account in accounts]
    present = {name for rows in counts for name, count in rows.items() if count}
    columns = [
        RUN,
        INITIALIZATION,
        *(Column(name, name, "integer") for name in _MEANINGS if name in present),
        Column("coverage", "Coverage", "share", hint="share of tokens that are not filled"),
        Column("support", "Sources", "number", hint="source tokens that a combined row is made of"),
        Column("source_norm", "Source norm", "number"),
        Column("target_norm", "New norm", "number"),
        Column("bias", "Bias policy"),
    ]
    rows = [
        {"run": training.run, "initialization": training.initialization}
        | {name: account.get("rows", {}).get(name, 0) for name in _MEANINGS}
        | {
            "coverage": account.get("coverage"),
            "support": account.get("support_mean"),
            "source_norm": account.get("norms", {}).get("source"),
            "target_norm": account.get("norms", {}).get("target"),
            "bias": account.get("bias_policy"),
        }
        for training, account in accounts
    ]
    note = "; ".join(f"{name}: {_MEANINGS[name]}" for name in _MEANINGS if name in present) + "."
    return Table("provenance", "Where the new rows come from, in numbers", columns, rows, note)


def generator_table(collection: Collected) -> Table:
    """How near the trained generators come to rows they have not seen, beside FVT; first seeds."""
    columns = [
        RUN,
        INITIALIZATION,
        Column("generator", "Generator"),
        Column("matrix", "Matrix"),
        Column("measure", "Measure"),
        Column("tokens", "Held-out tokens", "integer"),
        Column("value", "Generator", "number", "Mean"),
        Column("fvt", "FVT", "number", "Mean"),
        Column("difference", "Difference", "number", hint="of each token; more is better"),
        Column("low", "from", "number", "95 % interval"),
        Column("high", "to", "number", "95 % interval"),
        Column("verdict", "Than FVT"),
    ]
    rows, warnings = [], []
    for training, account in first_seeds(collection):
        if (generator := account.get("generator")) is None:
            continue
        quality = generator["quality"]
        cell = {"run": training.run, "initialization": training.initialization}
        cell |= {"generator": f"{generator['name']} ({generator['method']})"}
        cell |= {"tokens": quality["tokens"], "verdict": quality["verdict"]}
        measured = [(name, part) for name, part in quality.items() if isinstance(part, Mapping)]
        for matrix, part in measured:
            for measure in ("cosine", "reciprocal_rank"):
                if (one := part.get(measure)) is not None:
                    low, high = one["interval"]
                    found = {key: one[key] for key in ("value", "fvt", "difference")}
                    found |= {"low": low, "high": high, "matrix": matrix}
                    rows.append(cell | found | {"measure": measure.replace("_", " ")})
        for text in quality.get("text", []):
            one, (low, high) = text["loss"], text["loss"]["interval"]
            found = {key: one[key] for key in ("value", "fvt", "difference")}
            found |= {"low": low, "high": high, "measure": f"loss on {text['corpus']} (nats)"}
            rows.append(cell | found | {"matrix": "all", "tokens": None, "verdict": None})
        if quality["verdict"] != "better":
            how = "worse than" if quality["verdict"] == "worse" else "not shown to be better than"
            warnings.append(
                f"{training.run}: the generator of {training.initialization} is {how} FVT, which "
                "needs no training, on source tokens that it has not learned."
            )
    note = (
        "Rows of held-out tokens of the source model. Cosine: of the predicted and the true row. "
        "Reciprocal rank: 1 over the place of the true row among all rows, by their cosine to the "
        "predicted one. Loss on a corpus: of the source model, on held-out text that is cut by a "
        "sampled vocabulary, with generated rows; the mean over windows. FVT: the mean of the "
        "pieces of the same token, without the held-out tokens in the vocabulary. Source tokens "
        "are those of the source language: the table does not say how good rows for another "
        "language are."
    )
    title = "Generators on source tokens that they have not learned"
    return Table("generators", title, columns, rows, note, warnings=tuple(warnings))


def calibration_table(collection: Collected) -> Table:
    """How far each new head trusts its logits, and what that did to its loss; first seeds."""
    columns = [
        RUN,
        INITIALIZATION,
        Column("logits", "Logits ×", "number", hint="factor of the logits, without the bias"),
        Column("bias", "Bias ×", "number", hint="factor of the head's bias"),
        Column("predictions", "Predictions", "integer", hint="predicted tokens of training text"),
        Column("loss_before", "Before", "number", "Loss (nats)"),
        Column("loss_after", "After", "number", "Loss (nats)"),
    ]
    rows = [
        {"run": training.run, "initialization": training.initialization} | account["calibration"]
        for training, account in first_seeds(collection)
        if "calibration" in account
    ]
    note = (
        "Two factors of the new model's head, fitted on tokens of its training text that it "
        "predicts. A factor of the logits below 1 says that it was too sure of itself. The loss is "
        "the mean of these tokens, not of held-out text."
    )
    return Table("calibration", "Calibration of the new heads", columns, rows, note)


def choice_table(collection: Collected) -> Table:
    """What the word alignment of each initialization chose on held-out pairs; first seeds."""
    columns = [
        RUN,
        INITIALIZATION,
        Column("direction", "Direction"),
        Column("prior", "Prior", "number", hint="observations of the Dirichlet prior; 0: none"),
        Column("iterations", "Iterations", "integer"),
        Column(
            "held_out_log_likelihood",
            "Log-likelihood",
            "number",
            hint="mean of a token of the held-out pairs, in nats",
        ),
    ]
    rows = [
        {"run": training.run, "initialization": training.initialization, "direction": direction}
        | choice
        for training, account in first_seeds(collection)
        for direction, choice in account.get("alignment", {}).items()
    ]
    note = (
        "Prior and iterations of the alignment of parallel text. With a log-likelihood they are "
        "those under which a tenth of the sentence pairs, which the alignment did not see, are the "
        f"most likely, within the method's settings. {ABSENT}: nothing was chosen, because "
        "everything is set or there are too few pairs."
    )
    return Table("alignment-choices", "What the alignment chose", columns, rows, note)


def neighbor_tables(collection: Collected, examples: int) -> list[Table]:
    """For each run the same example tokens by all of its initializations."""
    by_run: dict[str, dict[str, dict[str, str]]] = {}
    for training, account in first_seeds(collection):
        made_of = {e["token"]: _made_of(e) for e in account.get("examples", [])}
        if any(e["neighbors"] for e in account.get("examples", []) if e["provenance"] != "role"):
            by_run.setdefault(training.run, {})[training.initialization] = made_of
    tables = [_neighbors(run, methods, examples) for run, methods in by_run.items()]
    return [table for table in tables if table.rows]


def _neighbors(run: str, methods: Mapping[str, Mapping[str, str]], examples: int) -> Table:
    tokens = dict.fromkeys(token for made_of in methods.values() for token in made_of)
    shared = [token for token in tokens if all(token in made_of for made_of in methods.values())]
    chosen = shared or list(tokens)  # accounts of earlier versions chose tokens for each method
    count = min(examples, len(chosen))
    rows: list[dict[str, str | None]] = [
        {"token": token, **{name: made_of.get(token) for name, made_of in methods.items()}}
        for token in (chosen[i * len(chosen) // count] for i in range(count))
    ]
    columns = [Column("token", "New token")]
    columns += [Column(name, name, wraps=True) for name in methods]
    note = (
        "The source tokens that the row of a new token is made of, with their weights, the largest "
        "first. Words with the same meaning are a good sign; punctuation and fragments are not."
    )
    return Table(f"neighbors-{run}", f"{run}: nearest source tokens", columns, rows, note)


def _made_of(example: Mapping[str, Any]) -> str:
    """`house 0.71, home 0.20`, or the origin of a row that has no neighbors."""
    named = [f"{token} {weight:.2f}" for token, weight in example["neighbors"][:_SHOWN]]
    return ", ".join(named) or str(example["provenance"])
