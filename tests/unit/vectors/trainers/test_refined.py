"""Refined sets as artifacts: of one set, and of both sides of an alignment."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from lingraft.artifacts import new_artifact, verify
from lingraft.errors import ConfigError, InputError
from lingraft.vectors.alignment import Alignment
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.settings import AnyAlignment
from lingraft.vectors.stage import align_vectors, make_vectors
from lingraft.vectors.trainers import AnyTrainer
from lingraft.vectors.vectorset import VectorSet

CENTERED = {"name": "all-but-the-top", "directions": 1}


class Doubling:
    """A subword model: text has the vector of its length, in every dimension."""

    def get_word_vector(self, word: str) -> np.ndarray:
        return np.arange(1, 7, dtype=np.float32) * len(word)


def refined(**settings: Any) -> Any:
    adapter: TypeAdapter[Any] = TypeAdapter(AnyTrainer)
    return adapter.validate_python({"trainer": "refined", **settings})


@pytest.fixture
def aligned(tmp_path: Path, plant: Callable[..., Any]) -> Callable[..., Path]:
    """An alignment of planted sides, of which a dictionary has a part; names as in the folder."""

    def make(**options: Any) -> Path:
        planted = plant(words=120, dimension=8, noise=0.5)
        for name, vectors in (("source", planted.source), ("target", planted.target)):
            with new_artifact(tmp_path / name, "vectors") as folder:
                vectors.save(folder)
        with new_artifact(tmp_path / "dictionary", "download") as folder:
            (folder / "files").mkdir()
            lines = "".join(f"{a}\t{b}\n" for a, b, *_ in planted.pairs(0, 120))
            (folder / "files" / "d.tsv").write_text(lines)
        align(tmp_path, "base", "source", "target", **options)
        return tmp_path

    return make


def dictionary(**options: Any) -> dict[str, Any]:
    return {"format": "tsv", "source": "d", "path": "d.tsv", **options}


def align(folder: Path, name: str, source: str, target: str, **options: Any) -> dict[str, Any]:
    adapter: TypeAdapter[Any] = TypeAdapter(AnyAlignment)
    content = {"source": source, "target": target, "dictionaries": [dictionary()], **options}
    places = folder / source, folder / target, {"d": folder / "dictionary"}, {}
    align_vectors(adapter.validate_python(content), *places, folder / name)
    result: dict[str, Any] = json.loads((folder / name / "metrics.json").read_text())
    return result


def given(folder: Path) -> VectorInputs:
    sets = {"source": folder / "source", "target": folder / "target"}
    return VectorInputs(
        {"d": folder / "dictionary"}, vectors=sets, alignments={"base": folder / "base"}
    )


def test_a_set_is_refined_and_says_what_was_done(aligned: Callable[..., Path]) -> None:
    folder = aligned()
    settings = refined(vectors="source", refiners=[CENTERED, {"name": "pca", "dimension": 4}])
    assert settings.made_from == (("vectors", "source"),)
    make_vectors(settings, given(folder), folder / "made")
    assert {"metrics.json", "vectors.npy"} <= set(verify(folder / "made").files)
    found = VectorSet.load(folder / "made")
    assert (found.dimension, len(found), found.language) == (4, 120, "eng_Latn")
    assert np.abs(found.vectors_WE.mean(axis=0)).max() < 1e-5
    measured = json.loads((folder / "made" / "metrics.json").read_text())
    assert [each["name"] for each in measured["refiners"]] == ["all-but-the-top", "pca"]


def test_text_that_is_no_word_takes_the_same_steps(tmp_path: Path) -> None:
    from lingraft.vectors.transformation import TransformedModel
    from lingraft.vectors.word_space import WordSpace

    words = ["a", "bb", "cccc"]
    model: Any = Doubling()
    vectors_WE = np.stack([model.get_word_vector(word) for word in words])
    vectors_WE += np.random.default_rng(0).normal(size=(3, 6)).astype(np.float32)
    space = WordSpace.of_set(VectorSet(words, vectors_WE, model=model))
    for refiner in refined(vectors="v", refiners=[CENTERED, CENTERED]).refiners:
        space = refiner.refine(space, VectorInputs())
    result = space.take(0)
    assert isinstance(result.model, TransformedModel) and len(result.model.steps) == 2
    # A word has its own vector, other text that of the steps, and no text none.
    looked_up = result.vectors_of(["bb", "ddd", ""])
    assert np.array_equal(looked_up[0], result.vectors_WE[1])
    expected = model.get_word_vector("ddd")[None]
    for step in space.steps[0]:
        expected = (expected - step.mean_E) @ step.matrix_EK
    assert np.allclose(looked_up[1], expected[0], atol=1e-5) and not looked_up[2].any()
    again = WordSpace.of_set(result)
    for refiner in refined(vectors="v", refiners=[CENTERED]).refiners:
        again = refiner.refine(again, VectorInputs())
    twice = again.take(0).model
    assert isinstance(twice, TransformedModel) and len(twice.steps) == 3


def test_both_sides_are_refined_together(aligned: Callable[..., Path]) -> None:
    """Refined pairs come together; words that no edge had measure an alignment of both sides."""
    share = {"dictionaries": [dictionary(share=0.7)]}
    folder = aligned(**share)
    refiner = {"name": "retrofitting", "graphs": [{"format": "dictionaries", **share}]}
    for side in ("source", "target"):
        settings = refined(alignment="base", side=side, refiners=[refiner])
        assert settings.made_from == (("alignments", "base"), ("sources", "d"))
        make_vectors(settings, given(folder), folder / f"refined-{side}")
    source, target = (VectorSet.load(folder / f"refined-{side}") for side in ("source", "target"))
    assert (source.language, target.language) == ("eng_Latn", "swh_Latn")
    pairs = sorted(source.translated, key=lambda word: int(word[1:]))
    assert {f"t{word[1:]}" for word in pairs} == target.translated and 60 < len(pairs) < 110
    rows = [(source.index[word], target.index[f"t{word[1:]}"]) for word in pairs]
    left, right = np.array(rows).T
    apart = np.linalg.norm(source.vectors_WE[left] - target.vectors_WE[right], axis=1)
    metrics = json.loads((folder / "refined-source" / "metrics.json").read_text())
    distance = metrics["refiners"][0]
    assert distance["distance_after"]["connected"] < distance["distance_before"]["connected"]
    assert apart.mean() < 0.6
    found = align(folder, "measured", "refined-source", "refined-target", method="identity")
    words = found["source_words"]
    assert words == {"given": 120 - len(pairs), "covered": 120 - len(pairs), "coverage": 1.0} | {
        "seen": len(pairs)
    }
    lines = (folder / "measured" / "predictions.tsv").read_text().splitlines()
    assert not {line.split("\t")[0] for line in lines} & source.translated
    assert f"translations of {len(pairs)} of the dictionary's source words" in str(
        found["warnings"]
    )


def test_the_words_of_the_fit_measure_nothing_either(aligned: Callable[..., Path]) -> None:
    """Both sides are where a map of all pairs put them, though no pair was an edge."""
    folder = aligned()
    for side in ("source", "target"):
        settings = refined(alignment="base", side=side, refiners=[CENTERED])
        make_vectors(settings, given(folder), folder / f"refined-{side}")
    found = align(folder, "measured", "refined-source", "refined-target", method="identity")
    assert found["source_words"]["seen"] == 120 and found["source_words"]["covered"] == 0
    assert "; 0 are left" in found["warnings"][0] and found["precision"] == {}


def test_the_sides_are_where_the_alignment_puts_them(aligned: Callable[..., Path]) -> None:
    from lingraft.vectors.aligned_sides import read_sides

    folder = aligned(normalization="vecmap", method="vecmap")
    space = read_sides(given(folder), "base")
    alignment = Alignment.load(folder / "base")
    source, target = (VectorSet.load(folder / side) for side in ("source", "target"))
    assert np.allclose(space.vectors_NE[:120], alignment.map_source(source.vectors_WE), atol=1e-5)
    assert np.allclose(space.vectors_NE[120:], alignment.map_target(target.vectors_WE), atol=1e-5)


def test_other_vectors_than_the_alignment_had_are_one_line(aligned: Callable[..., Path]) -> None:
    folder = aligned()
    own = given(folder)
    changed = replace(own, vectors={**own.vectors, "target": folder / "source"})
    settings = refined(alignment="base", side="source", refiners=[CENTERED])
    with pytest.raises(InputError, match="target of alignment 'base' was made from other vectors"):
        make_vectors(settings, changed, folder / "made")


def test_translations_need_two_languages(aligned: Callable[..., Path]) -> None:
    folder = aligned()
    graph = {"format": "dictionaries", "dictionaries": [dictionary()]}
    refiner = {"name": "retrofitting", "graphs": [graph]}
    with pytest.raises(ConfigError, match="needs the words of two languages"):
        make_vectors(refined(vectors="source", refiners=[refiner]), given(folder), folder / "made")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"refiners": [CENTERED]}, "name either `vectors` or `alignment`"),
        ({"vectors": "a", "alignment": "b", "refiners": [CENTERED]}, "name either"),
        ({"alignment": "b", "refiners": [CENTERED]}, "`side` belongs to `alignment`"),
        ({"vectors": "a", "side": "source", "refiners": [CENTERED]}, "`side` belongs"),
        ({"vectors": "a", "refiners": []}, "at least 1 item"),
        ({"vectors": "a", "refiners": [{"name": "polish"}]}, "polish"),
    ],
)
def test_mistakes_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        refined(**settings)
