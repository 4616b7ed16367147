"""The forms in which OFA's and FOCUS's code compare tokens."""

import pytest
from small_world import TARGET_PIECES, small_request, target_tokenizer

from lingraft.initialization.methods.focus import canonical_form
from lingraft.initialization.methods.ofa import standardized
from lingraft.tokenizers.token_table import TokenTable

MANY = [f"▁{number}" for number in range(101)]  # the codes count marks: above 100 they see them


@pytest.mark.parametrize(
    ("more", "of_ofa", "of_focus"),
    [
        (MANY, {"▁nyumba": " nyumba", "zz": "zz"}, {"▁nyumba": "▁nyumba", "zz": "zz"}),
        ([], {"▁nyumba": "nyumba", "zz": "zz"}, {"▁nyumba": "nyumba", "zz": "zz"}),
    ],
)
def test_marks_are_seen_where_there_are_many(more, of_ofa, of_focus):
    table = TokenTable(target_tokenizer([*TARGET_PIECES, *more]))
    for form, expected in ((standardized(table), of_ofa), (canonical_form(table), of_focus)):
        assert len(form) == len(table)
        assert {token: form[table.ids[token]] for token in expected} == expected


def test_wordpiece_is_seen_by_its_marks_alone():
    table = small_request().source  # with few ##
    assert canonical_form(table)[table.ids["##s"]] == standardized(table)[table.ids["##s"]] == "##s"
