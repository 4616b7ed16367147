"""The primitives one by one: layers, matching, filling, auxiliary vectors, bias."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from lingraft.errors import ConfigError
from lingraft.initialization.bias import log_frequency
from lingraft.initialization.evidence.auxiliary import word_means
from lingraft.initialization.fill import (
    filler,
    standard_normals,
    torch_stream_normal,
    whole_matrix_normal,
)
from lingraft.initialization.initialize import initialize
from lingraft.initialization.match import fold, match_keys, match_roles
from lingraft.initialization.weights import LowRank, Provenance, Weights, combined, copies, stack


def test_the_first_layer_that_covers_a_row_has_it():
    first = copies(Provenance.ROLE, [1], [0], 3)
    second = copies(Provenance.EXACT, [0, 1], [2, 2], 3)
    third = combined(np.array([1, 2]), csr_array([[0.0, 0.5, 0.5], [0.25, 0.75, 0.0]]))
    weights = stack([first, second, third], 4, 3)
    expected = [[0, 0, 1], [1, 0, 0], [0.25, 0.75, 0], [0, 0, 0]]
    np.testing.assert_array_equal(weights.matrix_TS.toarray(), expected)
    assert weights.provenance_T.tolist() == [
        Provenance.EXACT, Provenance.ROLE, Provenance.COMBINED, Provenance.FILL,
    ]  # fmt: skip


def test_more_trusted_layers_go_over_finished_weights():
    weights = stack([copies(Provenance.EXACT, [0, 1, 2], [0, 1, 2], 3)], 4, 3)
    above = weights.under([copies(Provenance.ROLE, [1, 3], [2, 0], 3)])
    assert above.matrix_TS.toarray().argmax(axis=1).tolist() == [0, 2, 2, 0]
    assert above.rows(Provenance.ROLE).tolist() == [1, 3]


def test_rows_without_weights_are_left_to_fill():
    weights = stack([combined(np.array([0, 1]), csr_array([[0.0, 0.0], [0.5, 0.5]]))], 2, 2)
    assert weights.rows(Provenance.FILL).tolist() == [0]


def test_copies_are_bit_identical_in_any_dtype():
    source = np.random.default_rng(0).normal(size=(5, 130)).astype(np.float32)
    weights = stack([copies(Provenance.EXACT, [2, 0], [4, 1], 5)], 3, 5)
    result = weights.apply(source)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result[[2, 0]], source[[4, 1]])
    assert not result[1].any()


def test_dense_weights_are_a_product():
    left, right = np.array([[1.0, 2.0], [0.0, 0.0]]), np.arange(6.0).reshape(2, 3)
    weights = Weights(csr_array((2, 3)), np.array([3, 4], np.uint8), LowRank(left, right))
    source = np.eye(3)
    np.testing.assert_allclose(weights.apply(source), left @ right)
    above = weights.under([copies(Provenance.ROLE, [0], [1], 3)])
    np.testing.assert_array_equal(above.apply(source)[0], source[1])


def test_ties_and_empty_keys():
    target, source = ["a", "b", "", "a"], ["a", "", "a", "c"]
    assert [pairs.tolist() for pairs in match_keys(target, source)] == [[0, 3], [0, 0]]
    assert match_keys(target, source, tie="last")[1].tolist() == [2, 2]
    assert match_keys(target, source, matches_empty=True)[0].tolist() == [0, 2, 3]
    assert match_keys(target, source, candidates=[1, 2])[1].tolist() == [2, 2]


def test_folds():
    assert fold([" The", "the "], "case-and-space") == ["the", "the"]
    assert fold([" The"], "case") == [" the"]
    assert fold([" The"], "space") == ["The"]


def test_overrides_of_roles(toy):
    world = toy.world(0, "wordpiece", "bytes")
    target, source = world.target, world.source
    pairs = dict(np.array(match_roles(target, source, {"<mask>": "[UNK]"})).T.tolist())
    assert pairs[target.ids["<mask>"]] == source.ids["[UNK]"]
    assert pairs[target.ids["<s>"]] == source.ids["[CLS]"]
    with pytest.raises(ConfigError, match="'nothing' is not in the target"):
        match_roles(target, source, {"nothing": "[UNK]"})


def test_overrides_hold_in_every_mode(toy):
    world = toy.world(0, "wordpiece", "bytes")
    target, source = world.target, world.source
    for options in ({"mode": "reference"}, {"special_tokens": "none"}, {}):
        settings = toy.settings("clp", special_token_map={"<mask>": "[UNK]"}, **options)
        rows = initialize(world, settings).embeddings_TD
        expected = world.embeddings_SD[source.ids["[UNK]"]]
        np.testing.assert_array_equal(rows[target.ids["<mask>"]], expected)


def test_a_dense_row_of_weights(toy):
    world = toy.world(0, "wordpiece", "bytes")
    weights = initialize(world, toy.settings("clp")).weights
    rows = weights.rows(Provenance.COMBINED)[:3]
    expected = weights.apply(np.eye(world.columns))
    for row in rows:
        np.testing.assert_allclose(weights.row(row), expected[row], atol=1e-12)
        assert abs(weights.row(row).sum() - 1) < 1e-9


SOURCE = np.random.default_rng(1).normal(3.0, [0.1, 1.0, 5.0], (2000, 3))


@settings(max_examples=20, derandomize=True)
@given(extra=st.lists(st.text(min_size=1), max_size=5), seed=st.integers(0, 2**31))
def test_fills_are_addressed_by_token(extra, seed):
    tokens = ["one", "two", *extra]
    fill = filler("normal", seed)
    alone = fill(SOURCE, ["two", "one"], np.array([0, 1]))
    among = fill(SOURCE, tokens, np.array([1, 0]))
    np.testing.assert_array_equal(alone, among)


def test_fills_have_the_statistics_of_the_source():
    tokens = [f"token {i}" for i in range(4000)]
    drawn = filler("normal", 0)(SOURCE, tokens, np.arange(4000))
    error = 5 * SOURCE.std(axis=0) / np.sqrt(4000)
    assert (np.abs(drawn.mean(axis=0) - SOURCE.mean(axis=0)) < error).all()
    np.testing.assert_allclose(drawn.std(axis=0), SOURCE.std(axis=0), rtol=0.06)
    other = filler("normal", 1)(SOURCE, tokens[:1], np.arange(1))
    assert not np.array_equal(other[0], drawn[0])


def test_other_policies():
    rows = np.array([0, 1])
    mean = SOURCE.mean(axis=0)
    np.testing.assert_array_equal(filler("mean", 0)(SOURCE, ["a", "b"], rows), [mean, mean])
    unknown = filler("unknown", 0, unknown_row=7)(SOURCE, ["a", "b"], rows)
    np.testing.assert_array_equal(unknown, SOURCE[[7, 7]])
    np.testing.assert_array_equal(filler("unknown", 0)(SOURCE, ["a", "b"], rows), [mean, mean])
    assert not filler("zero", 0)(SOURCE, ["a", "b"], rows).any()
    near = filler("covariance", 0)(SOURCE, ["a", "b"], rows)
    np.testing.assert_allclose(near, [mean, mean], atol=1e-2)
    assert not np.array_equal(near[0], near[1])


def test_covariance_fill_follows_the_covariance():
    mixed = SOURCE @ np.array([[1, 0.5, 0], [0, 1, 0], [0.3, 0, 1]])
    tokens = [str(i) for i in range(5000)]
    drawn = filler("covariance", 0)(mixed, tokens, np.arange(5000))
    expected = 1e-9 * np.cov(mixed, rowvar=False, bias=True)
    np.testing.assert_allclose(np.cov(drawn, rowvar=False), expected, atol=0.1 * expected.max())


def test_reference_fills():
    rows = np.array([2, 5])
    tokens = [str(i) for i in range(8)]
    drawn = np.random.RandomState(1234).normal(SOURCE.mean(0), SOURCE.std(0), (8, 3))
    np.testing.assert_array_equal(whole_matrix_normal(1234)(SOURCE, tokens, rows), drawn[rows])
    stream = torch_stream_normal(42)
    np.testing.assert_array_equal(
        stream(SOURCE, tokens, rows), stream(SOURCE, tokens, np.array([0, 1]))
    )


def test_standard_normals_are_standard():
    numbers = standard_normals([str(i) for i in range(500)], 20, 3)
    assert abs(numbers.mean()) < 0.05
    assert abs(numbers.std() - 1) < 0.05


def test_word_means(toy):
    table = toy.world(0, "wordpiece", "bytes").target
    words = ["radio", "ok", "42", "radio"]
    vectors = np.array([[1, 0], [0, 1], [1, 1], [5, 0]], np.float32)
    weights = np.array([1.0, 2.0, 1.0, 3.0])
    expected = np.zeros((len(table), 2))
    totals = np.zeros(len(table))
    for word, vector, weight in zip(words, vectors, weights, strict=True):
        spelled = {*table.tokenizer.encode(word, add_special_tokens=False)}
        spelled |= {*table.tokenizer.encode(" " + word, add_special_tokens=False)}
        for token in spelled:
            expected[token] += weight * vector
            totals[token] += weight
    expected /= np.where(totals, totals, 1)[:, None]
    np.testing.assert_allclose(word_means(table, words, vectors, weights), expected)


def test_log_frequency_is_centred_and_ordered():
    logs = log_frequency(np.array([100, 0, 10]), 4)
    assert logs.shape == (4,)
    assert abs(logs.mean()) < 1e-12
    assert logs[0] > logs[2] > logs[1] == logs[3]
