"""What holds for every method in the dictionary, over random vocabularies.

A case is a method, or a method with another value of one of its choices (`wechsel auxiliary=word`);
a new method, or a new choice, is tested here as soon as it exists. The few sets below say what a
method does not promise.
"""

import copy
import functools
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from scipy.sparse import csr_array
from transformers import AutoModelForMaskedLM, BertConfig, BertForMaskedLM

from lingraft.errors import InputError
from lingraft.initialization import weights
from lingraft.initialization.evidence import auxiliary
from lingraft.initialization.fill import filler
from lingraft.initialization.initialize import initialize, method_weights
from lingraft.initialization.installing.install import install, read_matrices
from lingraft.initialization.methods import Initialization
from lingraft.initialization.parallel import cells, held_out, word_alignment
from lingraft.initialization.weights import Provenance
from lingraft.numeric import neighbors, pursuit, sparse, sparsemax
from lingraft.tokenizers.token_table import TokenTable

KINDS = ["wordpiece", "bytes", "metaspace"]
WORLDS = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 1),
        "source_kind": st.sampled_from(KINDS),
        "target_kind": st.sampled_from(KINDS),
    }
)
# Weights of either sign.
SIGNED = {"clp", "tokensurgeon"}
# Methods that copy every token that both vocabularies have, unless this choice says otherwise.
COPYING = {"ofa", "focus", "clp", "fvt", "tokensurgeon", "lexical", "tokalign", "generated"}
NOT_COPYING = {"ofa overlap=none", "generated overlap=none"}
WITHOUT_MATRIX = {"byte-words"}
KNOWN = (Provenance.ROLE, Provenance.EXACT, Provenance.FUZZY, Provenance.COMBINED)

