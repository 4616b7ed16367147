"""Topics as concepts: the axes of test texts name their topic, and training decides the names."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from lingraft.evaluation.tasks.explicit_concepts import ExplicitConcepts
from lingraft.evaluation.word_subjects import VectorsSubject
from lingraft.vectors.vectorset import VectorSet

TOPICS = ["health", "roads", "animals"]
WORDS = [f"{topic}{letter}" for topic in TOPICS for letter in "abcdef"]
TASK = ExplicitConcepts(data="pages", train_texts=90, related_pairs=100, seed=1)


def _lines(count: int, seed: int, topics: list[str]) -> str:
    generator = random.Random(seed)
    rows = []
    for number in range(count):
        topic = topics[number % len(topics)]
        own = [word for word in WORDS if word.startswith(topic)] or WORDS
        text = " ".join(generator.choices(own, k=3) + generator.choices(WORDS, k=2))
        rows.append(json.dumps({"id": f"{number}", "text": text, "label": topic}))
    return "\n".join(rows)


@pytest.fixture
def subject(tmp_path: Path) -> VectorsSubject:
    (tmp_path / "vectors").mkdir()
    vectors = np.random.default_rng(0).standard_normal((len(WORDS), 12)).astype(np.float32)
    VectorSet(WORDS, vectors, language="swh_Latn").save(tmp_path / "vectors")
    folder = tmp_path / "pages" / "swh_Latn"
    folder.mkdir(parents=True)
    (folder / "train.jsonl").write_text(_lines(120, 0, TOPICS))
    (folder / "test.jsonl").write_text(_lines(40, 1, [*TOPICS, "new"]))
    return VectorsSubject(tmp_path / "vectors", data={"pages": tmp_path / "pages"})


def test_axes_name_the_topic_of_new_texts(subject: VectorsSubject) -> None:
    outcome = TASK.evaluate(subject)
    found = {(score.metric, score.system): score.value for score in outcome.scores}
    assert found["tag_precision", "model"] > 0.9
    assert found["pair_auc", "model"] > found["pair_auc", "averages"] > 0.5
    assert len(outcome.predictions) == 30
    mean = np.mean([record["tag_precision"] for record in outcome.predictions])
    assert mean == pytest.approx(found["tag_precision", "model"])
    assert outcome.notes == ["swh_Latn: 10 test texts have labels that training lacks"]
    assert TASK.evaluate(subject) == outcome


def test_one_label_is_not_measured(subject: VectorsSubject) -> None:
    folder = subject.data["pages"] / "swh_Latn"
    (folder / "train.jsonl").write_text(_lines(9, 0, ["roads"]))
    [score] = TASK.evaluate(subject).scores
    assert (score.value, score.note) == (
        None, "1 labels in training, 10 test texts with one of them"
    )  # fmt: skip
