"""FOCUS against the authors' library (PyPI deepfocus 1.0.1)."""

from dataclasses import replace

import deepfocus as theirs
import fasttext
import numpy as np
import pytest
import torch
from tokenizers import AddedToken
from transformers import PreTrainedTokenizerFast

from lingraft.initialization.initialize import initialize
from lingraft.initialization.methods.focus import Focus
from lingraft.initialization.request import Request
from lingraft.initialization.stage import EvidencePaths
from lingraft.initialization.weights import Provenance
from lingraft.tokenizers.token_table import TokenTable


@pytest.fixture(scope="module")
def token_model(world, tmp_path_factory):
    """Vectors of the target's tokens, as a file that the library reads too."""
    path = tmp_path_factory.mktemp("focus") / "tokens.bin"
    lines = world.text.read_text("utf-8").split("\n")
    tokenized = path.with_suffix(".txt")
    tokenized.write_text("\n".join(" ".join(world.target.tokenize(x)) for x in lines), "utf-8")
    model = fasttext.train_unsupervised(
        str(tokenized), model="cbow", dim=20, minCount=3, thread=1, bucket=5000, verbose=0
    )
    model.save_model(str(path))
    return path


def compare(ours, matrix):
    np.testing.assert_allclose(ours.embeddings_TD, matrix.numpy(), atol=1e-5)


def make_request(world, evidence, target=None):
    return Request(
        TokenTable(world.source),
        TokenTable(target or world.target),
        world.embeddings,
        evidence=evidence,
    )


OPTIONS = [
    ({}, {}),
    ({"overlap": "case-and-space"}, {"fuzzy_match_all": True}),
    ({"match_symbols": True}, {"match_symbols": True}),
]


@pytest.mark.parametrize(("ours", "their_options"), OPTIONS)
def test_token_level(world, token_model, ours, their_options):
    matrix = theirs.FOCUS(
        world.target,
        world.source,
        torch.from_numpy(world.embeddings).float(),
        fasttext_model_path=str(token_model),
        verbosity="silent",
        **their_options,
    )
    request = make_request(world, EvidencePaths(token_vectors=token_model).load())
    result = initialize(request, Focus(mode="reference", **ours))
    compare(result, matrix)
    assert len(result.weights.rows(Provenance.FILL)) > 10  # fallback rows are compared as well


@pytest.mark.parametrize(("ours", "their_options"), OPTIONS)
def test_word_level(world, ours, their_options):
    matrix = theirs.FOCUS(
        world.target,
        world.source,
        torch.from_numpy(world.embeddings).float(),
        auxiliary_embedding_mode="fasttext-wordlevel",
        language_identifier=str(world.target_file),
        verbosity="silent",
        **their_options,
    )
    request = make_request(world, EvidencePaths(target_vectors=[world.target_file]).load())
    compare(initialize(request, Focus(mode="reference", auxiliary="word", **ours)), matrix)


@pytest.mark.parametrize("auxiliary", ["token", "word"])
def test_extension(world, token_model, auxiliary):
    """The source's vocabulary with the target's tokens appended."""
    extended = PreTrainedTokenizerFast.from_pretrained(world.source.name_or_path)
    new = [t for t in world.target.get_vocab() if t not in extended.get_vocab()]
    extended.add_tokens([AddedToken(token, normalized=False) for token in sorted(new)])
    files = EvidencePaths(target_vectors=[world.target_file])
    if auxiliary == "token":
        options = {"fasttext_model_path": str(token_model)}
        files = EvidencePaths(token_vectors=token_model)
    else:
        options = {
            "auxiliary_embedding_mode": "fasttext-wordlevel",
            "language_identifier": str(world.target_file),
        }
    matrix = theirs.FOCUS(
        extended,
        world.source,
        torch.from_numpy(world.embeddings).float(),
        extend_tokenizer=world.target,
        verbosity="silent",
        **options,
    )
    evidence = replace(files.load(), language_tokenizer=world.target)
    request = make_request(world, evidence, extended)
    result = initialize(request, Focus(mode="reference", auxiliary=auxiliary))
    compare(result, matrix)
    assert len(result.weights.rows(Provenance.COMBINED)) > 20
