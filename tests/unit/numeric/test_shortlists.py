"""Parts of the shortlists in floating point."""

import torch

from lingraft.numeric.selection import GROUP
from lingraft.numeric.shortlists import _best


def test_best_by_groups_equals_topk():
    scores = torch.randn(9, GROUP * 50, generator=torch.Generator().manual_seed(0))
    values, columns = _best(scores, 20)
    expected = scores.topk(20, dim=1)
    assert torch.equal(values, expected.values)
    assert torch.equal(columns, expected.indices)
