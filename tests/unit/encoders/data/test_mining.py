from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets import Dataset
from hypothesis import given
from hypothesis import strategies as st
from loss_samples import student_of
from sentence_transformers.util import mine_hard_negatives
from tests.unit.encoders.set_samples import a_set, read_set, texts_of

from lingraft.artifacts import TrainingSetFacts, new_artifact
from lingraft.encoders.data.mining import choose, mine, passing, triples
from lingraft.encoders.data.mining_rules import MiningRules
from lingraft.encoders.examples import TrainingExample, write_examples
from lingraft.errors import ConfigError, InputError
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.evaluation.subject import ModelSubject

# Scores of the texts near one anchor whose positive has .8, by hand.
SCORES = np.array([[0.9, 0.79, 0.77, 0.76, 0.7, 0.3, -0.2]], np.float32)
NUMBERS = np.array([[10, 11, 12, 13, 14, 15, 16]])
POSITIVE = np.array([0.8], np.float32)
PLAIN: dict[str, Any] = {"relative_margin": None, "negatives": 2, "depth": 7}


def nothing_told(row: int) -> Any:
    return lambda number: False


@pytest.mark.parametrize(
    ("rules", "wanted"),
    [
        ({}, [10, 11]),
        ({"relative_margin": 0.05}, [13, 14]),  # at most .95 * .8 = .76
        ({"relative_margin": 0.0}, [11, 12]),
        ({"absolute_margin": 0.1}, [14, 15]),
        ({"maximum_score": 0.75}, [14, 15]),
        ({"minimum_score": 0.78}, [10, 11]),
        ({"minimum_score": 0.85}, [10]),
        ({"skip": 1}, [11, 12]),
        ({"skip": 2, "relative_margin": 0.05}, [15, 16]),
        ({"relative_margin": 0.05, "minimum_score": 0.72}, [13]),
    ],
)
def test_the_rules_on_a_table_of_scores(rules: dict[str, float], wanted: list[int]) -> None:
    chosen = choose(SCORES, NUMBERS, POSITIVE, MiningRules(**PLAIN | rules), nothing_told)
    assert chosen == [wanted]


def test_a_margin_below_a_negative_score_lowers_the_limit() -> None:
    rules = MiningRules(**PLAIN | {"relative_margin": 0.5})
    scores = np.array([[-0.25, -0.5, -0.7]], np.float32)
    assert passing(scores, np.array([-0.4], np.float32), rules).tolist() == [[False, False, True]]


def test_what_says_the_same_is_no_negative() -> None:
    long = "Choose the folder in which all of your pictures are stored on this computer."
    pairs = [
        ("q", "A."),
        ("q", "B"),  # a second positive of the same anchor
        ("r", "a"),  # the positive, folded
        ("s", long),
        ("t", long.replace("folder", "place")),  # nearly the negative before it: kept
        ("u", long.upper()),  # the negative before it, folded
        ("v", "Q!"),  # the anchor itself
        ("w", "C"),
    ]
    vectors = np.eye(8, dtype=np.float32) + 1
    rules = MiningRules(negatives=3, relative_margin=None, depth=8)
    chosen = mine(pairs, vectors, vectors, rules, 0.7)
    assert chosen[0] == chosen[1] == [3, 4, 7]
    assert 4 not in chosen[3]  # nearly its positive
    equal_alone = MiningRules(negatives=5, relative_margin=None, depth=8)
    assert mine(pairs, vectors, vectors, equal_alone, 1.0)[3] == [0, 1, 4, 6, 7]


def test_of_several_positives_the_lowest_score_decides() -> None:
    pairs = [("q", "one"), ("q", "two"), ("r", "three")]
    anchors = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    candidates = np.array([[1, 0], [0.6, 0.8], [0.8, 0.6]], np.float32)
    rules = MiningRules(negatives=1, relative_margin=0.0, depth=3)
    # "three" has .8: less than the 1 of "one", more than the .6 of "two".
    assert mine(pairs, anchors, candidates, rules, 1.0)[:2] == [[], []]


def test_pairs_with_too_few_negatives_are_left_out() -> None:
    pairs = [("a", "b"), ("c", "d"), ("e", "f")]
    assert list(triples(pairs, [[1], [2, 0], []], 2)) == [(1, ("c", "d", "f", "b"))]


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.05, 0.3]), st.integers(0, 2))
def test_mining_equals_comparing_all(seed: int, margin: float, skip: int) -> None:
    generator = np.random.default_rng(seed)
    anchors, candidates = generator.normal(size=(2, 12, 4)).astype(np.float32)
    pairs = [(f"anchor {chr(97 + n)}", chr(97 + n)) for n in range(12)]
    rules = MiningRules(negatives=2, relative_margin=margin, skip=skip, depth=12)
    unit = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in (anchors, candidates)]
    scores = unit[0].astype(np.float64) @ unit[1].T
    for row, found in enumerate(mine(pairs, anchors, candidates, rules, 1.0)):
        limit = scores[row, row] - margin * abs(scores[row, row])
        allowed = [n for n in range(12) if n != row and scores[row, n] <= limit]
        wanted = sorted(allowed, key=lambda n: -scores[row, n])[skip : skip + 2]
        assert found == wanted


