from lingraft.vectors.dictionaries.identical import IdenticalWords


def test_shared_words_in_source_order(places) -> None:
    shared = IdenticalWords(format="identical", minimum_length=3).read(
        places("web of Linux the", "the Linux of")
    )
    assert [(pair.source, pair.target) for pair in shared] == [("Linux", "Linux"), ("the", "the")]
