import math

import pytest

from lingraft.reporting.evidence import evidence, pair, to_columns

RANKS = [{"id": str(i), "rank": rank} for i, rank in enumerate([1, 3, 10, 11])]
LOSSES = [
    {"id": "a", "loss": 6.0, "predicted": 2, "tokens": 10, "bytes": 40},
    {"id": "b", "loss": 3.0, "predicted": 4, "tokens": 20, "bytes": 80},
]
LABELS = [
    {"id": str(i), "gold": gold, "predicted": predicted}
    for i, (gold, predicted) in enumerate(["aa", "ab", "bb", "ca"])
]


@pytest.mark.parametrize(
    ("metric", "records", "score"),
    [
        ("accuracy@1", RANKS, 0.25),
        ("accuracy@10", RANKS, 0.75),
        ("mean_reciprocal_rank", RANKS, (1 + 1 / 3 + 1 / 10 + 1 / 11) / 4),
        ("loss", LOSSES, 9 / 6),
        ("perplexity", LOSSES, math.exp(9 / 6)),
        ("bits_per_byte", LOSSES, 9 / 6 * 30 / 120 / math.log(2)),
        ("accuracy", LABELS, 0.5),
        ("accuracy", [{"id": "1", "correct": True}, {"id": "2", "correct": False}], 0.5),
        ("macro_f1", LABELS, (1 / 2 + 2 / 3 + 0) / 3),
        (
            "f1",
            [{"id": "1", "true_positives": 2, "false_positives": 1, "false_negatives": 1}],
            2 / 3,
        ),
    ],
)
def test_evidence_gives_the_score_again(metric: str, records: list, score: float) -> None:
    found = evidence(metric, to_columns(records))
    assert found is not None
    assert found.score == pytest.approx(score)


@pytest.mark.parametrize("metric", ["spearman", "accuracy@1"])
def test_what_the_records_do_not_determine_has_no_evidence(metric: str) -> None:
    assert evidence(metric, to_columns(LOSSES)) is None
    assert evidence(metric, None) is None


def test_seeds_with_other_examples_are_no_pair() -> None:
    cells = [evidence("accuracy@1", to_columns(ranks)) for ranks in (RANKS, RANKS[:3])]
    assert pair([cell for cell in cells if cell is not None]) is None


def test_a_class_that_one_seed_never_predicts_does_not_change_its_score() -> None:
    other = [record | {"predicted": "d"} for record in LABELS]
    tables = [to_columns(records) for records in (LABELS, other)]
    cells = [cell for records in tables if (cell := evidence("macro_f1", records))]
    examples = pair(cells)
    assert examples is not None
    assert examples.score_S == pytest.approx([cell.score for cell in cells])
