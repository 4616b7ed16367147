"""WECHSEL against the authors' library (PyPI wechsel 0.0.4)."""

from dataclasses import replace

import numpy as np
import pytest
import wechsel as theirs
from tests.parity.conftest import train

from lingraft.initialization.evidence.auxiliary import stripped
from lingraft.initialization.initialize import initialize
from lingraft.initialization.methods.wechsel import Wechsel
from lingraft.initialization.request import Evidence, Request
from lingraft.initialization.stage import EvidencePaths
from lingraft.initialization.weights import Provenance
from lingraft.tokenizers.token_table import TokenTable


@pytest.fixture(scope="module")
def request_of(world):
    return Request(
        TokenTable(world.source),
        TokenTable(world.target),
        world.embeddings,
        evidence=EvidencePaths(
            world.source_file, [world.target_file], dictionary=world.dictionary
        ).load(),
    )


def run_theirs(world, align=True, **options):
    transfer = theirs.WECHSEL(
        world.source_model,
        world.target_model,
        align_strategy="bilingual_dictionary" if align else None,
        bilingual_dictionary=str(world.dictionary),
    )
    return transfer, transfer.apply(world.source, world.target, world.embeddings, **options)


def cosines(world, transfer, use_subword_info, maximum_words=None):
    sides = []
    for tokenizer, model, transform in (
        (world.target, transfer.target_embeddings, transfer.target_transform),
        (world.source, transfer.source_embeddings, transfer.source_transform),
    ):
        vectors, _ = theirs.get_subword_embeddings_in_word_embedding_space(
            tokenizer, model, maximum_words, use_subword_info
        )
        vectors = transform(vectors)
        sides.append(vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-8))
    return sides[0] @ sides[1].T


@pytest.mark.parametrize("auxiliary", ["subword", "word"])
@pytest.mark.parametrize(("k", "temperature"), [(10, 0.1), (1, 1.0), (50, 1.0)])
def test_equal_to_the_library(world, request_of, count_ties, auxiliary, k, temperature):
    subword = auxiliary == "subword"
    transfer, (matrix, info) = run_theirs(
        world, use_subword_info=subword, neighbors=k, temperature=temperature
    )
    settings = Wechsel(mode="reference", auxiliary=auxiliary, neighbors=k, temperature=temperature)
    result = initialize(request_of, settings)
    similarity = cosines(world, transfer, subword)
    # Many rows are ties: a token with and without its leading space has one vector here.
    ties = count_ties(result.embeddings_TD, matrix, similarity, world.embeddings, k, temperature)
    assert ties < 0.4 * len(matrix)
    filled = world.target.convert_ids_to_tokens(result.weights.rows(Provenance.FILL).tolist())
    special = set(world.target.all_special_tokens)
    assert sorted(set(filled) - special) == sorted(set(info.not_found) - special)


def test_fewest_words(world, request_of, count_ties):
    transfer, (matrix, _) = run_theirs(world, use_subword_info=False, max_n_word_vectors=50)
    settings = Wechsel(mode="reference", auxiliary="word", maximum_words=50)
    result = initialize(request_of, settings)
    assert len(result.weights.rows(Provenance.FILL)) > 100  # fallback rows are compared as well
    similarity = cosines(world, transfer, False, 50)
    count_ties(result.embeddings_TD, matrix, similarity, world.embeddings, 10, 0.1)


def test_without_alignment(world, request_of, count_ties):
    transfer, (matrix, _) = run_theirs(world, align=False)
    evidence = Evidence(
        source_vectors=request_of.evidence.source_vectors,
        target_vectors=request_of.evidence.target_vectors,
    )
    request = Request(request_of.source, request_of.target, world.embeddings, evidence=evidence)
    result = initialize(request, Wechsel(mode="reference"))
    similarity = cosines(world, transfer, True)
    count_ties(result.embeddings_TD, matrix, similarity, world.embeddings, 10, 0.1)


def test_ngrams_of_two_characters_give_the_empty_text_a_vector(world, tmp_path, count_ties):
    """The bare mark of a space is an empty text, whose only n-gram is its edges, `<>`."""
    words = world.text.read_text("utf-8").split()[:400]
    model = train(tmp_path / "short.txt", words, minn=1, maxn=2)
    model.save_model(str(tmp_path / "short.bin"))
    short = replace(world, source_model=model, target_model=model)
    transfer, (matrix, _) = run_theirs(short, align=False)
    files = EvidencePaths(tmp_path / "short.bin", [tmp_path / "short.bin"])
    tables = TokenTable(world.source), TokenTable(world.target)
    request = Request(*tables, world.embeddings, evidence=files.load())
    result = initialize(request, Wechsel(mode="reference"))
    count_ties(
        result.embeddings_TD, matrix, cosines(short, transfer, True), world.embeddings, 10, 0.1
    )
    assert "" in stripped(TokenTable(world.target))
