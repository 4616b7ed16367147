import math
from pathlib import Path

import pytest

from lingraft.evaluation.data.reading import Example
from lingraft.evaluation.measures.probes import records, score
from lingraft.evaluation.outcome import MODEL
from lingraft.evaluation.results import write_predictions
from lingraft.reporting.findings.example_sums import example_sums, pair, read_groups, to_columns

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
    ("task", "metric", "records", "score"),
    [
        ("retrieval", "accuracy@1", RANKS, 0.25),
        ("retrieval", "accuracy@10", RANKS, 0.75),
        ("retrieval", "mean_reciprocal_rank", RANKS, (1 + 1 / 3 + 1 / 10 + 1 / 11) / 4),
        ("language_model", "loss", LOSSES, 9 / 6),
        ("language_model", "perplexity", LOSSES, math.exp(9 / 6)),
        ("language_model", "bits_per_byte", LOSSES, 9 / 6 * 30 / 120 / math.log(2)),
        ("topics", "accuracy", LABELS, 0.5),
        ("topics", "macro_f1", LABELS, (1 / 2 + 2 / 3 + 0) / 3),
        (
            "ner",
            "seqeval_f1",
            [{"id": "1", "true_positives": 2, "false_positives": 1, "false_negatives": 1}],
            2 / 3,
        ),
    ],
)
def test_evidence_gives_the_score_again(
    task: str, metric: str, records: list, score: float
) -> None:
    found = example_sums(task, metric, to_columns(records))
    assert found is not None
    assert found.score == pytest.approx(score)


@pytest.mark.parametrize(
    ("task", "metric"), [("lexicon", "spearman"), ("retrieval", "accuracy@1"), ("mteb", "f1")]
)
def test_what_the_records_do_not_determine_has_no_evidence(task: str, metric: str) -> None:
    assert example_sums(task, metric, to_columns(LOSSES)) is None
    assert example_sums(task, metric, None) is None


def test_seeds_with_other_examples_are_no_pair() -> None:
    cells = [
        example_sums("retrieval", "accuracy@1", to_columns(ranks)) for ranks in (RANKS, RANKS[:3])
    ]
    assert pair([cell for cell in cells if cell is not None]) is None


def test_a_class_that_one_seed_never_predicts_does_not_change_its_score() -> None:
    other = [record | {"predicted": "d"} for record in LABELS]
    tables = [to_columns(records) for records in (LABELS, other)]
    cells = [cell for records in tables if (cell := example_sums("topics", "macro_f1", records))]
    examples = pair(cells)
    assert examples is not None
    assert examples.score_S == pytest.approx([cell.score for cell in cells])


def test_what_classification_saves_gives_its_scores_again(tmp_path: Path) -> None:
    examples = [Example(str(i), "", label) for i, label in enumerate("aabbc")]
    predicted = {1: "aabbd", 2: "abbac"}  # d is no label of the test set
    rows = [
        row
        for seed, labels in predicted.items()
        for row in records({MODEL: list(labels)}, examples, "deu_Latn", "zero_shot", seed=seed)
    ]
    write_predictions(tmp_path / "p", rows)
    groups = read_groups(tmp_path / "p")
    for seed, labels in predicted.items():
        for measured in score({MODEL: list(labels)}, examples, "deu_Latn", "zero_shot"):
            found = example_sums("xnli", measured.metric, groups["deu_Latn", "zero_shot", seed])
            assert found is not None
            assert found.score == pytest.approx(measured.value)


def test_sentences_with_tags_give_token_accuracy_and_f1() -> None:
    rows = [
        {"id": "1", "gold": ["O", "B"], "predicted": ["O", "O"], "correct": 1, "tokens": 2}
        | {"true_positives": 0, "false_positives": 0, "false_negatives": 1},
        {"id": "2", "gold": ["B"], "predicted": ["B"], "correct": 1, "tokens": 1}
        | {"true_positives": 1, "false_positives": 0, "false_negatives": 0},
    ]
    for metric, value in (("token_accuracy", 2 / 3), ("seqeval_f1", 2 / 3)):
        found = example_sums("pos", metric, to_columns(rows))
        assert found is not None
        assert found.score == pytest.approx(value)
