import sys

import numpy as np
import pytest

from lingraft.errors import InputError
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.refiners.quantization import Quantization
from lingraft.vectors.word_space import WordSpace


def quantize(space: WordSpace, **options: object) -> WordSpace:
    settings = Quantization.model_validate({"name": "quantization", **options})
    return settings.refine(space, VectorInputs())


def test_a_byte_a_number_loses_little(space: WordSpace) -> None:
    result = quantize(space, codes="int8")
    step_E = np.abs(space.vectors_NE).max(axis=0) / 127
    assert (np.abs(result.vectors_NE - space.vectors_NE) <= step_E / 2 + 1e-12).all()
    (facts,) = result.facts
    assert facts["bytes_float32"] == 40 * 6 * 4 and facts["bytes"] == 40 * 6 + 6 * 4
    assert facts["cosine"] > 0.999 and facts["error"] < 0.001
    assert result.take(0).vectors_WE.dtype == np.float32


@pytest.mark.skipif(sys.platform != "linux", reason="faiss is installed on Linux alone")
def test_parts_of_vectors_are_centers(space: WordSpace) -> None:
    result = quantize(space, parts=3, bits=2)
    for part in range(3):
        centers = np.unique(result.vectors_NE[:, 2 * part : 2 * part + 2], axis=0)
        assert len(centers) <= 4
    fine, coarse = quantize(space, parts=3, bits=5).facts[0], result.facts[0]
    assert fine["error"] < coarse["error"] and fine["bytes"] > coarse["bytes"]


def test_what_does_not_fit_is_one_line(space: WordSpace) -> None:
    with pytest.raises(InputError, match="4 parts do not divide a vector of 6; change `parts`"):
        quantize(space, parts=4)
    with pytest.raises(InputError, match="8 bits need 256 words, and there are 40; lower `bits`"):
        quantize(space, parts=3)
