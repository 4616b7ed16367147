import numpy as np
import pytest

from lingraft.errors import InputError
from lingraft.numeric.rows import unit_rows
from lingraft.vectors.aligners import ALIGNERS
from lingraft.vectors.aligners.procrustes import Procrustes
from lingraft.vectors.alignment import align
from lingraft.vectors.multilingual import merge_spaces
from lingraft.vectors.vectorset import VectorSet


@pytest.mark.parametrize("normalization", ["wechsel", "vecmap"])
def test_translations_meet_under_prefixed_keys(plant, normalization: str) -> None:
    planted = plant()
    settings = Procrustes(normalization=normalization)  # type: ignore[arg-type]
    found = align(planted.source, planted.target, planted.pairs(0, 200), settings)
    merged = merge_spaces(planted.source, [(planted.target, found)])
    assert merged.words[0] == "eng:s0" and f"swh:{planted.target.words[5]}" in merged.index
    assert np.allclose(np.linalg.norm(merged.vectors_WE, axis=1), 1, atol=1e-5)
    for i in range(200, 400):
        assert merged.vectors_of([f"eng:s{i}"])[0] @ merged.vectors_of([f"swh:t{i}"])[0] > 0.999
    assert merged.counts_W is not None and len(merged.counts_W) == 800


@pytest.mark.parametrize("method", ["procrustes", "vecmap"])
def test_cosines_stay_those_of_the_common_space(plant, method: str) -> None:
    planted = plant(noise=0.5)
    settings = ALIGNERS[method](method=method)  # type: ignore[arg-type]
    found = align(planted.source, planted.target, planted.pairs(0, 200), settings)
    x = unit_rows(found.map_source(planted.source.vectors_WE))
    y = unit_rows(found.map_target(planted.target.vectors_WE))
    merged = merge_spaces(planted.source, [(planted.target, found)]).vectors_WE
    assert np.allclose(merged[:400] @ merged[400:].T, x @ y.T, atol=1e-5)


def test_three_languages_share_one_space(plant) -> None:
    planted, other = plant(), plant(noise=0.01)
    third = VectorSet(other.target.words, other.target.vectors_WE, language="deu_Latn")
    first = align(planted.source, planted.target, planted.pairs(0, 200))
    second = align(planted.source, third, planted.pairs(0, 200))
    merged = merge_spaces(
        planted.source, [(planted.target, first), (third, second)], prefix_source=False
    )
    assert merged.words[0] == "s0" and merged.counts_W is None
    cosines = [
        merged.vectors_of([f"swh:t{i}"])[0] @ merged.vectors_of([f"deu:t{i}"])[0]
        for i in range(400)
    ]
    assert min(cosines) > 0.99


def test_languages_must_be_known_and_distinct(plant) -> None:
    planted = plant()
    found = align(planted.source, planted.target, planted.pairs(0, 200))
    unnamed = VectorSet(planted.target.words, planted.target.vectors_WE)
    with pytest.raises(InputError, match="say their language"):
        merge_spaces(planted.source, [(unnamed, found)])
    with pytest.raises(InputError, match="distinct"):
        merge_spaces(planted.source, [(planted.source, found)])
    with pytest.raises(InputError, match="at least one"):
        merge_spaces(planted.source, [])
