"""WECHSEL beside its parity with the authors' library: what only our options do."""

import numpy as np
from small_world import row, small_request

from lingraft.initialization.methods.wechsel import Wechsel
from lingraft.initialization.weights import Provenance
from lingraft.vectors.vectorset import VectorSet


def test_shared_tokens_are_combined_or_copied_as_asked() -> None:
    generator = np.random.default_rng(0)
    source, target = (
        VectorSet(words, generator.normal(size=(len(words), 4)).astype(np.float32))
        for words in (["the", "house", "red", "tree", "big"], ["nyumba", "red", "mti"])
    )
    request = small_request(source_vectors=source, target_vectors=[target])
    options = {"auxiliary": "word", "neighbors": 3}
    combined = Wechsel(**options).weights(request)
    copied = Wechsel(**options, copy_overlap="exact").weights(request)
    red = request.target.ids["▁red"]
    assert len(row(combined, request, "▁red")) == 3
    assert row(copied, request, "▁red") == {"red": 1.0}
    assert copied.provenance_T[red] == Provenance.EXACT
