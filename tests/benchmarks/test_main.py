"""Which comparisons are measured where some are named: programs and comparisons may share names."""

import pytest

from benchmarks import __main__ as benchmarks
from measuring import chosen


@pytest.mark.parametrize(
    ("only", "found"),
    [
        ({"plan"}, {"plan.languages"}),
        ({"languages", "csls"}, {
            *(f"languages.{stage}" for stage in
              ("corpora", "tokenizers", "tokens", "vectors", "alignments")),
            "self_learning.csls",
        }),
        ({"plan.languages"}, {"plan.languages"}),
        ({"mining.product", "plan"}, {"mining.product", "plan.languages"}),
    ],
)  # fmt: skip
def test_a_program_s_name_does_not_stand_for_comparisons_of_others(
    only: set[str], found: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Others change the environment of this process.
    monkeypatch.setattr(benchmarks, "PROGRAMS", ("plan", "languages", "self_learning", "mining"))
    named = chosen(benchmarks.comparisons("tiny", (), only), only)
    assert {f"{program}.{comparison.name}" for program, comparison in named} == found
