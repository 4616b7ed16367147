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


def test_without_ngrams_a_piece_has_the_mean_of_the_words_with_it() -> None:
    """The piece `s` is no word: its vector is that of `houses`, in which it is."""
    source = VectorSet(["the", "house", "red"], np.eye(3, 4, dtype=np.float32))
    target = VectorSet(["nyumba", "trees"], np.eye(2, 4, dtype=np.float32))
    request = small_request(source_vectors=source, target_vectors=[target])
    texts = request.target.texts
    found_VE = Wechsel()._token_vectors(request.target, target)
    assert texts.count("s") == 1
    np.testing.assert_allclose(found_VE[request.target.ids["▁nyumba"]], target.vectors_WE[0])
    np.testing.assert_allclose(found_VE[request.target.ids["s"]], target.vectors_WE[1])
    assert not found_VE[request.target.special_T].any()
    reference = Wechsel(mode="reference")._token_vectors(request.target, target)
    assert not reference[request.target.ids["s"]].any()
    assert row(Wechsel().weights(request), request, "s") != {}
