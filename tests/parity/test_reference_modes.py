"""Reference modes against what the authors' code gave for pairs of kinds of tokenizers.

tests/golden/reference-modes/README.md says which code, and how its answers were made.
"""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from transformers import PreTrainedTokenizerFast

from lingraft.initialization.initialize import method_weights
from lingraft.initialization.methods.lexical import Lexical
from lingraft.initialization.methods.ofa import Ofa
from lingraft.initialization.methods.ramen import Ramen
from lingraft.initialization.methods.trans_tokenization import TransTokenization
from lingraft.initialization.request import Request
from lingraft.initialization.stage import EvidencePaths
from lingraft.initialization.weights import Provenance
from lingraft.tokenizers.token_table import TokenTable

FOLDER = Path(__file__).parent.parent / "golden" / "reference-modes"
EVIDENCE = EvidencePaths(
    source_vectors=FOLDER / "source.vec",
    target_vectors=[FOLDER / "target.vec"],
    parallel=[FOLDER / "parallel.tsv"],
)
METHODS = {
    "ofa-overlap": Ofa(mode="reference", neighbors=0),
    "ramen-vectors": Ramen(mode="reference", evidence="vectors", maximum_words=100),
    "trans-tokenization": TransTokenization(mode="reference", minimum_count=2),
    "zett-none": Lexical(mode="reference", pieces="none"),
    "zett-all-known": Lexical(mode="reference", pieces="all-known"),
    "zett-any-known": Lexical(mode="reference", pieces="any-known"),
}


@pytest.fixture(scope="module")
def answers():
    with np.load(FOLDER / "expected.npz") as stored:
        return {name: stored[name] for name in stored.files}


def cases():
    with np.load(FOLDER / "expected.npz") as stored:
        return sorted({name.rsplit("/", 1)[0] for name in stored.files})


def make_request(source, target):
    tables = [
        TokenTable(PreTrainedTokenizerFast.from_pretrained(FOLDER / kind))
        for kind in (source, target)
    ]
    embeddings_SD = np.random.default_rng(0).standard_normal((len(tables[0]), 4))
    return Request(*tables, embeddings_SD, evidence=EVIDENCE.load())


@pytest.mark.parametrize("case", cases())
def test_weights_are_those_of_the_authors_code(case, answers):
    method, kinds = case.split("/")
    request = make_request(*kinds.split("-"))
    settings = METHODS[method]
    weights = method_weights(request, settings)
    places = answers[f"{case}/rows"], answers[f"{case}/columns"]
    expected = csr_array((answers[f"{case}/weights"], places), shape=weights.matrix_TS.shape)
    ours, theirs = weights.matrix_TS.toarray(), expected.toarray()
    if method == "trans-tokenization":
        unknown = request.source.roles["unk"]
        ours[weights.rows(Provenance.FILL), unknown] = 1.0  # that is how these rows are filled
    compared = slice(None) if method == "ofa-overlap" else ~request.target.special_T
    np.testing.assert_allclose(ours[compared], theirs[compared], atol=1e-5)
    assert (theirs[compared] > 0).any(axis=1).sum() > 60


def test_of_bytes_that_decode_alike_only_the_last_is_copied():
    request = make_request("bytes", "gpt")
    decoded = np.array(request.target.decoded)
    partial = np.flatnonzero(decoded == "\ufffd")
    weights = method_weights(request, METHODS["ofa-overlap"])
    copied = np.intersect1d(partial, weights.rows(Provenance.EXACT))
    assert len(partial) > 100 and copied.tolist() == [partial[-1]]
