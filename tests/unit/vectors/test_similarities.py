import numpy as np
import pytest
import torch

from lingraft.vectors import similarities
from lingraft.vectors.similarities import Similarities


def unit(rows: int, seed: int) -> torch.Tensor:
    made = torch.randn(rows, 8, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.normalize(made, dim=1)


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("kept", [0, 2**31])
@pytest.mark.parametrize("sizes", [(40, 70), (300, 33), (5, 600)])
def test_both_directions_equal_the_plain_product(
    monkeypatch: pytest.MonkeyPatch, kept: int, sizes: tuple[int, int], is_known: bool
) -> None:
    monkeypatch.setattr(similarities, "_KEPT_BYTES", kept)
    source, target = unit(sizes[0], 0), unit(sizes[1], 1)
    cosines = (source.double() @ target.double().T).numpy()
    found = Similarities(sizes, torch.device("cpu"))
    found.multiply(target[: sizes[0]].repeat(99, 1)[: sizes[0]], target)  # the memory is used again
    found.multiply(source, target, (source[:, 0], target[:, 1]) if is_known else None)
    means = []
    for side, scores in enumerate((cosines, cosines.T)):
        top, mean = (part.numpy() for part in found.best(side, 10))
        ordered = np.sort(scores, axis=1)[:, ::-1]
        assert np.allclose(top, ordered[:, 0], atol=1e-6)
        assert np.allclose(mean, ordered[:, :10].mean(axis=1), atol=1e-6)
        means.append(mean)
    for side, scores in enumerate((cosines, cosines.T)):
        ranks = np.random.default_rng(side).integers(1, 6, len(scores))
        order = np.argsort(means[1 - side] / 2 - scores, axis=1)
        expected = order[np.arange(len(scores)), ranks - 1]
        penalty = torch.from_numpy(means[1 - side] / 2)
        translated = found.translations(side, penalty, torch.from_numpy(ranks))
        assert np.array_equal(translated.numpy(), expected)
