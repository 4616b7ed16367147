"""A task is declared once: whoever adds its file finds it wherever tasks are asked for."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lingraft.evaluation.task import Metric, metric_of, register, title_of
from lingraft.evaluation.tasks import TASKS
from lingraft.evaluation.tasks.efficiency import Efficiency

NEW_TASK = '''
from lingraft.evaluation.outcome import Outcome, Score
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import Metric, Task, register


@register
class Greeting(Task[ModelSubject]):
    """How often a model greets."""

    name = "greeting"
    about = "Greetings."
    title = "GREET"
    measures = ModelSubject
    metrics = {"accuracy": Metric("down", "hits")}

    words: int = 3
    """Words of a greeting."""

    def protocol(self):
        return f"greeting/{self.words}"

    def evaluate(self, subject):
        return Outcome([Score("swh_Latn", "accuracy", 0.5, 2, self.metrics["accuracy"].better)])
'''
PROGRAM = """
import sys
from pathlib import Path
import lingraft.evaluation.tasks

folder = Path(sys.argv[1])
sys.path.insert(0, str(folder))
import greeting

from lingraft.evaluation.results import read_result
from lingraft.evaluation.stage import run_tasks
from lingraft.evaluation.subject import ModelSubject
from lingraft.experiment.loading import check
from lingraft.experiment.reference import reference
from lingraft.experiment.scale import scale
from lingraft.reporting.findings.example_sums import example_sums, to_columns
from lingraft.reporting.findings.wording import measure_name
from lingraft.stages.references import model_tasks
from types import SimpleNamespace

config = check({"experiment": "x", "evaluation": {"greeting": {"words": 4}}}, "a file")
assert model_tasks(config) == model_tasks(scale(config)) == ["greeting"]
assert "## Greeting" in reference() and "Words of a greeting." in reference()
(path,) = run_tasks(config.evaluation, ModelSubject(folder), folder / "results")
result = read_result(path)
assert (path.name, result.protocol) == ("greeting.json", "greeting/4")
assert result.scores[0].better == "down"
place = SimpleNamespace(task="greeting", metric="accuracy")
assert measure_name(place) == "GREET accuracy"
records = to_columns([{"id": "1", "gold": "a", "predicted": "a"}])
assert example_sums("greeting", "accuracy", records).score == 1
"""


def test_a_new_task_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "greeting.py").write_text(NEW_TASK, "utf-8")
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_text("{}", "utf-8")
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_two_tasks_of_one_name_are_refused() -> None:
    class Other(Efficiency):
        """Another task of a known name."""

    with pytest.raises(ValueError, match="two evaluation tasks have the name efficiency"):
        register(Other)


@pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
def test_a_task_says_what_others_must_know(task: Any) -> None:
    assert task.about.endswith(".")
    assert task.reads and (task.dataset is None or "data" in task.reads)
    assert (task.main_metric in task.metrics) if task.is_fine_tuned else True


def test_metrics_are_known_without_their_cutoff() -> None:
    assert metric_of("retrieval", "accuracy@10") == Metric("up", "hits")
    assert metric_of("retrieval", "spearman") is None
    assert metric_of("of another tool", "accuracy") is None
    assert (title_of("sr_t"), title_of("of another tool")) == ("SR-T", "")
