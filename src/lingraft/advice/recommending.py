"""The rule of the recommendation, in sentences.

It is a rule of costs. Another vocabulary pays if both training and inference on a byte of text take
at least `WORTH` fewer operations than with the model's own vocabulary. Of the extensions that do,
the smallest one is taken whose saving is within `NEAR` of the best: rows are weights that must be
learned, and the last thousands save little. A new vocabulary has only new rows, and gives up the
text that the model already knows; so it is recommended only where no extension pays. Tokens that
the text never uses may go besides, if that saves `WORTH` of the weights and costs no tokens.

What the rule does not know is how well the model learns with a vocabulary. Where that was measured,
the measurement is told, and a loss beyond its interval overrules the costs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lingraft.advice.rows import Row
from lingraft.reporting.findings.vocabulary_arms import AtBudget, VocabularyComparison

WORTH = 0.10
NEAR = 0.05
_LOST = 0.01  # share of the bytes for a token that counts as a loss
# Unknown tokens for a byte with which a vocabulary does not know a text: about one token in a
# hundred of a vocabulary that fits.
_BLIND = 0.0025


_UNMEASURED = (
    "What it does to bits per byte was not measured here: train one run with it and one with the "
    "model's own vocabulary (algorithm: keep) to know."
)


_NONE = (
    "none of these, because none knows the text; train one on it (byte-level bpe knows every text)"
)


@dataclass(frozen=True)
class Advice:
    """A recommendation: what to do in a few words, and why in sentences."""

    choice: str
    reasons: Sequence[str]


def recommend(
    rows: Sequence[Row],
    languages: str,
    source: str,
    measured: VocabularyComparison | None = None,
) -> Advice:
    """What to do about a vocabulary, with the reason and what is not known.

    Args:
        rows: the model's own vocabulary first.
        languages: those to learn, as they are called.
        source: the model's own.
        measured: what trainings have shown; None without any.
    """
    full = [row for row in rows if row.width is None]
    kept, others = full[0], full[1:]
    chosen = _chosen(kept, others)
    reasons = [*_fit(kept, languages, source)]
    shown = _shown(chosen, measured)
    if chosen is kept:
        reasons.append(_nothing_pays(kept, others))
    else:
        reasons += _pays(kept, chosen, source)
    reasons += _replacing(kept, chosen, others, source)
    reasons += _pruning(kept, others, chosen)
    if chosen is not kept and not shown:
        reasons.append(_UNMEASURED)
    reasons += _better(chosen, measured)
    choice = title(chosen) if not _is_blind(chosen) else _NONE
    is_lost = bool(shown) and all(at.verdict == "worse" for at in shown)
    if is_lost and measured is not None and not measured.is_masked:  # of those it is a hint only
        choice = f"keep; the costs speak for {choice}, what was measured speaks against it"
    return Advice(choice, reasons)


def title(row: Row) -> str:
    """A vocabulary in a few words."""
    candidate = row.candidate
    words = {
        "keep": "keep",
        "extend": f"extend to {row.tokens:,}",
        "prune": f"prune to {row.tokens:,}",
        "replace": f"replace by {row.tokens:,}",
    }[candidate.kind]
    named = f" ({candidate.name})" if candidate.name else ""
    return words + named + (f", width {row.width}" if row.width else "")


def saving(kept: Row, row: Row) -> float:
    """The share of operations that a vocabulary saves, the lesser of training and inference."""
    training = row.costs.training / kept.costs.training
    return 1 - max(training, row.costs.inference / kept.costs.inference)


def _chosen(kept: Row, others: Sequence[Row]) -> Row:
    def paying(kind: str) -> list[Row]:
        able = [row for row in others if row.candidate.kind == kind and not _is_blind(row)]
        return [row for row in able if saving(kept, row) >= WORTH or _is_blind(kept)]

    if extensions := paying("extend"):
        best = max(saving(kept, row) for row in extensions)
        near = [row for row in extensions if saving(kept, row) >= best - NEAR]
        return min(near, key=lambda row: row.tokens)
    if replacements := paying("replace"):
        return max(replacements, key=lambda row: saving(kept, row))
    return kept


def _is_blind(row: Row) -> bool:
    """Whether a vocabulary does not know the text: bytes of unknown tokens mean nothing."""
    return row.target.unknown > _BLIND


def _fit(kept: Row, languages: str, source: str) -> Iterator[str]:
    own = kept.target
    said = (
        f"The model's own vocabulary cuts {languages} into tokens of {own.bytes_per_token:.2f} "
        "bytes"
    )
    if kept.source is not None:
        spoken = kept.source.bytes_per_token
        said += f" and {source} into {spoken:.2f}: {_times(spoken / own.bytes_per_token)}"
    yield (
        f"{said}, on {own.documents:,} held-out documents of the same corpora. Other text is cut "
        "into shorter tokens."
    )
    if _is_blind(kept):
        yield (
            f"It has {1000 * own.unknown:.1f} unknown tokens in 1,000 bytes: the text behind them "
            "is lost, so its costs are no comparison."
        )


def _times(factor: float) -> str:
    if factor >= 1:
        return f"{factor:.2f} times as many tokens for a byte"
    return f"{1 / factor:.2f} times fewer tokens for a byte"


def _pays(kept: Row, row: Row, source: str) -> Iterator[str]:
    factor = row.target.bytes_per_token / kept.target.bytes_per_token
    before, after = kept.costs, row.costs
    more = after.total - before.total
    yield (
        f"{_capital(title(row))} pays in operations: {factor:.2f} times fewer tokens for a byte, "
        f"{_less(after.training, before.training)} in training and "
        f"{_less(after.inference, before.inference)} in inference, for "
        f"{_signed(more / 1e6, ',.1f')} million weights ({_signed(more / before.total, '.1%')})."
    )
    if row.source is not None and kept.source is not None:
        change = row.source.bytes_per_token / kept.source.bytes_per_token
        if change < 1 - _LOST:
            yield f"{_capital(source)} then needs {1 / change:.2f} times as many tokens."


def _signed(value: float, form: str) -> str:
    return format(value, f"+{form}").replace("-", "−")


def _less(after: float, before: float) -> str:
    share = 1 - after / before
    return f"{share:.0%} fewer operations" if share >= 0 else f"{-share:.0%} more operations"


def _nothing_pays(kept: Row, others: Sequence[Row]) -> str:
    able = [row for row in others if row.candidate.kind != "prune" and not _is_blind(row)]
    if not able:
        return "No other vocabulary could be compared."
    best = max(able, key=lambda row: saving(kept, row))
    share = saving(kept, best)
    said = f"saves {share:.0%}" if share > 0 else "saves nothing"
    return (
        f"No other vocabulary saves {WORTH:.0%} of the operations in both training and inference; "
        f"{title(best)} {said}."
    )


def _replacing(kept: Row, chosen: Row, others: Sequence[Row], source: str) -> Iterator[str]:
    """When a new vocabulary is worth a thought although another one is recommended."""
    known = [row for row in others if row.candidate.kind == "replace" and not _is_blind(row)]
    if not known:
        return
    best = max(known, key=lambda row: saving(kept, row))
    if chosen.candidate.kind == "replace":
        yield (
            "All its rows are new: without training the model knows nothing with it, and what it "
            f"knows of {source} is given up."
        )
        return
    more = saving(kept, best) - saving(kept, chosen)
    if more >= WORTH:
        change = ""
        if best.source is not None and kept.source is not None:
            times = kept.source.bytes_per_token / best.source.bytes_per_token
            change = f", of which it takes {times:.2f} times the tokens"
        yield (
            f"{_capital(title(best))} would save {saving(kept, best):.0%} of the operations. It "
            f"begins with new rows only and gives up {source}{change}: consider it if {source} may "
            "be lost and there is text enough to learn all rows."
        )
    else:
        yield (
            f"{_capital(title(best))} saves {saving(kept, best):.0%}: too little more for new rows "
            "only, and for giving up what the model knows."
        )


def _pruning(kept: Row, others: Sequence[Row], chosen: Row) -> Iterator[str]:
    known = [row for row in others if row.candidate.kind == "prune"]
    if not known or chosen.candidate.kind == "replace":
        return
    best = min(known, key=lambda row: row.costs.total)
    saved = kept.costs.total - best.costs.total
    share = saved / kept.costs.total
    pairs = [(best.target, kept.target)]
    if best.source is not None and kept.source is not None:
        pairs.append((best.source, kept.source))
    lost = 1 - min(after.bytes_per_token / before.bytes_per_token for after, before in pairs)
    said = f"saves {saved / 1e6:,.1f} million weights ({share:.1%})"
    cost = "no tokens" if lost < 0.0005 else f"{lost:.1%} of the bytes of a token"
    if share >= WORTH and lost <= _LOST:
        yield f"{_capital(title(best))} {said} and costs {cost}: it pays in memory, besides."
    else:
        yield f"{_capital(title(best))} {said} and costs {cost}: it does not pay."


def _shown(chosen: Row, measured: VocabularyComparison | None) -> list[AtBudget]:
    """What trainings with a vocabulary have shown against the model's own, at equal budgets."""
    if measured is None or not measured.keeps or not chosen.candidate.name:
        return []
    return [
        at
        for arm in measured.arms
        if arm.tokenizer == chosen.candidate.name
        for at in arm.at.values()
    ]


def _better(chosen: Row, measured: VocabularyComparison | None) -> Iterator[str]:
    """Vocabularies that the costs do not speak for, and that were measured to be better."""
    if measured is None or not measured.keeps or measured.is_masked:
        return
    found = [
        arm.name
        for arm in measured.arms
        if arm.tokenizer != chosen.candidate.name
        and arm.at
        and all(at.verdict == "better" for at in arm.at.values())
    ]
    if found:
        yield (
            f"Measured better than the model's own vocabulary, beyond the noise: "
            f"{'; '.join(found)}. The costs do not speak for that; what counts is yours to say."
        )


def _capital(text: str) -> str:
    """A sentence begins with it; the code of a language stays as it is."""
    return f"{text[0].upper()}{text[1:]}" if " " in text else text
