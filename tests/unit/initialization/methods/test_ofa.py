"""OFA's random baseline: the overlap is copied, exactly or up to case, the rest is drawn."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from small_world import small_request, target_tokenizer

from lingraft.experiment.loading import load
from lingraft.initialization.initialize import initialize
from lingraft.initialization.methods.ofa import Ofa, select_words
from lingraft.initialization.weights import Provenance
from lingraft.vectors.alignment import Alignment
from lingraft.vectors.vectorset import VectorSet

PAPERS = Path(__file__).parents[4] / "config" / "paper"


def test_without_neighbors_nothing_but_the_overlap_is_known():
    settings = Ofa(mode="reference", neighbors=0, bias="zero")
    assert not settings.takes and not settings.needs and not settings.takes_multilingual_vectors
    pieces = ["<pad>", "<unk>", "big", "BIG", "Red", "nyumba"]
    request = small_request(target_tokenizer(pieces))
    result = initialize(request, settings)
    source, ids = request.embeddings_SD, request.target.ids
    assert (result.embeddings_TD[ids["big"]] == source[request.source.ids["big"]]).all()
    assert (result.embeddings_TD[ids["BIG"]] == source[request.source.ids["big"]]).all()
    assert result.weights.provenance_T[ids["BIG"]] == Provenance.FUZZY
    drawn_TD = np.random.RandomState(114514).normal(
        source.astype(np.float64).mean(0), source.astype(np.float64).std(0), (len(ids), 6)
    )
    row = ids["nyumba"]
    np.testing.assert_allclose(result.embeddings_TD[row], drawn_TD[row], rtol=1e-6)


@pytest.mark.parametrize("paper", ["ofa-mono", "ofa-multi", "hyperofa-table3"])
def test_the_random_rows_of_the_papers_are_that_baseline(paper):
    found = load(PAPERS / f"{paper}.yaml").initializations
    random = [block for name, block in found.items() if name.startswith("random")]
    assert {(block.method, block.mode, block.neighbors) for block in random} == {
        ("ofa", "reference", 0)
    }
    assert {block.overlap for block in random} == {"case"}


def test_languages_say_whose_words_describe_the_tokens():
    words = ["house", "swh:nyumba", "deu:nyumba"]
    vectors_WE = np.eye(3, dtype=np.float32)
    space = VectorSet(words, vectors_WE)
    for language, row_E in (("swh", vectors_WE[1]), ("deu", vectors_WE[2])):
        found, vectors = select_words(space, [language], None)
        assert found == ["nyumba"] and (vectors == row_E).all()
    request = small_request(multilingual_vectors=space)
    known = {
        language: initialize(
            request,
            Ofa(overlap="none", bias="zero", source_languages=["eng"], target_languages=[language]),
        ).weights.provenance_T[request.target.ids["▁nyumba"]]
        for language in ("swh", "eng")
    }
    assert known == {"swh": Provenance.COMBINED, "eng": Provenance.FILL}


def test_a_token_in_no_word_has_the_vector_of_its_text():
    letters = SimpleNamespace(get_word_vector=lambda text: np.eye(3)[len(text) % 3])
    source, target = (
        VectorSet([word], np.ones((1, 3), np.float32), model=letters, language=language)
        for word, language in (("house", "eng_Latn"), ("nyumba", "swh_Latn"))
    )
    same = Alignment(np.eye(3), np.eye(3), np.zeros(3), np.zeros(3))
    evidence = {"source_vectors": source, "target_vectors": [target], "alignments": [same]}
    request = small_request(**evidence)
    known = {
        is_on: initialize(
            request, Ofa(overlap="none", bias="zero", subwords=is_on)
        ).weights.provenance_T[request.target.ids["▁mti"]]
        for is_on in (True, False)
    }
    assert known == {True: Provenance.COMBINED, False: Provenance.FILL}
