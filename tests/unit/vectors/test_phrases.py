import numpy as np

from lingraft.corpus.words import JOINER, split_words
from lingraft.vectors.phrases import Phrases, join_in_texts, with_spaces
from lingraft.vectors.vectorset import VectorSet


def test_the_longest_term_is_one_word() -> None:
    phrases = Phrases(["New York", "New York City", "hot dog", "single"])
    words = ["a", "hot", "dog", "in", "New", "York", "City", "and", "New", "York"]
    assert phrases.join(words) == ["a", "hot dog", "in", "New York City", "and", "New York"]
    assert phrases.join(["hot", "New"]) == ["hot", "New"] and phrases.join([]) == []


def test_segmentation_keeps_joined_terms_whole() -> None:
    (text,) = join_in_texts(["Hot dogs, a HOT DOG!\nend"], "eng_Latn", True, Phrases(["hot dog"]))
    assert text == f"hot dogs a hot{JOINER}dog\nend"
    assert split_words(text.split("\n")[0], "eng_Latn") == ["hot", "dogs", "a", f"hot{JOINER}dog"]


def test_segmentation_of_chinese_stays() -> None:
    text = "我喜欢机器学习课程"
    words = split_words(text, "zho_Hans")
    assert words[-3:] == ["机器", "学习", "课程"]
    (plain,) = join_in_texts([text], "zho_Hans", False, Phrases([]))
    assert split_words(plain, "zho_Hans") == words
    (joined,) = join_in_texts([text], "zho_Hans", False, Phrases(["机器 学习"]))
    assert split_words(joined, "zho_Hans") == [*words[:-3], f"机器{JOINER}学习", "课程"]


def test_terms_of_vectors_have_spaces() -> None:
    vectors = VectorSet([f"hot{JOINER}dog", "cat"], np.eye(2, dtype=np.float32))
    assert with_spaces(vectors).words == ["hot dog", "cat"]
    assert with_spaces(vectors).vectors_of(["hot dog"]).any()
    plain = VectorSet(["cat"], np.ones((1, 2), np.float32))
    assert with_spaces(plain) is plain
