"""Near-duplicates are found within and across collections; texts that differ are not."""

import random
from pathlib import Path

from lingraft.corpus.selection.near_duplicates import near_duplicate_groups

WORDS = [f"neno{first}{second}" for first in "abcdefgh" for second in "abcdefgh"]


def _text(seed: int, length: int = 60) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=length))


def _changed(text: str) -> str:
    """One word differs, and so do case and signs."""
    rest = text.split()[1:]
    return " ".join([*rest, "tofauti"]).upper() + "!"


def test_groups_are_near_duplicates_within_and_across(tmp_path: Path) -> None:
    own = [_text(number) for number in range(20)]
    own[7] = _changed(own[3])
    own[9] = ""
    other = [_text(100), _changed(own[12]), _text(101)]
    groups = near_duplicate_groups([own, other, []], "swh_Latn", tmp_path)
    assert groups == [[(0, 3), (0, 7)], [(0, 12), (1, 1)]]


def test_texts_shorter_than_an_ngram_are_never_near_duplicates(tmp_path: Path) -> None:
    for folder, words, expected in (("a", 5, []), ("b", 3, [[(0, 0), (0, 1)]])):
        (tmp_path / folder).mkdir()
        given = ["moja mbili tatu nne", "moja mbili tatu nne", "sita saba"]
        assert (
            near_duplicate_groups([given], "swh_Latn", tmp_path / folder, words=words) == expected
        )


def test_more_hashes_ask_for_more_similar_texts(tmp_path: Path) -> None:
    text = _text(0)
    half = " ".join(text.split()[:30]) + " " + _text(1, 30)
    found = []
    for hashes in (1, 8):
        (tmp_path / str(hashes)).mkdir()
        options = {"hashes": hashes, "buckets": 30}
        groups = near_duplicate_groups(
            [[text, half]], "swh_Latn", tmp_path / str(hashes), **options
        )
        found.append(groups)
    assert found == [[[(0, 0), (0, 1)]], []]


def test_marks_of_indic_scripts_are_kept(tmp_path: Path) -> None:
    """Without its vowel signs one text would be the other."""
    one = "काम करना बहुत अच्छा है " * 3
    other = "कम करनी बहती अच्छी हो " * 3
    assert near_duplicate_groups([[one, other]], "hin_Deva", tmp_path, words=2) == []
