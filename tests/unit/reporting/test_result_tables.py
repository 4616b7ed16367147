"""Columns of headline tables: tasks that share a metric are told apart by name."""

from lingraft.reporting.findings import Place
from lingraft.reporting.result_tables import Question, label, measure_name


def question(task: str, metric: str, protocol: str = "p", setting: str = "") -> Question:
    return Question("pretrained", task, protocol, metric, setting, "up")


def test_tasks_with_one_metric_have_labels_of_their_own() -> None:
    asked = [question(task, "accuracy@10") for task in ("sr_t", "sr_b", "retrieval")]
    labels = [label(q, asked) for q in asked]
    assert labels == ["SR-T accuracy@10 ↑", "SR-B accuracy@10 ↑", "accuracy@10 ↑"]


def test_settings_of_one_task_are_told_apart() -> None:
    asked = [question("xnli", "accuracy", setting=s) for s in ("zero_shot", "translate_test")]
    assert [label(q, asked) for q in asked] == [
        "XNLI accuracy (zero_shot) ↑",
        "XNLI accuracy (translate_test) ↑",
    ]


def test_a_measure_is_named_by_its_task_too() -> None:
    place = Place("run", "pretrained", "pos", "p", "swh_Latn", "seqeval_f1", "", "test", "up")
    assert measure_name(place) == "POS seqeval f1"
