from collections import Counter

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from lingraft.errors import InputError
from lingraft.vectors.trainers.fasttext import FasttextVectors
from lingraft.vectors.training import TokenVectors, train_token_vectors
from lingraft.vectors.vectorset import VectorSet

TEXTS = [
    "The cat sat on the mat.\nThe dog sat on the log!",
    "A cat and a dog, a dog and a cat.",
] * 20


def settings(**changes: object) -> FasttextVectors:
    values = {"corpus": "c", "dimension": 8, "minimum_count": 1, "buckets": 500, "epochs": 2}
    return FasttextVectors.model_validate(values | changes)


def equal(one: VectorSet, two: VectorSet) -> bool:
    return one.words == two.words and np.array_equal(one.vectors_WE, two.vectors_WE)


def test_words_counts_and_order_are_those_of_the_text() -> None:
    vectors = settings(lowercase=True).train(TEXTS, "eng_Latn")
    assert vectors.counts_W is not None
    counts = dict(zip(vectors.words, vectors.counts_W.tolist(), strict=True))
    text = "the cat sat on the mat the dog sat on the log a cat and a dog a dog and a cat"
    expected = Counter(text.split())
    assert counts == {word: 20 * count for word, count in expected.items()}
    assert list(vectors.counts_W) == sorted(vectors.counts_W, reverse=True)
    assert vectors.language == "eng_Latn" and vectors.lowercase
    assert vectors.facts["settings"]["dimension"] == vectors.dimension == 8


def test_case_is_kept_unless_told_and_rare_words_are_left_out() -> None:
    vectors = settings(minimum_count=21).train(TEXTS, "eng_Latn")
    assert "The" in vectors.index and "mat" not in vectors.index
    assert vectors.vectors_of(["mats"])[0].any()  # from subwords


def test_one_thread_is_deterministic() -> None:
    first = settings().train(TEXTS, "eng_Latn")
    assert equal(first, settings().train(TEXTS, "eng_Latn"))
    assert not equal(first, settings(epochs=3).train(TEXTS, "eng_Latn"))


def test_without_ngrams_unknown_words_have_no_vector() -> None:
    vectors = settings(longest_ngram=0).train(TEXTS, "eng_Latn")
    assert vectors.model is None and not vectors.vectors_of(["catty"])[0].any()


def test_options_reach_fasttext() -> None:
    vectors = settings(
        model="cbow",
        window=3,
        negatives=7,
        shortest_ngram=2,
        longest_ngram=4,
        learning_rate=0.1,
        sampling_threshold=0.01,
    ).train(TEXTS, "eng_Latn")
    arguments = vectors.model.f.getArgs()  # type: ignore[union-attr]
    assert (arguments.ws, arguments.neg, arguments.minn, arguments.maxn) == (3, 7, 2, 4)
    assert (arguments.epoch, arguments.bucket, arguments.dim) == (2, 500, 8)
    assert arguments.lr == pytest.approx(0.1) and arguments.t == pytest.approx(0.01)
    assert arguments.model.name == "cbow"


@pytest.mark.parametrize(
    ("texts", "message"),
    [([], "no text"), (["  \n !?"], "no text"), (["a b"], "minimum_count = 3")],
)
def test_too_little_text_is_answered_in_one_line(texts: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        settings(minimum_count=3).train(texts, "eng_Latn")


@pytest.fixture
def tokenizer() -> PreTrainedTokenizerFast:
    names = ["[UNK]", "the", "cat", "sat", "on", "dog", ".", "a", "and"]
    model = models.WordLevel({name: i for i, name in enumerate(names)}, unk_token="[UNK]")
    made = Tokenizer(model)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.add_tokens(["two words"])
    return PreTrainedTokenizerFast(tokenizer_object=made, unk_token="[UNK]")


def test_tokens_are_the_words_of_token_vectors(tokenizer: PreTrainedTokenizerFast) -> None:
    options = TokenVectors(dimension=6, minimum_count=5, buckets=100)
    vectors = train_token_vectors([*TEXTS, "two words"], tokenizer, options)
    assert set(vectors.words) == {
        "[UNK]",
        "the",
        "cat",
        "sat",
        "on",
        "dog",
        ".",
        "a",
        "and",
        "</s>",
    }
    assert vectors.counts_W is not None
    assert vectors.counts_W[vectors.index["a"]] == 60
    assert equal(vectors, train_token_vectors([*TEXTS, "two words"], tokenizer, options))


def test_defaults_of_token_vectors_are_those_of_focus() -> None:
    options = TokenVectors()
    assert (options.model, options.epochs, options.negatives) == ("cbow", 3, 10)
    assert (options.dimension, options.minimum_count) == (100, 10)
