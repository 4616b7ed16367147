"""The rule: what is recommended for which costs, and what a measurement changes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from lingraft.advice.candidates import CandidateVocabulary, Kind
from lingraft.advice.recommending import recommend
from lingraft.advice.rows import Row, TextFit
from lingraft.estimate.vocabularies import VocabularyCosts
from lingraft.reporting.findings.vocabulary_arms import (
    AtBudget,
    VocabularyArm,
    VocabularyComparison,
)


def row(
    kind: Kind, tokens: int, density: float, *, source: float = 4.0, unknown: float = 0.0,
    name: str = "",
) -> Row:  # fmt: skip
    costs = VocabularyCosts(tokens * 100, 10_000_000, 600 / density, 200 / density, None, None)
    fits = TextFit(density, unknown, 100), TextFit(source, 0.0, 100)
    return Row(CandidateVocabulary(kind, None, name), tokens, *fits, costs)


KEPT = row("keep", 50_000, 2.0)


def advised(*others: Row, kept: Row = KEPT, measured: Any = None) -> tuple[str, str]:
    found = recommend([kept, *others], "tur_Latn", "eng_Latn", measured)
    return found.choice, " ".join(found.reasons)


def test_the_smallest_extension_near_the_best_is_taken() -> None:
    sizes = [(50_500, 2.9), (52_000, 3.9), (58_000, 4.1)]
    choice, said = advised(*(row("extend", tokens, density) for tokens, density in sizes))
    assert choice == "extend to 52,000"
    assert "1.95 times fewer tokens for a byte, 49% fewer operations in training" in said
    assert "for +0.2 million weights (+1.3%)" in said
    assert "was not measured here" in said


def test_little_saving_keeps_the_vocabulary() -> None:
    choice, said = advised(row("extend", 58_000, 2.1), row("replace", 16_000, 2.15))
    assert choice == "keep"
    assert "No other vocabulary saves 10%" in said
    assert "Replace by 16,000 saves 7%" in said


def test_a_new_vocabulary_is_recommended_where_no_extension_pays() -> None:
    choice, said = advised(row("extend", 58_000, 2.1), row("replace", 16_000, 4.0, source=2.0))
    assert choice == "replace by 16,000"
    assert "All its rows are new" in said
    assert "Eng_Latn" not in said


def test_a_much_cheaper_new_vocabulary_is_named_with_what_it_gives_up() -> None:
    choice, said = advised(row("extend", 58_000, 2.5), row("replace", 16_000, 5.0, source=2.0))
    assert choice == "extend to 58,000"
    assert "gives up eng_Latn, of which it takes 2.00 times the tokens" in said


def test_a_vocabulary_that_does_not_know_the_text_is_not_kept() -> None:
    """Unknown tokens are long: their bytes for a token would look like a saving."""
    kept = row("keep", 30_000, 9.0, unknown=0.06)
    same = row("extend", 38_000, 9.5, unknown=0.06)
    choice, said = advised(same, row("replace", 16_000, 4.0), kept=kept)
    assert choice == "replace by 16,000"
    assert "60.0 unknown tokens in 1,000 bytes" in said
    assert advised(same, kept=kept)[0].startswith("none of these")
    choice, _ = advised(row("replace", 16_000, 9.0, unknown=0.05))
    assert choice == "keep"


@pytest.mark.parametrize(
    ("tokens", "density", "said"),
    [
        (10_000, 2.0, "saves 4.0 million weights (26.7%) and costs no tokens: it pays in memory"),
        (10_000, 1.5, "it does not pay"),
        (49_000, 2.0, "it does not pay"),
    ],
)
def test_tokens_without_use_go_besides(tokens: int, density: float, said: str) -> None:
    assert said in advised(row("prune", tokens, density))[1]


def arms(verdicts: Sequence[str]) -> VocabularyComparison:
    curves = {1: {"steps": [0.0], "bits_per_byte": [2.0]}}
    kept = VocabularyArm("keep", "same", "kept", curves, 2.0, 50_000, {})
    at = {
        axis: AtBudget(1e6, 2.0, 0.1, 0.05, 0.15, verdict)  # type: ignore[arg-type]
        for axis, verdict in zip(("bytes", "operations"), verdicts, strict=True)
    }
    more = VocabularyArm("more", "fvt", "more", curves, 4.0, 52_000, {}, at)
    return VocabularyComparison("m", ["tur_Latn"], True, [kept, more], {"bytes": 1e6})


def test_a_measured_loss_overrules_the_costs() -> None:
    more = row("extend", 52_000, 3.9, name="more")
    choice, said = advised(more, measured=arms(["worse", "worse"]))
    assert choice == (
        "keep; the costs speak for extend to 52,000 (more), what was measured speaks against it"
    )
    assert "was not measured" not in said
    for verdicts in (["worse", "unclear"], ["unclear", "unclear"], ["better", "better"]):
        assert advised(more, measured=arms(verdicts))[0] == "extend to 52,000 (more)"


def test_a_measured_gain_that_costs_do_not_explain_is_told() -> None:
    more = row("extend", 58_000, 2.1, name="more")
    choice, said = advised(more, measured=arms(["better", "better"]))
    assert choice == "keep"
    assert "beyond the noise: more, fvt." in said
    assert "beyond the noise" not in advised(more, measured=arms(["better", "unclear"]))[1]


def test_a_pseudo_measure_overrules_nothing() -> None:
    more, measured = row("extend", 52_000, 3.9, name="more"), arms(["worse", "worse"])
    choice, said = advised(more, measured=replace(measured, is_masked=True))
    assert choice == "extend to 52,000 (more)"
    assert "was not measured" not in said
