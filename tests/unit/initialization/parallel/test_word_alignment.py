"""IBM Model 1 against a dictionary-based one, its symmetrizations, links of other aligners."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.errors import InputError
from lingraft.initialization.parallel import cells
from lingraft.initialization.parallel.links import count_links
from lingraft.initialization.parallel.sentences import Sentences
from lingraft.initialization.parallel.settings import WordAlignment
from lingraft.initialization.parallel.word_alignment import align

SHAPE = (5, 4)  # target tokens, source tokens

sentence_pairs = st.lists(
    st.tuples(
        st.lists(st.integers(0, SHAPE[1] - 1), max_size=5),
        st.lists(st.integers(0, SHAPE[0] - 1), max_size=5),
    ),
    min_size=1,
    max_size=8,
).filter(lambda pairs: any(source and target for source, target in pairs))


def posteriors_by_dictionaries(pairs, iterations):
    """p(source | target token, sentence) for each occurrence, as in Brown et al., with loops."""
    probability = defaultdict(lambda: 1.0)  # (target, given source)
    for _ in range(iterations + 1):
        counts, totals = defaultdict(float), defaultdict(float)
        posteriors = []
        for source, target in pairs:
            table = []
            for t in target:
                normalizer = sum(probability[t, s] for s in source)
                row = [probability[t, s] / normalizer for s in source]
                for s, share in zip(source, row, strict=True):
                    counts[t, s] += share
                    totals[s] += share
                table.append(row)
            posteriors.append(table)
        probability = {(t, s): count / totals[s] for (t, s), count in counts.items()}
    return posteriors


def expected(pairs, symmetrization, iterations):
    forward = posteriors_by_dictionaries(pairs, iterations)
    backward = posteriors_by_dictionaries([(t, s) for s, t in pairs], iterations)
    counts = np.zeros(SHAPE)
    for (source, target), there, back in zip(pairs, forward, backward, strict=True):
        for j, t in enumerate(target):
            for i, s in enumerate(source):
                counts[t, s] += {
                    "target-picks-source": there[j][i],
                    "source-picks-target": back[i][j],
                    "geometric-mean": np.sqrt(there[j][i] * back[i][j]),
                }[symmetrization]
    return counts


def aligned(pairs, symmetrization="geometric-mean", most_cells=1000, **options):
    source, target = zip(*pairs, strict=True)
    settings = WordAlignment.model_construct(
        **{"symmetrization": symmetrization, "estimate": "likelihood", "prior": None}
        | {"empty_word": 0.0, "iterations": 6}
        | options
    )
    return (
        align(
            Sentences.of(source),
            Sentences.of(target),
            shape=SHAPE,
            settings=settings,
            most_cells=most_cells,
        )
        .counts()
        .toarray()
    )


@pytest.mark.parametrize(
    "symmetrization", ["target-picks-source", "source-picks-target", "geometric-mean"]
)
@given(pairs=sentence_pairs, iterations=st.integers(0, 4))
@settings(max_examples=40)
def test_counts_are_those_of_a_plain_model_1(pairs, iterations, symmetrization):
    usable = [(source, target) for source, target in pairs if source and target]
    np.testing.assert_allclose(
        aligned(pairs, symmetrization, iterations=iterations),
        expected(usable, symmetrization, iterations),
        atol=1e-9,
    )


@given(pairs=sentence_pairs, block=st.integers(1, 30))
@settings(max_examples=40)
def test_blocks_do_not_change_counts(pairs, block):
    whole = aligned(pairs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "_BLOCK_CELLS", block)
        np.testing.assert_allclose(aligned(pairs), whole, atol=1e-12)


@given(pairs=sentence_pairs)
@settings(max_examples=40)
def test_the_picking_side_hands_out_one_unit_per_token(pairs):
    usable = [(source, target) for source, target in pairs if source and target]
    by_target = aligned(pairs, "target-picks-source").sum(axis=1)
    by_source = aligned(pairs, "source-picks-target").sum(axis=0)
    targets = np.bincount([t for _, target in usable for t in target], minlength=SHAPE[0])
    sources = np.bincount([s for source, _ in usable for s in source], minlength=SHAPE[1])
    np.testing.assert_allclose(by_target, targets, atol=1e-9)
    np.testing.assert_allclose(by_source, sources, atol=1e-9)


def test_finds_the_translations_of_a_known_dictionary():
    random = np.random.default_rng(0)
    translations = random.permutation(50)
    source = [random.choice(50, size=6, replace=False) for _ in range(400)]
    target = [random.permutation(translations[sentence]) for sentence in source]
    settings = WordAlignment(symmetrization="geometric-mean")
    counts = align(
        Sentences.of(source), Sentences.of(target), shape=(50, 50), settings=settings
    ).counts()
    assert (counts.toarray().argmax(axis=0) == translations).all()


def test_sentences_are_cut_and_freed_of_repetitions():
    sentences = Sentences.of([[3, 1, 3, 2], [], [5, 5, 5]], longest=3, as_sets=True)
    assert sentences.tokens_L.tolist() == [1, 3, 5]
    assert sentences.starts_N.tolist() == [0, 2, 2, 3]


def test_more_text_than_fits_is_thinned_evenly():
    pairs = [([0], [0]), ([1], [1])] * 10
    counts = aligned(pairs, most_cells=10)
    assert counts.sum() == pytest.approx(7)  # every third of twenty


def test_sides_of_different_length_and_empty_text_are_refused():
    with pytest.raises(InputError, match="2 source sentences face 1 target"):
        align(
            Sentences.of([[0], [1]]),
            Sentences.of([[0]]),
            shape=SHAPE,
            settings=WordAlignment(),
        )
    with pytest.raises(InputError, match="no pair with tokens"):
        aligned([([], [1]), ([1], [])])


def test_links_of_another_aligner_are_counted(tmp_path: Path):
    links = tmp_path / "links"
    links.write_text("0-0 1-1\n\n1-0 1-1\n")
    source, target = Sentences.of([[0, 1], [2], [1, 3]]), Sentences.of([[2, 4], [0], [4, 4]])
    counts = count_links(source, target, links, shape=SHAPE).toarray()
    expected = np.zeros(SHAPE)
    expected[2, 0] = expected[4, 1] = 1
    expected[4, 3] = 2
    assert (counts == expected).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0-0\n", "has 1 lines, but the parallel text has 2"),
        ("0-0\n0:1\n", "line 2: '0:1' is not a link"),
        ("0-0\n0-7\n", "line 2: link 0-7 lies outside"),
    ],
)
def test_links_that_do_not_fit_are_refused(tmp_path: Path, text: str, message: str):
    links = tmp_path / "links"
    links.write_text(text)
    sentences = Sentences.of([[0], [1]])
    with pytest.raises(InputError, match=message):
        count_links(sentences, sentences, links, shape=SHAPE)


def test_links_that_cannot_be_read_are_named(tmp_path: Path):
    sentences = Sentences.of([[0]])
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for path, message in (
        (tmp_path / "nowhere", "nowhere does not exist"),
        (tmp_path, "does not exist, or is not a file"),
        (tmp_path / "binary", "binary is not valid UTF-8"),
    ):
        with pytest.raises(InputError, match=message):
            count_links(sentences, sentences, path, shape=SHAPE)
