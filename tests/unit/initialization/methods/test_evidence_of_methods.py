"""What methods take is what the table of docs/methods.md says."""

from pathlib import Path

import pytest

from lingraft.initialization.methods import METHODS

DOCUMENT = Path(__file__).parents[4] / "docs" / "methods.md"
ROWS = {
    "parallel": "parallel text",
    "vectors": "aligned word vectors",
    "corpora": "text of the target language",
    "donor": "a model that has the target tokenizer",
}
# Settings that have no default.
REQUIRED = {name: {"generator": "any"} for name in ("generated", "byte-words")}


def taken(name):
    return METHODS[name].model_validate(REQUIRED.get(name, {})).takes


def methods_in_row(evidence):
    lines = DOCUMENT.read_text("utf-8").splitlines()
    [row] = [line for line in lines if line.startswith(f"| {evidence} |")]
    return {word.strip().split()[0] for word in row.split("|")[-2].split(",")}


@pytest.mark.parametrize("kind", ROWS)
def test_the_table_names_the_methods_that_take_it(kind):
    takers = {name for name in METHODS if kind in taken(name)}
    assert takers <= methods_in_row(ROWS[kind])


def test_the_table_names_the_methods_that_take_nothing():
    alone = {name for name in METHODS if not taken(name)}
    assert alone - methods_in_row("a trained network") == methods_in_row(
        "the two vocabularies alone"
    ) - {"ofa"}


def test_a_dictionary_alone_is_the_evidence_of_a_recurrent_alignment():
    recurrent = METHODS["trans-tokenization"].model_validate({"recurrent": True})
    assert recurrent.takes == recurrent.needs == {"dictionary"}
    assert "trans-tokenization" in methods_in_row("dictionaries of aligned word vectors")
