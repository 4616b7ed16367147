"""All-but-the-top, principal components, whitening."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from lingraft.errors import InputError
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.refiners.all_but_the_top import AllButTheTop
from lingraft.vectors.refiners.pca import PrincipalComponents
from lingraft.vectors.word_space import WordSpace

NOTHING = VectorInputs()


def test_the_top_directions_are_gone(space: WordSpace) -> None:
    result = AllButTheTop(name="all-but-the-top", directions=2).refine(space, NOTHING)
    centered = space.vectors_NE - space.vectors_NE.mean(axis=0)
    _, singular, right = np.linalg.svd(centered, full_matrices=False)
    expected = centered - centered @ right[:2].T @ right[:2]
    assert np.abs(result.vectors_NE - expected).max() < 1e-10
    share = (singular[:2] ** 2).sum() / (singular**2).sum()
    assert result.facts[0]["variance"] == pytest.approx(share)
    assert AllButTheTop(name="all-but-the-top").refine(space, NOTHING).facts[0]["directions"] == 1


@pytest.mark.parametrize("name", ["pca", "whitening"])
def test_components_are_those_of_scikit_learn(space: WordSpace, name: str) -> None:
    settings = PrincipalComponents.model_validate({"name": name, "dimension": 3})
    result = settings.refine(space, NOTHING)
    oracle = PCA(3, whiten=name == "whitening")
    expected = oracle.fit_transform(space.vectors_NE)
    # It divides by N - 1, we by N; the signs of components are arbitrary.
    expected *= np.sqrt(40 / 39) if name == "whitening" else 1
    assert np.abs(np.abs(result.vectors_NE) - np.abs(expected)).max() < 1e-10
    assert result.facts[0]["variance"] == pytest.approx(oracle.explained_variance_ratio_.sum())
    assert result.take(0).dimension == 3


def test_too_many_directions_are_one_line(space: WordSpace) -> None:
    with pytest.raises(InputError, match="7 directions are too many for vectors of 6"):
        PrincipalComponents(name="pca", dimension=7).refine(space, NOTHING)
    with pytest.raises(InputError, match="6 directions are too many"):
        AllButTheTop(name="all-but-the-top", directions=6).refine(space, NOTHING)
    flat = space.moved(space.vectors_NE * np.array([1, 1, 1, 1, 0, 0]), {})
    with pytest.raises(InputError, match="vary in 4 directions alone, so 6 cannot be whitened"):
        PrincipalComponents(name="whitening").refine(flat, NOTHING)
