import numpy as np
import pytest

from lingraft.vectors.normalization import mean_before_centering, normalize, steps_of


def vectors() -> np.ndarray:
    made = np.random.default_rng(0).normal(1, 2, (50, 4)).astype(np.float32)
    made[7] = 0
    return made


def test_presets() -> None:
    assert steps_of("wechsel", False) == steps_of("muse", False) == ()
    assert steps_of("wechsel", True) == ("center",)
    assert steps_of("fasttext", False) == ("unit",)
    assert steps_of("fasttext", True) == steps_of("vecmap", False) == ("unit", "center", "unit")
    assert steps_of("vecmap", True) == ("unit", "center", "unit")


def test_no_step_changes_nothing() -> None:
    made = vectors()
    assert np.array_equal(normalize(made, (), mean_before_centering(made, ())), made)


@pytest.mark.parametrize("preset", ["wechsel", "muse", "fasttext", "vecmap"])
@pytest.mark.parametrize("center", [False, True])
def test_zero_vectors_stay_zero_and_dtype_is_kept(preset: str, center: bool) -> None:
    steps = steps_of(preset, center)
    for made in (vectors(), vectors().astype(np.float64)):
        result = normalize(made, steps, mean_before_centering(made, steps))
        assert result.dtype == made.dtype
        assert not result[7].any() and np.isfinite(result).all()


def test_vecmap_is_unit_center_unit() -> None:
    made = np.delete(vectors().astype(np.float64), 7, axis=0)
    steps = steps_of("vecmap", False)
    unit = made / np.linalg.norm(made, axis=1, keepdims=True)
    centered = unit - unit.mean(axis=0)
    expected = centered / np.linalg.norm(centered, axis=1, keepdims=True)
    assert np.allclose(normalize(made, steps, mean_before_centering(made, steps)), expected)
