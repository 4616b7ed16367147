"""The evaluation block of the configuration."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from lingraft.evaluation.configuration import Evaluation
from lingraft.evaluation.subject import ModelSubject, TokenizerSubject
from lingraft.evaluation.tasks import TASKS
from lingraft.evaluation.tasks.xnli import Xnli
from lingraft.evaluation.word_subjects import AlignmentSubject

# names of tasks, or of a dataset, or words
NEEDY = {
    "lm_harness", "sr_t", "sr_b", "word_similarity", "word_analogies", "word_associations",
    "word_tagging",
    "explicit_concepts", "agreement",
}  # fmt: skip


def test_every_task_has_defaults_but_some_need_names() -> None:
    names = set(TASKS) - NEEDY
    full = Evaluation.model_validate({name: {} for name in names})
    assert all(getattr(full, name) is not None for name in names)
    for name in NEEDY:
        with pytest.raises(ValidationError):
            Evaluation.model_validate({name: {}})


def test_tasks_are_chosen_by_what_they_measure() -> None:
    content = {"precision": "fast", "lexicon": {}, "topics": {}, "tokenizer": {}, "xnli": None}
    block = Evaluation.model_validate(content)
    assert block.task("precision") is None
    assert list(block.chosen()) == ["topics", "tokenizer", "lexicon"]
    for kind, name in (
        (ModelSubject, "topics"), (TokenizerSubject, "tokenizer"), (AlignmentSubject, "lexicon")
    ):  # fmt: skip
        assert list(block.chosen(kind)) == [name]


@pytest.mark.parametrize(
    "block",
    [
        {"retrieval": {"sentence": 3}},
        {"retrieval": {"sentences": 1}},
        {"language_model": {"mask_probability": 1}},
        {"xnli": {"mode": "few_shot"}},
        {"precision": "fp16"},
        {"precision": "auto"},
        {"precision": {}},
        {"xnli": {"seeds": []}},
        {"ner": {"languages": {"german": "x"}}},
    ],
)
def test_mistakes_are_refused(block: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Evaluation.model_validate(block)


def test_the_papers_fine_tuning_is_the_default() -> None:
    settings = Xnli()
    assert (settings.learning_rate, settings.batch_size, settings.maximum_length) == (2e-5, 32, 128)
    assert len(settings.seeds) == 6


def test_light_tasks_load_no_benchmark_libraries() -> None:
    program = (
        "import sys, lingraft.evaluation.stage;"
        "heavy = {'mteb', 'sklearn', 'datasets', 'seqeval', 'torch', 'numpy', 'scipy'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