ADAPTER = TypeAdapter(Initialization)
few = settings(
    max_examples=3,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def every_tenth(source, _):
    return np.arange(len(source)) % 10 == 0


@pytest.fixture(autouse=True, scope="module")
def held_out_by_place():
    """Which pairs are held out follows from ids. Here ids move, so it follows from the place."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (held_out, word_alignment):
            patch.setattr(module, "held_out_pairs", every_tenth)
        yield


@functools.lru_cache(maxsize=1000)
def result_of(settings_text, world):
    return initialize(world, ADAPTER.validate_json(settings_text))


def run(toy, case, world, **options):
    """The result, which tests share: none may change it."""
    return result_of(toy.settings(case, **options).model_dump_json(exclude_unset=True), world)


def name_of(case):
    return case.split()[0]


@few
@given(spec=WORLDS)
def test_copied_rows_are_bit_identical(toy, case, spec):
    world = toy.world(**spec)
    result = run(toy, case, world)
    for code in (Provenance.ROLE, Provenance.EXACT, Provenance.FUZZY):
        rows = result.weights.rows(code)
        source = result.weights.matrix_TS[rows].indices
        assert len(source) == len(rows)
        np.testing.assert_array_equal(result.embeddings_TD[rows], world.embeddings_SD[source])
        np.testing.assert_array_equal(result.output_TD[rows], world.output_SD[source])


@few
@given(spec=WORLDS)
def test_special_tokens_are_copied_by_role(toy, case, spec):
    world = toy.world(**spec)
    result = run(toy, case, world)
    for role, target in world.target.roles.items():
        assert result.weights.provenance_T[target] == Provenance.ROLE
        np.testing.assert_array_equal(
            result.embeddings_TD[target], world.embeddings_SD[world.source.id_of_role(role)]
        )


@few
@given(spec=WORLDS)
def test_the_identity_tokenizer_gives_the_identity(toy, case, spec):
    if name_of(case) not in COPYING or case in NOT_COPYING:
        pytest.skip("does not copy the overlap")
    world = toy.world(**spec, same=True)
    result = run(toy, case, world)
    np.testing.assert_array_equal(result.embeddings_TD, world.embeddings_SD[: len(world.target)])


@few
@given(spec=WORLDS)
def test_one_neighbor_in_one_space_is_the_identity(toy, spec):
    """WECHSEL copies nothing, but a token with a vector of its own is its own nearest neighbor."""
    world = toy.world(**spec, same=True)
    evidence = replace(world.evidence, target_vectors=[world.evidence.source_vectors])
    world = replace(world, evidence=evidence)
    result = run(toy, "wechsel auxiliary=word", world, neighbors=1)
    rows = result.weights.rows(Provenance.COMBINED)
    itself = result.weights.matrix_TS[rows].indices == rows
    assert itself.mean() > 0.5  # tokens of the same words have equal vectors, the smallest wins
    np.testing.assert_array_equal(
        result.embeddings_TD[rows[itself]], world.embeddings_SD[rows[itself]]
    )


@few
@given(spec=WORLDS)
def test_weights_are_convex(toy, case, spec):
    if name_of(case) in SIGNED:
        pytest.skip("weights of either sign")
    world = toy.world(**spec)
    result = run(toy, case, world)
    rows = result.weights.rows(Provenance.COMBINED)
    # A mean row among the priors is dense.
    weights = np.array([result.weights.row(row) for row in rows]).reshape(len(rows), world.columns)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-6)
    for weights_S, combined in zip(weights, result.embeddings_TD[rows], strict=True):
        parts = world.embeddings_SD[weights_S > 0]
        assert (combined >= parts.min(axis=0) - 1e-5).all()
        assert (combined <= parts.max(axis=0) + 1e-5).all()
        assert np.linalg.norm(combined) <= np.linalg.norm(parts, axis=1).max() + 1e-5


@few
@given(spec=WORLDS)
def test_only_source_tokens_are_combined(toy, case, spec):
    """Padding rows of the source, and ids without a token, never get weight."""
    world = toy.world(**spec)
    weights = method_weights(world, toy.settings(case))
    assert set(weights.matrix_TS.indices) <= set(world.candidate_ids)


@few
@given(spec=WORLDS)
def test_rows_are_finite_and_not_zero(toy, case, spec):
    world = toy.world(**spec)
    result = run(toy, case, world)
    assert np.isfinite(result.embeddings_TD).all()
    assert result.embeddings_TD.any(axis=1).all()
    counts = [len(result.weights.rows(code)) for code in Provenance]
    assert sum(counts) == len(world.target)


@few
@given(spec=WORLDS)
def test_one_w_serves_every_matrix(toy, case, spec):
    world = toy.world(**spec)
    result = run(toy, case, world, bias="combine")
    both = np.concatenate([world.embeddings_SD, world.output_SD, world.bias_S[:, None]], axis=1)
    expected = result.weights.apply(both)
    rows = result.weights.rows(*KNOWN)
    ours = [result.embeddings_TD, result.output_TD, result.bias_T[:, None]]
    np.testing.assert_allclose(np.concatenate(ours, axis=1)[rows], expected[rows], atol=1e-5)


@few
@given(spec=WORLDS)
def test_coordinates_times_primitives_are_the_full_rows(toy, case, spec):
    if name_of(case) in WITHOUT_MATRIX:
        pytest.skip("has no matrix that could be factorized")
    world = toy.world(**spec)
    full = run(toy, case, world)
    wide = (
        np.random.default_rng(0).normal(size=(world.embeddings_SD.shape[1], 30)).astype(np.float32)
    )
    world = replace(world, embeddings_SD=world.embeddings_SD @ wide)  # of rank 24 in 30 dimensions
    factored = run(toy, case, world, width=24)
    assert factored.embeddings_TD.shape == (len(world.target), 24)
    rows = full.weights.rows(*KNOWN)
    product = (factored.embeddings_TD @ factored.primitives_RD)[rows]
    np.testing.assert_allclose(product, (full.embeddings_TD @ wide)[rows], atol=2e-4)


@few
@given(spec=WORLDS)
def test_the_same_seed_gives_the_same_bits(toy, case, spec):
    world = toy.world(**spec)
    once, again = (initialize(world, toy.settings(case)) for _ in range(2))
    np.testing.assert_array_equal(once.embeddings_TD, again.embeddings_TD)
    np.testing.assert_array_equal(once.bias_T, again.bias_T)


@few
@given(spec=WORLDS, scale=st.sampled_from([0.1, 7.0]))
def test_turned_and_scaled_spaces_change_nothing(toy, case, spec, scale):
    """Only angles count: in word vectors, token vectors and the donor's rows alike."""
    world = toy.world(**spec)
    moved = toy.turned(world, scale, spec["seed"])
    everyone = every_neighbor(toy, case, world)
    before, after = (run(toy, case, request, **everyone) for request in (world, moved))
    np.testing.assert_array_equal(after.weights.provenance_T, before.weights.provenance_T)
    np.testing.assert_allclose(after.embeddings_TD, before.embeddings_TD, atol=2e-4)


def every_neighbor(toy, case, world):
    """Options that leave no last neighbor: tokens with equal vectors tie for that place, and the
    smaller id, or a rounding error, decides."""
    has_neighbors = "neighbors" in type(toy.settings(case)).model_fields
    return {"neighbors": len(world.source)} if has_neighbors else {}


@pytest.mark.parametrize("threads", [1, 2])
def test_blocks_and_threads_change_nothing(toy, case, threads, monkeypatch):
    world = toy.world(0, "bytes", "metaspace")
    before = run(toy, case, world)
    for name, size in (("query_block", 7), ("key_block", 40)):
        monkeypatch.setitem(neighbors.nearest.__kwdefaults__, name, size)
    for module, name, size in (
        (auxiliary, "_BATCH", 9), (auxiliary, "_FLUSH", 50), (weights, "_COLUMN_BLOCK", 5),
        (sparsemax, "_BLOCK", 11), (pursuit, "_BATCH_NUMBERS", 5000),
        (cells, "_BLOCK_CELLS", 200),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, size)
    usual = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        after = initialize(world, toy.settings(case))
    finally:
        torch.set_num_threads(usual)
    np.testing.assert_array_equal(after.weights.provenance_T, before.weights.provenance_T)
    np.testing.assert_allclose(after.embeddings_TD, before.embeddings_TD, atol=1e-5)


@few
@given(spec=WORLDS)
def test_limits_of_the_temperature(toy, case, spec):
    if "temperature" not in type(toy.settings(case)).model_fields:
        pytest.skip("has no temperature")
    world = toy.world(**spec)
    cold = run(toy, case, world, temperature=1e-300)
    nearest = run(toy, case, world, neighbors=1)
    hot = run(toy, case, world, temperature=1e12, neighbors=4)
    assert np.isfinite(cold.embeddings_TD).all()
    combined = cold.weights.rows(Provenance.COMBINED)
    counts = sparse.row_support(csr_array(cold.weights.matrix_TS[combined]))
    alone = combined[counts == 1]  # tokens with equal vectors share the weight
    assert len(alone) > 5
    np.testing.assert_allclose(cold.embeddings_TD[alone], nearest.embeddings_TD[alone], atol=1e-6)
    uniform = csr_array(hot.weights.matrix_TS[hot.weights.rows(Provenance.COMBINED)])
    np.testing.assert_allclose(uniform.data, 0.25, atol=1e-9)


@few
@given(spec=WORLDS)
def test_filled_rows_follow_the_policy(toy, case, spec):
    world = toy.world(**spec)
    result = run(toy, case, world)
    filled = result.weights.rows(Provenance.FILL)
    policy = toy.settings(case).fill
    fill = filler(policy, world.seed, world.source.roles.get("unk"))
    source = world.embeddings_SD[world.candidate_ids].astype(np.float64)
    if policy == "unknown":
        source = world.embeddings_SD
    expected = fill(source, result.tokens, filled)
    np.testing.assert_allclose(result.embeddings_TD[filled], expected, rtol=1e-6, atol=1e-7)


@few
@given(spec=WORLDS)
def test_reference_modes_give_finite_rows(toy, case, spec):
    world = toy.world(**spec)
    try:
        result = run(toy, case, world, mode="reference")
    except ValidationError as error:
        pytest.skip(f"has no such mode: {error.errors()[0]['msg']}")
    except InputError as error:
        assert "share" in str(error)  # the authors compare strings: ▁the is not the
        return
    assert np.isfinite(result.embeddings_TD).all()
    assert result.embeddings_TD.any(axis=1).all()


@few
@given(spec=WORLDS)
def test_permuting_target_ids_permutes_rows(toy, case, spec):
    world = toy.world(**spec)
    order = np.random.default_rng(spec["seed"]).permutation(len(world.target))
    moved = replace(world, target=TokenTable(toy.permuted(world.target.tokenizer, order)))
    assert [moved.target.tokens[i] for i in order] == world.target.tokens
    before, after = run(toy, case, world), run(toy, case, moved)
    np.testing.assert_allclose(after.embeddings_TD[order], before.embeddings_TD, atol=1e-5)
    np.testing.assert_array_equal(after.weights.provenance_T[order], before.weights.provenance_T)


@few
@given(spec=WORLDS)
def test_permuting_source_ids_changes_nothing(toy, case, spec):
    world = toy.world(**spec)
    tokens = len(world.source)
    order = np.random.default_rng(spec["seed"]).permutation(tokens)
    inverse = np.concatenate([np.argsort(order), np.arange(tokens, world.columns)])
    moved = replace(
        world,
        source=TokenTable(toy.permuted(world.source.tokenizer, order)),
        embeddings_SD=world.embeddings_SD[inverse],
        output_SD=world.output_SD[inverse],
        bias_S=world.bias_S[inverse],
    )
    everyone = every_neighbor(toy, case, world)
    before, after = (run(toy, case, request, **everyone) for request in (world, moved))
    same = np.isclose(after.embeddings_TD, before.embeddings_TD, atol=1e-4).all(axis=1)
    assert same.mean() > 0.9


@few
@given(spec=WORLDS)
def test_filled_rows_do_not_move_when_tokens_are_added(toy, case, spec):
    world = toy.world(**spec)
    before = run(toy, case, world)
    tokenizer = copy.deepcopy(world.target.tokenizer)
    tokenizer.add_tokens(["zzqq", "qqzz"])
    after = run(toy, case, replace(world, target=TokenTable(tokenizer)))
    filled = before.weights.rows(Provenance.FILL)
    filled = filled[after.weights.provenance_T[filled] == Provenance.FILL]
    np.testing.assert_array_equal(after.embeddings_TD[filled], before.embeddings_TD[filled])


@few
@given(spec=WORLDS)
def test_extensions_keep_the_rows_of_the_source(toy, case, spec):
    world = toy.world(**spec)
    tokenizer = copy.deepcopy(world.source.tokenizer)
    tokenizer.add_tokens([t for t in world.target.texts if t and t not in world.source.ids][:40])
    world = replace(world, target=TokenTable(tokenizer))
    result = run(toy, case, world, extends_source=True)
    old = len(world.source)
    np.testing.assert_array_equal(result.embeddings_TD[:old], world.embeddings_SD[:old])
    assert len(result.embeddings_TD) == len(tokenizer) > old


@few
@given(spec=WORLDS, how=st.sampled_from(["mean", "neighbors"]))
def test_rescaling_touches_combined_rows_only(toy, case, spec, how):
    world = toy.world(**spec)
    plain, scaled = run(toy, case, world), run(toy, case, world, rescale=how)
    combined = np.isin(plain.weights.provenance_T, [Provenance.COMBINED, Provenance.GENERATED])
    np.testing.assert_array_equal(scaled.embeddings_TD[~combined], plain.embeddings_TD[~combined])
    if how == "mean" and combined.any():
        norms = np.linalg.norm(world.embeddings_SD[world.candidate_ids], axis=1)
        ours = np.linalg.norm(scaled.embeddings_TD[combined], axis=1)
        np.testing.assert_allclose(ours, norms.mean(), rtol=1e-4)


def test_every_method_has_a_card(toy, method):
    settings = toy.settings(method)
    assert settings.name() == settings.method == method
    assert all((settings.card.title, settings.card.idea, settings.card.equation))


def test_a_model_with_each_method_s_rows_works(toy, case, tmp_path):
    """Installed in a tied model, saved and loaded: sizes, ids, one storage, finite logits."""
    world = toy.world(0, "wordpiece", "metaspace")
    model = BertForMaskedLM(
        BertConfig(
            vocab_size=len(world.source), hidden_size=16, num_hidden_layers=1,
            num_attention_heads=2, intermediate_size=16, max_position_embeddings=16,
        )
    )  # fmt: skip
    request = replace(world, **read_matrices(model))
    result = initialize(request, toy.settings(case))
    install(model, result, world.target).save_pretrained(tmp_path)
    loaded = AutoModelForMaskedLM.from_pretrained(tmp_path)
    rows = loaded.get_input_embeddings().weight
    assert rows.data_ptr() == loaded.get_output_embeddings().weight.data_ptr()
    np.testing.assert_array_equal(rows.detach().numpy(), result.embeddings_TD)
    assert loaded.config.vocab_size == len(world.target) == len(loaded.cls.predictions.bias)
    assert loaded.config.pad_token_id == world.target.roles["pad"]
    assert torch.isfinite(loaded(torch.arange(10)[None]).logits).all()
