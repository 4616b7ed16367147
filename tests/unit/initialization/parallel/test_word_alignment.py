"""Alignment of sentences: what is read of a text, a known dictionary, links of other aligners."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from lingraft.errors import InputError
from lingraft.initialization.parallel import word_alignment
from lingraft.initialization.parallel.links import count_links
from lingraft.initialization.parallel.sentences import Sentences
from lingraft.initialization.parallel.settings import WordAlignment
from lingraft.initialization.parallel.word_alignment import Aligned, align

SHAPE = (5, 4)  # target tokens, source tokens


def aligned(pairs, most_cells=1000):
    source, target = zip(*pairs, strict=True)
    return align(
        Sentences.of(source),
        Sentences.of(target),
        shape=SHAPE,
        settings=WordAlignment(symmetrization="geometric-mean"),
        most_cells=most_cells,
    )


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
    counts = aligned(pairs, most_cells=10).counts()
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


def test_a_prior_without_effect_is_refused():
    with pytest.raises(ValidationError, match="prior has no effect with estimate: likelihood"):
        WordAlignment(prior=1.0)


TEXT = [([0, 1], [2, 4]), ([2], [0]), ([1, 3], [4, 1]), ([3, 0], [2, 1])]


def made(kept: Path | None, pairs=TEXT, shape=SHAPE, **options):
    source, target = map(Sentences.of, zip(*pairs, strict=True))
    return align(source, target, shape=shape, settings=WordAlignment(**options), kept=kept)


def counted(kept: Path | None, pairs=TEXT, shape=SHAPE, **options):
    return made(kept, pairs, shape, **options).counts()


def accounted(kept: Path | None, pairs, **options):
    return made(kept, pairs, **options).account()


def assert_same_bits(found, expected):
    for part in ("data", "indices", "indptr"):
        one, other = getattr(found, part), getattr(expected, part)
        assert (one.dtype, one.tobytes()) == (other.dtype, other.tobytes())
    assert found.shape == expected.shape
    assert found.has_canonical_format == expected.has_canonical_format


def test_counts_are_the_same_bits_with_and_without_what_is_kept(tmp_path: Path, monkeypatch):
    expected = counted(None)
    assert_same_bits(counted(tmp_path), expected)
    [path] = tmp_path.iterdir()
    monkeypatch.setattr(Aligned, "_counted", pytest.fail)
    assert_same_bits(counted(tmp_path), expected)
    monkeypatch.undo()
    path.write_bytes(path.read_bytes()[:-1])
    assert_same_bits(counted(tmp_path), expected)


def test_a_choice_is_the_same_with_and_without_what_is_kept(tmp_path: Path, monkeypatch):
    random = np.random.default_rng(1)
    pairs = [(random.choice(4, 2, False), random.choice(5, 3, False)) for _ in range(400)]
    options = {"symmetrization": "geometric-mean", "estimate": "posterior", "iterations": None}
    expected = counted(None, pairs, **options)
    assert_same_bits(counted(tmp_path, pairs, **options), expected)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".json", ".npz"]
    monkeypatch.setattr(word_alignment, "choose", pytest.fail)
    account = accounted(tmp_path, pairs, **options)
    assert_same_bits(counted(tmp_path, pairs, **options), expected)
    monkeypatch.undo()
    assert account == accounted(None, pairs, **options)  # every digit of the likelihood
    for path in tmp_path.glob("*.json"):
        path.write_text(path.read_text().replace("answer", "answers"))
    assert account == accounted(tmp_path, pairs, **options)


def test_other_text_other_vocabularies_and_other_settings_are_counted_anew(tmp_path: Path):
    questions = [
        {},
        {"pairs": TEXT[:3]},
        {"pairs": [(target, source) for source, target in TEXT], "shape": (4, 5)},
        {"shape": (6, 4)},
        {"iterations": 2},
        {"symmetrization": "target-picks-source"},
        {"symmetrization": "geometric-mean"},
        {"estimate": "posterior", "prior": 2.0},
        {"estimate": "posterior", "prior": 3.0},
        {"empty_word": 0.1},
    ]
    for number, question in enumerate(questions, start=1):
        assert_same_bits(counted(tmp_path, **question), counted(None, **question))
        assert len(list(tmp_path.iterdir())) == number
