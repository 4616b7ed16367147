"""What holds for every method in the dictionary, over random vocabularies.

A new method is tested here as soon as it has its entry; the few sets below say what a method does
not promise.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from lingraft.initialization.initialize import initialize, method_weights
from lingraft.initialization.methods import METHODS
from lingraft.initialization.weights import Provenance
from lingraft.numeric import sparse
from lingraft.tokenizers.token_table import TokenTable

KINDS = ["wordpiece", "bytes", "metaspace"]
WORLDS = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 3),
        "source_kind": st.sampled_from(KINDS),
        "target_kind": st.sampled_from(KINDS),
    }
)
# Weights of either sign.
SIGNED = {"clp", "tokensurgeon"}
# Methods that copy every token that both vocabularies have.
COPYING = {"ofa", "focus", "clp", "fvt", "tokensurgeon", "lexical", "tokalign"}

few = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def run(toy, method, world, **options):
    return initialize(world, toy.settings(method, **options))


@few
@given(spec=WORLDS)
def test_copied_rows_are_bit_identical(toy, method, spec):
    world = toy.world(**spec)
    result = run(toy, method, world)
    for code in (Provenance.ROLE, Provenance.EXACT, Provenance.FUZZY):
        rows = result.weights.rows(code)
        source = result.weights.matrix_TS[rows].indices
        assert len(source) == len(rows)
        np.testing.assert_array_equal(result.embeddings_TD[rows], world.embeddings_SD[source])
        np.testing.assert_array_equal(result.output_TD[rows], world.output_SD[source])


@few
@given(spec=WORLDS)
def test_special_tokens_are_copied_by_role(toy, method, spec):
    world = toy.world(**spec)
    result = run(toy, method, world)
    for role, target in world.target.roles.items():
        assert result.weights.provenance_T[target] == Provenance.ROLE
        np.testing.assert_array_equal(
            result.embeddings_TD[target], world.embeddings_SD[world.source.id_of_role(role)]
        )


@few
@given(spec=WORLDS)
def test_the_identity_tokenizer_gives_the_identity(toy, method, spec):
    if method not in COPYING:
        pytest.skip("does not copy the overlap")
    world = toy.world(**spec, same=True)
    result = run(toy, method, world)
    np.testing.assert_array_equal(result.embeddings_TD, world.embeddings_SD[: len(world.target)])


@few
@given(spec=WORLDS)
def test_weights_are_convex(toy, method, spec):
    if method in SIGNED:
        pytest.skip("weights of either sign")
    world = toy.world(**spec)
    result = run(toy, method, world)
    rows = result.weights.rows(Provenance.COMBINED)
    weights = csr_array(result.weights.matrix_TS[rows])
    assert (weights.data >= 0).all()
    np.testing.assert_allclose(sparse.row_sums(weights), 1.0, atol=1e-6)
    for row, combined in zip(range(len(rows)), result.embeddings_TD[rows], strict=True):
        parts = world.embeddings_SD[weights[[row]].indices]
        assert (combined >= parts.min(axis=0) - 1e-5).all()
        assert (combined <= parts.max(axis=0) + 1e-5).all()


@few
@given(spec=WORLDS)
def test_only_source_tokens_are_combined(toy, method, spec):
    """Padding rows of the source, and ids without a token, never get weight."""
    world = toy.world(**spec)
    weights = method_weights(world, toy.settings(method))
    assert set(weights.matrix_TS.indices) <= set(world.candidate_ids)


@few
@given(spec=WORLDS)
def test_rows_are_finite_and_not_zero(toy, method, spec):
    world = toy.world(**spec)
    result = run(toy, method, world)
    assert np.isfinite(result.embeddings_TD).all()
    assert result.embeddings_TD.any(axis=1).all()
    counts = [len(result.weights.rows(code)) for code in Provenance]
    assert sum(counts) == len(world.target)


@few
@given(spec=WORLDS)
def test_one_w_serves_every_matrix(toy, method, spec):
    world = toy.world(**spec)
    result = run(toy, method, world, bias="combine")
    both = np.concatenate([world.embeddings_SD, world.output_SD, world.bias_S[:, None]], axis=1)
    expected = result.weights.apply(both)
    rows = result.weights.rows(
        Provenance.ROLE, Provenance.EXACT, Provenance.FUZZY, Provenance.COMBINED
    )
    ours = [result.embeddings_TD, result.output_TD, result.bias_T[:, None]]
    np.testing.assert_allclose(np.concatenate(ours, axis=1)[rows], expected[rows], atol=1e-5)


@few
@given(spec=WORLDS)
def test_coordinates_times_primitives_are_the_full_rows(toy, method, spec):
    world = toy.world(**spec)
    full = run(toy, method, world)
    wide = (
        np.random.default_rng(0).normal(size=(world.embeddings_SD.shape[1], 30)).astype(np.float32)
    )
    world = replace(world, embeddings_SD=world.embeddings_SD @ wide)  # of rank 24 in 30 dimensions
    factored = run(toy, method, world, width=24)
    assert factored.embeddings_TD.shape == (len(world.target), 24)
    rows = full.weights.rows(
        Provenance.ROLE, Provenance.EXACT, Provenance.FUZZY, Provenance.COMBINED
    )
    product = (factored.embeddings_TD @ factored.primitives_RD)[rows]
    np.testing.assert_allclose(product, (full.embeddings_TD @ wide)[rows], atol=2e-4)


@few
@given(spec=WORLDS)
def test_the_same_seed_gives_the_same_bits(toy, method, spec):
    world = toy.world(**spec)
    once, again = run(toy, method, world), run(toy, method, world)
    np.testing.assert_array_equal(once.embeddings_TD, again.embeddings_TD)
    np.testing.assert_array_equal(once.bias_T, again.bias_T)


@few
@given(spec=WORLDS)
def test_permuting_target_ids_permutes_rows(toy, method, spec):
    world = toy.world(**spec)
    order = np.random.default_rng(spec["seed"]).permutation(len(world.target))
    moved = replace(world, target=TokenTable.of(toy.permuted(world.target.tokenizer, order)))
    assert [moved.target.tokens[i] for i in order] == world.target.tokens
    before, after = run(toy, method, world), run(toy, method, moved)
    np.testing.assert_allclose(after.embeddings_TD[order], before.embeddings_TD, atol=1e-5)
    np.testing.assert_array_equal(after.weights.provenance_T[order], before.weights.provenance_T)


@few
@given(spec=WORLDS)
def test_permuting_source_ids_changes_nothing(toy, method, spec):
    world = toy.world(**spec)
    tokens = len(world.source)
    order = np.random.default_rng(spec["seed"]).permutation(tokens)
    inverse = np.concatenate([np.argsort(order), np.arange(tokens, world.columns)])
    moved = replace(
        world,
        source=TokenTable.of(toy.permuted(world.source.tokenizer, order)),
        embeddings_SD=world.embeddings_SD[inverse],
        output_SD=world.output_SD[inverse],
        bias_S=world.bias_S[inverse],
    )
    # Of tokens with equal vectors the smaller id is taken, so a tie at the last neighbor may fall
    # otherwise; where all tokens are neighbors there is no last one.
    has_neighbors = "neighbors" in type(toy.settings(method)).model_fields
    everyone = {"neighbors": tokens} if has_neighbors else {}
    before, after = (run(toy, method, request, **everyone) for request in (world, moved))
    same = np.isclose(after.embeddings_TD, before.embeddings_TD, atol=1e-4).all(axis=1)
    assert same.mean() > 0.9


@few
@given(spec=WORLDS)
def test_filled_rows_do_not_move_when_tokens_are_added(toy, method, spec):
    world = toy.world(**spec)
    before = run(toy, method, world)
    import copy

    tokenizer = copy.deepcopy(world.target.tokenizer)
    tokenizer.add_tokens(["zzqq", "qqzz"])
    after = run(toy, method, replace(world, target=TokenTable.of(tokenizer)))
    filled = before.weights.rows(Provenance.FILL)
    filled = filled[after.weights.provenance_T[filled] == Provenance.FILL]
    np.testing.assert_array_equal(after.embeddings_TD[filled], before.embeddings_TD[filled])


@few
@given(spec=WORLDS)
def test_extensions_keep_the_rows_of_the_source(toy, method, spec):
    import copy

    world = toy.world(**spec)
    tokenizer = copy.deepcopy(world.source.tokenizer)
    tokenizer.add_tokens([t for t in world.target.texts if t and t not in world.source.ids][:40])
    world = replace(world, target=TokenTable.of(tokenizer))
    result = run(toy, method, world, extends_source=True)
    old = len(world.source)
    np.testing.assert_array_equal(result.embeddings_TD[:old], world.embeddings_SD[:old])
    assert len(result.embeddings_TD) == len(tokenizer) > old


@few
@given(spec=WORLDS, how=st.sampled_from(["mean", "neighbors"]))
def test_rescaling_touches_combined_rows_only(toy, method, spec, how):
    world = toy.world(**spec)
    plain, scaled = run(toy, method, world), run(toy, method, world, rescale=how)
    combined = plain.weights.provenance_T == Provenance.COMBINED
    np.testing.assert_array_equal(scaled.embeddings_TD[~combined], plain.embeddings_TD[~combined])
    if how == "mean" and combined.any():
        norms = np.linalg.norm(world.embeddings_SD[world.candidate_ids], axis=1)
        ours = np.linalg.norm(scaled.embeddings_TD[combined], axis=1)
        np.testing.assert_allclose(ours, norms.mean(), rtol=1e-4)


def test_every_method_has_settings(toy, method):
    assert toy.settings(method).method == method
    assert method in METHODS
