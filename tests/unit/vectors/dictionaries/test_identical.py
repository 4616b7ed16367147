from lingraft.config.vectors import Identical
from lingraft.vectors.dictionaries.identical import read_identical


def test_shared_words_in_source_order(places) -> None:
    shared = read_identical(
        Identical(format="identical", minimum_length=3), places("web of Linux the", "the Linux of")
    )
    assert [(pair.source, pair.target) for pair in shared] == [("Linux", "Linux"), ("the", "the")]
