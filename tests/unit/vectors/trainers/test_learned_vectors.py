"""Every trainer that learns words: what they share, on a text with two planted topics."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from lingraft.errors import InputError
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.trainers import TRAINERS, AnyTrainer, corpus_vectors
from lingraft.vectors.trainers.learned_vectors import IterativeVectors, LearnedVectors
from lingraft.vectors.vectorset import VectorSet

TOPICS = [
    ["mbwa", "paka", "ng'ombe", "mbuzi", "kuku", "farasi"],
    ["Faili", "Kompyuta", "Kipanya", "Skrini", "Programu", "Data"],
]
LEARNED = [name for name, kind in TRAINERS.items() if issubclass(kind, LearnedVectors)]
ITERATIVE = [name for name in LEARNED if issubclass(TRAINERS[name], IterativeVectors)]


def texts(seed: int = 0) -> list[str]:
    generator = np.random.default_rng(seed)
    lines = [" ".join(generator.choice(TOPICS[i % 2], 10)) for i in range(300)]
    return ["\n".join(lines[:150]), "\n".join([*lines[150:], "mara moja tu"])]


def make(name: str, **changes: Any) -> LearnedVectors:
    values = {"corpus": "c", "trainer": name, "dimension": 6, "minimum_count": 3, "lowercase": True}
    if name in ITERATIVE:
        values["epochs"] = 30
    if "sampling_threshold" in TRAINERS[name].model_fields:
        values["sampling_threshold"] = 1.0
    found = TypeAdapter(AnyTrainer).validate_python(values | changes)
    assert isinstance(found, LearnedVectors)
    return found


def contrast(vectors: VectorSet) -> float:
    """How much nearer words of one topic are than words of two."""
    rows = [[vectors.index[word.lower()] for word in topic] for topic in TOPICS]
    units = vectors.vectors_WE / np.linalg.norm(vectors.vectors_WE, axis=1, keepdims=True)
    within = [(units[topic] @ units[topic].T)[np.triu_indices(6, 1)].mean() for topic in rows]
    return float(np.mean(within) - (units[rows[0]] @ units[rows[1]].T).mean())


@pytest.mark.parametrize("name", LEARNED)
def test_words_of_one_topic_are_near(name: str) -> None:
    vectors = make(name).train(texts(), "swh_Latn")
    assert sorted(vectors.words) == sorted(word.lower() for topic in TOPICS for word in topic)
    assert contrast(vectors) > 0.3
    assert vectors.language == "swh_Latn" and vectors.lowercase
    assert vectors.facts["trainer"] == name and vectors.facts["settings"]["dimension"] == 6


@pytest.mark.parametrize("name", LEARNED)
def test_equal_settings_give_equal_vectors(name: str) -> None:
    one, two = (make(name).train(texts(), "swh_Latn") for _ in range(2))
    assert one.words == two.words and np.array_equal(one.vectors_WE, two.vectors_WE)


@pytest.mark.parametrize("name", LEARNED)
def test_too_little_text_is_one_line(name: str) -> None:
    with pytest.raises(InputError, match="no text"):
        make(name).train(["!?\n"], "swh_Latn")
    with pytest.raises(InputError, match="minimum_count = 3"):
        make(name).train(["a b"], "swh_Latn")


@pytest.mark.parametrize("name", ITERATIVE)
def test_the_seed_counts(name: str) -> None:
    one, two = (make(name, seed=seed).train(texts(), "swh_Latn") for seed in (0, 1))
    assert not np.array_equal(one.vectors_WE, two.vectors_WE)


def test_the_epoch_that_the_development_set_likes_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lower = [[word.lower() for word in topic] for topic in TOPICS]
    pairs = [(topic[i], topic[i + 1], 9) for topic in lower for i in range(5)]
    pairs += [(lower[0][i], lower[1][i], 1) for i in range(6)]
    text = "".join(f"{one}\t{two}\t{value}\n" for one, two, value in pairs)
    (tmp_path / "pairs.tsv").write_text(text, "utf-8")
    monkeypatch.setattr(
        corpus_vectors, "read_training_text", lambda *_: (iter(texts()), "swh_Latn")
    )
    until = {"source": "judged", "path": "pairs.tsv", "patience": 2}
    settings = make("glove", until=until)
    assert settings.made_from == (("corpora", "c"), ("sources", "judged"))
    vectors = settings.make(VectorInputs(downloads={"judged": tmp_path}), 1)
    history = vectors.facts["development"]
    assert history["scores"][history["epoch"] - 1] == max(history["scores"])
    shorter = make("glove", epochs=history["epoch"]).train(texts(), "swh_Latn")
    assert np.array_equal(vectors.vectors_WE, shorter.vectors_WE)
    with pytest.raises(InputError, match="'judged'; give it by"):
        settings.make(VectorInputs(), 1)


def test_ppmi_options_change_the_vectors() -> None:
    plain = make("ppmi-svd").train(texts(), "swh_Latn")
    for change in (
        {"window": 1},
        {"weighting": "flat"},
        {"smoothing": 1.0},
        {"shift": 2.0},
        {"eigenvalue_power": 1.0},
        {"sampling_threshold": 0.01},
    ):
        other = make("ppmi-svd", **change).train(texts(), "swh_Latn")
        assert not np.array_equal(plain.vectors_WE, other.vectors_WE), change
    with pytest.raises(InputError, match="12 words cannot have vectors of dimension 12"):
        make("ppmi-svd", dimension=12).train(texts(), "swh_Latn")


def test_glove_options_change_the_vectors() -> None:
    plain = make("glove").train(texts(), "swh_Latn")
    for change in ({"window": 1}, {"learning_rate": 0.1}, {"weight_ceiling": 1000.0}):
        other = make("glove", **change).train(texts(), "swh_Latn")
        assert not np.array_equal(plain.vectors_WE, other.vectors_WE), change


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("order", {"negatives": 3}),
        ("order", {"window": 2}),
        ("order", {"learning_rate": 0.02}),
        ("positional-cbow", {"sampling_threshold": 0.01}),
        ("positional-cbow", {"shortest_ngram": 3}),
        ("positional-cbow", {"longest_ngram": 0}),
        ("character-enhanced", {"character_positions": True}),
        ("disambiguated-skip-gram", {"senses": 2}),
        ("disambiguated-skip-gram", {"collapse": "most-frequent"}),
        ("disambiguated-skip-gram", {"smallest_prior": 0.4}),
        ("disambiguated-skip-gram", {"shared_epochs": 2}),
        ("disambiguated-skip-gram", {"entropy_weight": 1.0}),
    ],
)
def test_options_of_contexts_change_the_vectors(name: str, change: dict[str, Any]) -> None:
    plain = make(name, epochs=2).train(texts(), "swh_Latn")
    other = make(name, epochs=2, **change).train(texts(), "swh_Latn")
    assert not np.array_equal(plain.vectors_WE, other.vectors_WE)
    without = name in ("order", "disambiguated-skip-gram") or change == {"longest_ngram": 0}
    assert (other.model is None) == without


def test_senses_are_saved_beside_their_collapsed_vectors(tmp_path: Path) -> None:
    vectors = make("disambiguated-skip-gram", senses=3, epochs=2).train(texts(), "swh_Latn")
    vectors.save(tmp_path)
    loaded = VectorSet.load(tmp_path)
    with np.load(tmp_path / "senses.npz", allow_pickle=False) as content:
        senses_WSE, priors_WS = content["vectors"], content["priors"]
    assert senses_WSE.shape == (12, 3, 6) and senses_WSE.dtype == np.float32
    mean_WE = np.einsum("ws,wse->we", priors_WS, senses_WSE)
    np.testing.assert_allclose(loaded.vectors_WE, mean_WE, rtol=1e-5, atol=1e-6)
    assert vectors.facts["senses_mean"] == (priors_WS > 0).sum(axis=1).mean()


def test_sizes_of_ngrams_are_ordered() -> None:
    with pytest.raises(ValueError, match="longest_ngram must be 0 or at least shortest_ngram"):
        make("positional-cbow", shortest_ngram=6)


@pytest.mark.parametrize("name", ["positional-cbow", "character-enhanced"])
def test_new_words_have_vectors_after_saving(name: str, tmp_path: Path) -> None:
    vectors = make(name).train(texts(), "swh_Latn")
    vectors.save(tmp_path)
    assert (tmp_path / "parts.npz").is_file() and not (tmp_path / "model.bin").exists()
    loaded = VectorSet.load(tmp_path)
    asked = ["kompyutalugha", "mbwa", "Kompyuta", "\u0416", ""]
    found = loaded.vectors_of(asked)
    assert np.array_equal(found, vectors.vectors_of(asked))
    assert found[0].any() and not found[3:].any()
    assert np.array_equal(found[1], vectors.vectors_WE[vectors.index["mbwa"]])