# Texts that differ in numbers alone are the same to the filter; unknown words tell them apart.
ANCHORS = [f"{chr(97 + n)} w{n} w{n + 7} w{3 * n + 1}" for n in range(16)]


@pytest.mark.parametrize(
    "rules",
    [
        {"relative_margin": None},
        {"relative_margin": 0.05},
        {"relative_margin": None, "absolute_margin": 0.01},
        {"relative_margin": None, "maximum_score": 0.993, "minimum_score": 0.95},
        {"relative_margin": 0.01, "skip": 2},
    ],
)
def test_the_library_mines_the_same(start_model: Path, rules: dict[str, Any]) -> None:
    pairs = [(text, f"{text} w{50 + number % 5} x") for number, text in enumerate(ANCHORS)]
    ours = MiningRules(negatives=3, depth=len(pairs), **rules)
    student = student_of(start_model)
    vectors = [student.encode(list(texts)) for texts in zip(*pairs, strict=True)]
    found = triples(pairs, mine(pairs, *vectors, ours, 1.0), 3)
    theirs = mine_hard_negatives(
        Dataset.from_dict({"anchor": [p[0] for p in pairs], "positive": [p[1] for p in pairs]}),
        student,
        range_min=ours.skip,
        range_max=len(pairs),
        relative_margin=ours.relative_margin,
        absolute_margin=ours.absolute_margin,
        max_score=ours.maximum_score,
        min_score=ours.minimum_score,
        num_negatives=3,
        output_format="n-tuple",
        verbose=False,
    )
    assert {texts for _, texts in found} == {tuple(row.values()) for row in theirs}
    assert len(theirs)


def save_set(folder: Path, form: str, examples: list[TrainingExample]) -> Path:
    with new_artifact(folder, "training_set", facts=TrainingSetFacts(form=form)) as staging:
        write_examples(staging, examples)
    return folder


@pytest.mark.parametrize("form", ["translations", "pairs"])
def test_a_mined_set_has_triples(tmp_path: Path, start_model: Path, form: str) -> None:
    originals = ["a w1 w2", "b w1 w3", "c w4 w5", "d w4 w3", "e w2 w5", "f w3 w1"]
    translated = {text: f"w9 {text[:4]} w{n}" for n, text in enumerate(originals)}
    examples = [
        TrainingExample(text, (text, translated[text]), language)
        for language in ("swh_Latn", "zho_Hans")
        for text in originals
    ]
    given: dict[str, Any] = {
        "sets": {"own": save_set(tmp_path / "own", form, examples)},
        "models": {"tiny": start_model},
    }
    settings = {
        "kind": "mined", "set": "own", "model": "tiny", "negatives": 2, "relative_margin": 0.0,
        "near_duplicates": 1.0,
    }  # fmt: skip
    found = read_set(settings, **given)
    embedder, how = ModelSubject(start_model).embedder, Embedding()
    # Of translations the miner reads the originals, on both sides.
    keys = originals if form == "translations" else list(translated.values())
    pairs = list(translated.items())
    rules = MiningRules(negatives=2, relative_margin=0.0)
    vectors = embedder.embed(originals, how), embedder.embed(keys, how)
    wanted = [texts for _, texts in triples(pairs, mine(pairs, *vectors, rules, 1.0), 2)]
    assert texts_of(found) == wanted * 2  # each language by itself
    assert {example.language for example in found} == {"swh_Latn", "zho_Hans"}


def test_sets_without_pairs_are_not_mined(tmp_path: Path) -> None:
    folder = save_set(tmp_path / "own", "texts", [TrainingExample("1", ("a",))])
    with pytest.raises(InputError, match="the training set own has texts, not pairs; mine one"):
        read_set({"kind": "mined", "set": "own", "model": "x"}, sets={"own": folder})


def test_rules_must_fit_each_other() -> None:
    mined = {"kind": "mined", "set": "own", "model": "tiny"}
    with pytest.raises(ConfigError, match=r"depth: 5 texts are looked at, .* need 6"):
        a_set(**mined, depth=5, skip=2)
    with pytest.raises(ConfigError, match=r"minimum_score: 0\.5 is above maximum_score, 0\.2"):
        a_set(**mined, minimum_score=0.5, maximum_score=0.2)
