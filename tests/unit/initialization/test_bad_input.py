"""Unusable or odd evidence: a clear line, or a correct result; never NaN, never a silent row."""

from dataclasses import replace

import numpy as np
import pytest

from lingraft.errors import ConfigError, InputError
from lingraft.initialization.initialize import initialize
from lingraft.initialization.request import Evidence
from lingraft.initialization.weights import Provenance
from lingraft.tokenizers.token_table import TokenTable
from lingraft.vectors.vectorset import VectorSet


def run(toy, method, evidence, **options):
    world = replace(toy.world(0), evidence=evidence)
    return initialize(world, toy.settings(method, **options))


def set_of(words, dimension=6, value=None):
    vectors = np.random.default_rng(0).normal(size=(len(words), dimension)).astype(np.float32)
    if value is not None:
        vectors[0, 0] = value
    return VectorSet(words, vectors, language="eng_Latn")


WORDS = ["radio", "ok", "42", "Web"]


@pytest.mark.parametrize(
    ("method", "needs"),
    [
        ("wechsel", "`source_vectors=`"),
        ("ofa", "`multilingual_vectors=`"),
        ("focus", "`corpora=`.* or .*`token_vectors=`"),
    ],
)
def test_missing_evidence_is_named(toy, method, needs):
    with pytest.raises(ConfigError, match=needs):
        run(toy, method, Evidence())


def test_vectors_of_another_dimension(toy):
    evidence = Evidence(source_vectors=set_of(WORDS, 6), target_vectors=[set_of(WORDS, 5)])
    with pytest.raises(InputError, match="6 dimensions, target vectors 5"):
        run(toy, "wechsel", evidence)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("auxiliary", ["subword", "word"])
def test_nan_in_vectors(toy, value, auxiliary):
    evidence = Evidence(source_vectors=set_of(WORDS), target_vectors=[set_of(WORDS, value=value)])
    with pytest.raises(InputError, match="NaN or infinity"):
        run(toy, "wechsel", evidence, auxiliary=auxiliary)


def test_vectors_of_another_language(toy):
    strange = set_of(["ξένος", "άλλος"])
    with pytest.raises(InputError, match="no source token has a vector"):
        run(toy, "wechsel", Evidence(source_vectors=strange, target_vectors=[strange]))


def test_vectors_that_know_no_target_token_fill_every_row_and_say_so(toy):
    evidence = Evidence(source_vectors=set_of(WORDS), target_vectors=[set_of(["ξένος"])])
    result = run(toy, "wechsel", evidence)
    assert len(result.weights.rows(Provenance.COMBINED)) == 0
    assert len(result.weights.rows(Provenance.FILL)) > 50


@pytest.mark.parametrize("temperature", [1e-3, 1e-12, 1e-300])
@pytest.mark.parametrize("mode", ["default", "reference"])
def test_temperatures_at_which_a_naive_softmax_overflows(toy, temperature, mode):
    world = toy.world(0)
    result = initialize(world, toy.settings("wechsel", temperature=temperature, mode=mode))
    assert np.isfinite(result.embeddings_TD).all()


def test_more_neighbors_than_tokens(toy):
    result = initialize(toy.world(0), toy.settings("wechsel", neighbors=10_000))
    assert np.isfinite(result.embeddings_TD).all()


def test_words_with_spaces_are_words_of_their_tokens(toy):
    words = ["radio ok", "42 Web"]
    evidence = Evidence(source_vectors=set_of(words), target_vectors=[set_of(words)])
    result = run(toy, "wechsel", evidence, auxiliary="word")
    assert len(result.weights.rows(Provenance.COMBINED)) > 2


def test_focus_without_overlap(toy):
    world = toy.world(0)
    strange = world.source.canonical[:]
    target = toy.world(0).target
    source = TokenTable(world.source.tokenizer)
    source.__dict__["canonical"] = ["ξ" + key for key in strange]
    with pytest.raises(InputError, match="share none"):
        initialize(replace(world, source=source, target=target), toy.settings("focus"))


def test_a_source_tokenizer_longer_than_the_matrix(toy, method):
    world = toy.world(0)
    rows = len(world.source) - 20
    short = replace(
        world,
        embeddings_SD=world.embeddings_SD[:rows],
        output_SD=world.output_SD[:rows],
        bias_S=world.bias_S[:rows],
    )
    result = initialize(short, toy.settings(method))
    assert result.weights.matrix_TS.shape[1] == rows
    assert np.isfinite(result.embeddings_TD).all()


def test_nan_in_the_source_model(toy):
    world = toy.world(0)
    broken = world.embeddings_SD.copy()
    broken[3, 3] = np.nan
    with pytest.raises(InputError, match="embeddings has NaN"):
        replace(world, embeddings_SD=broken)


def test_width_beyond_the_model(toy):
    with pytest.raises(InputError, match="width 99 is more"):
        initialize(toy.world(0), toy.settings("mean", width=99))


def test_unigram_without_a_corpus(toy):
    world = replace(toy.world(0), evidence=Evidence())
    with pytest.raises(ConfigError, match="unigram needs a corpus"):
        initialize(world, toy.settings("mean", bias="unigram"))
    assert initialize(world, toy.settings("mean")).facts["bias"] == "zero"


def test_unknown_languages_of_a_multilingual_space(toy):
    words = [f"eng:{word}" for word in WORDS]
    evidence = Evidence(multilingual_vectors=set_of(words))
    with pytest.raises(InputError, match="have eng, not xyz"):
        run(toy, "ofa", evidence, source_languages=["xyz"])
