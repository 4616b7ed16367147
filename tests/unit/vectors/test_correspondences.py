import numpy as np

from lingraft.vectors.aligners.procrustes import Procrustes
from lingraft.vectors.alignment import align
from lingraft.vectors.correspondences import correspond
from lingraft.vectors.vectorset import VectorSet
from lingraft.vectors.word_pairs import WordPair


def words(*names: str) -> VectorSet:
    return VectorSet(list(names), np.zeros((len(names), 2), np.float32))


def test_first_casing_in_the_vocabulary_counts_once() -> None:
    source, target = words("House", "house", "tree"), words("Haus", "Baum")
    pairs = [WordPair("house", "haus"), WordPair("house", "Haus"), WordPair("TREE", "Baum", 3.0)]
    found = correspond(pairs, source, target)
    assert found.source_P.tolist() == [1, 2]
    assert found.target_P.tolist() == [0, 1]
    assert found.weights_P.tolist() == [1, 3]
    assert found.pairs_P.tolist() == [0, 2]


def test_wechsel_counts_every_casing_with_multiplicity() -> None:
    source, target = words("house", "House"), words("haus", "Haus")
    found = correspond([WordPair("house", "haus")], source, target, "wechsel")
    assert len(found) == 9  # raw = lower on both sides: 4 distinct, (house, haus) four times
    both = list(zip(found.source_P.tolist(), found.target_P.tolist(), strict=True))
    assert len(set(both)) == 4 and both.count((0, 0)) == 4
    paper = correspond([WordPair("HOUSE", "haus")], source, target, "wechsel-paper")
    assert len(paper) == 4


def test_wechsel_casings_equal_its_own_loop() -> None:
    source, target = words("ab", "Ab", "AB", "c"), words("x", "X", "Y", "Zz zz", "Zz Zz")
    pairs = [WordPair("AB", "x"), WordPair("c", "y"), WordPair("ab", "zz zz"), WordPair("q", "x")]
    expected = [
        (source.index[s], target.index[t])
        for a, b, *_ in pairs
        for s in (a, a.lower(), a.title())
        for t in (b, b.lower(), b.title())
        if s in source.index and t in target.index
    ]
    found = correspond(pairs, source, target, "wechsel")
    assert list(zip(found.source_P.tolist(), found.target_P.tolist(), strict=True)) == expected


def test_no_shared_word_gives_no_correspondence() -> None:
    found = correspond([WordPair("a", "b")], words("x"), words("y"))
    assert len(found) == 0 and found.source_P.dtype == np.int64


def test_the_settings_say_which_casings_count() -> None:
    generator = np.random.default_rng(0)
    source, target = (
        VectorSet(names, generator.normal(size=(2, 3)).astype(np.float32))
        for names in (["house", "House"], ["haus", "Haus"])
    )
    fitted = [
        align(source, target, [WordPair("house", "haus")], Procrustes(casing=casing)).pairs
        for casing in ("first", "wechsel", "wechsel-paper")
    ]
    assert fitted == [1, 9, 4]
