"""FOCUS beside its parity with the authors' library: what only our options do."""

import numpy as np
from small_world import small_request

from lingraft.initialization.initialize import initialize
from lingraft.initialization.methods.focus import Focus
from lingraft.vectors.vectorset import VectorSet


def test_the_fallback_rows_of_the_reference_have_a_seed() -> None:
    vectors_WE = np.eye(3, 4, dtype=np.float32)
    request = small_request(token_vectors=VectorSet(["▁red", "▁1", "▁mti"], vectors_WE))
    rows = [
        initialize(request, Focus(mode="reference", bias="zero", **options)).embeddings_TD
        for options in ({}, {"reference_seed": 42}, {"reference_seed": 43})
    ]
    unknown, known = request.target.ids["zz"], request.target.ids["▁red"]
    assert (rows[0] == rows[1]).all()
    assert (rows[1][unknown] != rows[2][unknown]).any()
    assert (rows[1][known] == rows[2][known]).all()
