"""Draws have the papers' distributions, and the tokenizer's own tokens among them."""

import math
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from lingraft.errors import ConfigError
from lingraft.tokenizers.subword_sampling import BpeDropout, UnigramSampling

TEXT = ["the players play the played games again and again", "unplayable game plays"] * 40
DRAWS = 20_000


def bpe(**options: Any) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(**options))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=120,
        special_tokens=["<s>"],
        **{k: v for k, v in options.items() if k.endswith("fix")},
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer


def unigram(pieces: dict[str, float]) -> Tokenizer:
    vocabulary = [("<unk>", 0.0), *pieces.items()]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=0))
    tokenizer.add_special_tokens(["<unk>"])
    return tokenizer


def words_of(tokenizer: Tokenizer) -> Iterator[tuple[str, list[int]]]:
    """The pre-tokens of the text, and the model's own tokens of each."""
    for text in TEXT[:2]:
        for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text):
            yield word, [token.id for token in tokenizer.model.tokenize(word)]


def close(found: Counter[Any], expected: dict[Any, float]) -> bool:
    """Every share within four standard errors, and nothing else drawn."""
    total = found.total()
    return found.keys() <= expected.keys() and all(
        abs(found[x] / total - p) <= 4 * math.sqrt(p * (1 - p) / total) + 1e-9
        for x, p in expected.items()
    )


@pytest.mark.parametrize(
    "options", [{}, {"end_of_word_suffix": "</w>"}, {"continuing_subword_prefix": "##"}]
)
def test_without_dropout_the_tokens_are_the_tokenizers_own(options: dict[str, str]) -> None:
    tokenizer = bpe(**options)
    plain, characters = BpeDropout(tokenizer, 0.0), BpeDropout(tokenizer, 1.0)
    some = BpeDropout(tokenizer, 0.5)
    for word, own in words_of(tokenizer):
        assert plain.sample(word, Random(1)) == own
        assert plain.knows(word, own) and not plain.knows(word, [*own, 1])
        assert len(characters.sample(word, Random(1))) == len(word)
        assert some.sample(word, Random(3)) == some.sample(word, Random(3))


def test_words_that_merges_do_not_make_are_not_known() -> None:
    tokenizer = bpe()
    dropout = BpeDropout(tokenizer, 0.5)
    assert not dropout.knows("Z", [0])
    assert not dropout.knows("again", list(map(tokenizer.token_to_id, "again")))


def test_dropout_has_the_distribution_of_the_paper() -> None:
    """Against all courses that the algorithm can take, weighted by their probabilities."""
    tokenizer = bpe()
    merges = BpeDropout(tokenizer, 0.3)._merges

    def courses(ids: tuple[int, ...], p: float) -> Iterator[tuple[tuple[int, ...], float]]:
        possible = sorted(
            (*merges[pair], place) for place, pair in enumerate(pairwise(ids)) if pair in merges
        )
        yield ids, p * 0.3 ** len(possible)
        for number, (_, together, place) in enumerate(possible):
            kept = p * 0.3**number * 0.7
            yield from courses((*ids[:place], together, *ids[place + 2 :]), kept)

    dropout = BpeDropout(tokenizer, 0.3)
    expected: dict[tuple[int, ...], float] = {}
    for ids, p in courses(tuple(map(tokenizer.token_to_id, "played")), 1.0):
        expected[ids] = expected.get(ids, 0.0) + p
    assert math.fsum(expected.values()) == pytest.approx(1.0)
    generator = Random(0)
    found = Counter(tuple(dropout.sample("played", generator)) for _ in range(DRAWS))
    assert len(found) > 3 and close(found, expected)


PIECES = {"a": -2.0, "b": -2.5, "c": -3.0, "ab": -3.0, "bc": -4.0, "abc": -5.8, "ca": -3.7}


@pytest.mark.parametrize("exponent", [0.0, 0.2, 1.0, 3.0])
def test_segmentations_have_their_probability_to_a_power(exponent: float) -> None:
    tokenizer = unigram(PIECES)

    def all_of(word: str) -> Iterator[tuple[tuple[str, ...], float]]:
        if not word:
            yield (), 0.0
        for piece, score in PIECES.items():
            if word.startswith(piece):
                for rest, total in all_of(word[len(piece) :]):
                    yield (piece, *rest), score + total

    weights = {x: math.exp(exponent * score) for x, score in all_of("abcab")}
    expected = {x: weight / sum(weights.values()) for x, weight in weights.items()}
    sampling, generator = UnigramSampling(tokenizer, exponent), Random(0)
    drawn = (sampling.sample("abcab", generator) for _ in range(DRAWS))
    found = Counter(tuple(map(tokenizer.id_to_token, ids)) for ids in drawn)
    assert len(expected) > 8 and close(found, expected)
    assert sampling.sample("abcab", Random(5)) == sampling.sample("abcab", Random(5))


def test_a_high_power_gives_the_tokenizers_own_tokens_and_specials_are_no_pieces() -> None:
    tokenizer = unigram({**PIECES, "<s>": 0.0, "<0x61>": 0.0})
    tokenizer.add_special_tokens(["<s>"])
    sampling = UnigramSampling(tokenizer, 1000.0)
    own = [token.id for token in tokenizer.model.tokenize("abcab")]
    assert sampling.sample("abcab", Random(0)) == own and sampling.knows("abcab", own)
    assert not sampling.knows("<s>", [tokenizer.token_to_id("<s>")])
    assert not sampling.knows("x", [0])


def test_long_words_do_not_underflow() -> None:
    sampling = UnigramSampling(unigram({"a": -300.0, "aa": -599.0}), 1.0)
    ids = sampling.sample("a" * 2000, Random(0))
    assert 1000 <= len(ids) <= 2000


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (models.Unigram([("a", 0.0)]), "bpe_dropout is for .* BPE, .* write subword_sampling or"),
        (models.WordPiece({"a": 0}, unk_token="a"), "this one is WordPiece; write stochastok"),
    ],
)
def test_another_kind_of_tokenizer_is_refused(model: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        BpeDropout(Tokenizer(model), 0.1)


def test_merges_are_no_probabilities() -> None:
    with pytest.raises(ConfigError, match="is BPE; write bpe_dropout or stochastok instead"):
        UnigramSampling(bpe(), 0.1)
