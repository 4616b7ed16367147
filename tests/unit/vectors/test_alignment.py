import json
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from lingraft.artifacts import new_artifact
from lingraft.errors import ArtifactError, InputError
from lingraft.vectors.aligners import ALIGNERS
from lingraft.vectors.aligners.procrustes import Procrustes
from lingraft.vectors.alignment import Alignment, align
from lingraft.vectors.vectorset import VectorSet
from lingraft.vectors.word_pairs import WordPair


def test_wechsel_preset_is_its_computation(plant) -> None:
    planted = plant(noise=0.3)
    pairs = planted.pairs(0, 100)
    found = align(planted.source, planted.target, pairs, preset="wechsel")
    source, target = planted.source, planted.target
    # `s1`.title() is `S1`, not in vocabulary: raw and lower remain on both sides, four times.
    rows = [(source.index[p.source], target.index[p.target]) for p in pairs for _ in range(4)]
    x, y = (
        np.array([v[r] for r in c])
        for v, c in zip(
            (source.vectors_WE, target.vectors_WE), zip(*rows, strict=True), strict=True
        )
    )
    expected, _ = orthogonal_procrustes(x.astype(np.float64), y.astype(np.float64))
    assert np.allclose(found.source_map_EK, expected, atol=1e-9)
    assert np.array_equal(found.target_map_EK, np.eye(20)) and found.steps == ()
    assert np.array_equal(found.map_target(target.vectors_WE), target.vectors_WE)
    assert found.pairs == 400 and found.rank == 20


@pytest.mark.parametrize("normalization", ["wechsel", "muse", "fasttext", "vecmap"])
@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize("method", ["procrustes", "refinement", "vecmap"])
def test_both_sides_meet(plant, normalization: str, center: bool, method: str) -> None:
    planted = plant()
    settings = ALIGNERS[method](method=method, normalization=normalization, center=center)  # type: ignore[arg-type]
    found = align(planted.source, planted.target, planted.pairs(0, 150), settings)
    unseen = [f"s{i}" for i in range(150, 400)], [f"t{i}" for i in range(150, 400)]
    x = found.map_source(planted.source.vectors_of(unseen[0]))
    y = found.map_target(planted.target.vectors_of(unseen[1]))
    cosine = (x * y).sum(1) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1)
    assert cosine.min() > 0.999


def test_zero_vectors_stay_zero_and_dtype_is_kept(plant) -> None:
    planted = plant()
    found = align(planted.source, planted.target, planted.pairs(0, 150))
    for dtype in (np.float32, np.float64):
        mapped = found.map_source(np.zeros((2, 20), dtype))
        assert mapped.dtype == dtype and not mapped.any()


@pytest.mark.parametrize("longer", ["source", "target"])
def test_longer_vectors_are_reduced_on_either_side(plant, longer: str) -> None:
    planted = plant()
    generator = np.random.default_rng(1)
    sides = {"source": planted.source, "target": planted.target}
    own = sides[longer]
    more = np.hstack([own.vectors_WE, 0.01 * generator.normal(size=(len(own), 4))])
    turn = np.linalg.qr(generator.normal(size=(24, 24)))[0]
    sides[longer] = VectorSet(own.words, (more @ turn).astype(np.float32))
    settings = Procrustes(normalization="wechsel", center=True)
    found = align(sides["source"], sides["target"], planted.pairs(0, 150), settings)
    x = found.map_source(sides["source"].vectors_of([f"s{i}" for i in range(150, 400)]))
    y = found.map_target(sides["target"].vectors_of([f"t{i}" for i in range(150, 400)]))
    cosine = (x * y).sum(1) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1)
    assert x.shape[1] == y.shape[1] == 20 and cosine.min() > 0.99


def test_artifact_round_trip_and_damage(plant, tmp_path: Path) -> None:
    planted = plant()
    found = align(planted.source, planted.target, planted.pairs(0, 150))
    with new_artifact(tmp_path / "a", "alignment") as folder:
        found.save(folder)
    loaded = Alignment.load(tmp_path / "a")
    assert loaded.steps == found.steps and (loaded.rank, loaded.pairs) == (20, 150)
    x = planted.source.vectors_WE
    assert np.array_equal(loaded.map_source(x), found.map_source(x))
    (tmp_path / "a" / "mapping.npz").write_bytes(b"")
    with pytest.raises(ArtifactError, match=r"mapping\.npz has 0 bytes"):
        Alignment.load(tmp_path / "a")
    with pytest.raises(InputError, match="is not an alignment"):
        Alignment.load(tmp_path)
    for content in (b"", b"no zip", b"PK\x03\x04"):  # by hand, without a manifest
        (tmp_path / "mapping.npz").write_bytes(content)
        with pytest.raises(InputError, match=f"alignment {tmp_path} is damaged"):
            Alignment.load(tmp_path)


def test_mistakes_are_answered_in_one_line(plant) -> None:
    planted = plant()
    with pytest.raises(InputError, match="shares no word pair with the vectors of eng_Latn"):
        align(planted.source, planted.target, [WordPair("x", "y")])
    found = align(planted.source, planted.target, planted.pairs(0, 150))
    with pytest.raises(InputError, match="dimension 7 do not fit an alignment of dimension 20"):
        found.map_source(np.zeros((1, 7), np.float32))
    with pytest.raises(ValueError, match="preset"):
        align(planted.source, planted.target, planted.pairs(0, 9), preset="vecmap")


def test_the_precision_on_held_out_words_is_read_with_the_map(plant, tmp_path: Path) -> None:
    planted = plant()
    align(planted.source, planted.target, planted.pairs(0, 150)).save(tmp_path)
    assert Alignment.load(tmp_path).precision is None  # nothing says it
    for covered, precision, expected in (
        (99, 1 / 3, 33.5 / 100),
        (3, 0.0, 0.5 / 4),
        (0, 0.0, None),
    ):
        measured = {
            "source_words": {"covered": covered},
            "precision": {"csls": {"p_at_1_covered": precision}},
        }
        (tmp_path / "metrics.json").write_text(json.dumps(measured))
        assert Alignment.load(tmp_path).precision == (expected and pytest.approx(expected))


def test_metrics_without_a_precision_are_one_line(plant, tmp_path: Path) -> None:
    planted = plant()
    align(planted.source, planted.target, planted.pairs(0, 150)).save(tmp_path)
    (tmp_path / "metrics.json").write_text("{}")
    with pytest.raises(InputError, match=r"is damaged .* make it again"):
        Alignment.load(tmp_path)
