"""More tokens: none that no text gives, and texts without them are cut as before."""

import json
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tokenizers_of_kinds import KINDS, tokenizer_of

from lingraft.config.tokenizers import Tokenizer as Settings
from lingraft.errors import InputError
from lingraft.tokenizers.extending import add_whole, extend
from lingraft.tokenizers.reach import unreachable
from lingraft.tokenizers.training import train_tokenizer

ODD = "e\u0301\u200d\U0001f469\u200d\U0001f680 \u0e33\u0f40 \ufb03\u00a0\u2028\u6f22\ud55c\u0000"
TEXTS = st.lists(st.sampled_from(["leo", "asubuhi", " ", "  ", "s", "oko", "<s>", "9", *ODD]))


@pytest.fixture(scope="module")
def pairs(swahili):
    """Base and extended tokenizer of each kind."""
    found = {}
    for kind in KINDS:
        base = tokenizer_of(kind, swahili[:40])
        found[kind] = base, extend(base, [*swahili, ODD * 3], 60, 1, kind)
    return found


def ends(tokenizer, text):
    """After how many characters of the tokens a text is cut, and the tokens."""
    tokens = tokenizer.encode(text, add_special_tokens=False).tokens
    bare = [token.removeprefix("##") for token in tokens]
    return set(accumulate(map(len, bare))), tokens


@pytest.mark.parametrize("kind", KINDS)
def test_old_tokens_keep_their_ids_and_new_ones_follow(kind, pairs) -> None:
    base, extended = pairs[kind]
    old, new = base.get_vocab(), extended.get_vocab()
    assert {token: new[token] for token in old} == old
    assert sorted(new.values()) == list(range(len(old) + 60))


@pytest.mark.parametrize("kind", KINDS)
def test_no_new_token_is_out_of_reach(kind, pairs) -> None:
    base, extended = pairs[kind]
    assert len(unreachable(extended)) <= len(unreachable(base))
    assert all(index < base.get_vocab_size() for index in unreachable(extended))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "wordpiece"])
@given(parts=TEXTS)
def test_every_cut_is_a_coarsening_of_the_old_one(kind, pairs, parts) -> None:
    base, extended = pairs[kind]
    old, old_tokens = ends(base, "".join(parts))
    new, new_tokens = ends(extended, "".join(parts))
    assert new <= old
    assert len(new_tokens) <= len(old_tokens)
    if set(new_tokens) <= base.get_vocab().keys():
        assert new_tokens == old_tokens


@pytest.mark.parametrize("kind", KINDS)
@given(parts=TEXTS)
def test_a_text_without_new_pieces_is_cut_as_before(kind, pairs, parts) -> None:
    base, extended = pairs[kind]
    text = "".join(parts)
    added = extended.get_vocab().keys() - base.get_vocab().keys()
    old = base.encode(text, add_special_tokens=False).tokens
    whole = "".join(token.removeprefix("##") for token in old)
    if not any(token.removeprefix("##") in whole for token in added):
        assert extended.encode(text, add_special_tokens=False).tokens == old


def test_another_bpe_behind_the_old_one_leaves_tokens_out_of_reach(swahili) -> None:
    """The naive way: train on the same text, append what is missing with its merges."""
    base = tokenizer_of("bytes", swahili[:5])
    other = train_tokenizer(
        swahili, Settings(corpora=["x"], algorithm="bpe", vocabulary_size=600, minimum_frequency=1)
    )
    state, merges = json.loads(base.to_str()), json.loads(other.to_str())["model"]["merges"]
    known = state["model"]["vocab"]
    missing = [(left, right) for left, right in merges if left + right not in known][:150]
    for left, right in missing:
        known.setdefault(left + right, len(known))
    usable = [[a, b] for a, b in missing if a in known and b in known]
    state["model"]["merges"] += usable
    naive = type(base).from_str(json.dumps(state))
    assert len(unreachable(naive)) > 10
    assert not unreachable(extend(base, swahili, 150, 1, "base"))


def test_merges_stay_inside_of_words_and_lines(swahili) -> None:
    """Where a tokenizer cuts nothing before it merges, as in Gemma."""
    base = tokenizer_of("sentencepiece-bpe", swahili[:5])
    extended = extend(base, ["leo jioni\nleo jioni\n"] * 9, 40, 1, "base")
    added = extended.get_vocab().keys() - base.get_vocab().keys()
    assert added
    assert not any("▁" in token[1:] or "\n" in token for token in added)


def test_special_tokens_and_added_ones_are_never_merged(swahili) -> None:
    base = add_whole(tokenizer_of("bytes", swahili[:5]), ["<path>"], "base")
    text = "<s><path>qx<path>x</s><path>x"
    added = extend(base, [text] * 9, 20, 1, "base").get_vocab().keys() - base.get_vocab().keys()
    assert added == {"qx"}


def test_listed_tokens_are_found_first(swahili) -> None:
    base = tokenizer_of("unigram", swahili)
    extended = add_whole(base, ["<path>", "xyz"], "base")
    assert [extended.token_to_id(token) for token in ("<path>", "xyz")] == [
        base.get_vocab_size(), base.get_vocab_size() + 1,
    ]  # fmt: skip
    assert "xyz" in extended.encode("aaxyzaa <path>").tokens
    with pytest.raises(InputError, match="'leo' is in the vocabulary of base already"):
        add_whole(add_whole(base, ["leo"], "base"), ["leo"], "base")
    # Learned tokens get ids behind them.
    more = extend(extended, swahili, 5, 1, "base")
    assert sorted(more.get_vocab().values()) == list(range(base.get_vocab_size() + 7))


def test_fewer_tokens_than_asked_for_are_told(swahili, caplog) -> None:
    extend(tokenizer_of("bytes", swahili), ["ab"], 50, 1, "base")
    assert "the text gives 1 new tokens only, fewer than the 50 asked for" in caplog.text


def test_what_cannot_be_extended_is_refused(swahili) -> None:
    from tokenizers import Tokenizer, models

    words = Tokenizer(models.WordLevel({"a": 0}, unk_token="a"))
    with pytest.raises(InputError, match="base is a WordLevel tokenizer; its vocabulary cannot"):
        extend(words, ["a b"], 2, 1, "base")
    flat = Tokenizer(models.Unigram([("a", 0.0), ("b", 0.0), ("<unk>", 0.0)], unk_id=2))
    with pytest.raises(InputError, match="the scores of this Unigram tokenizer are missing"):
        extend(flat, ["ab"], 2, 1, "base")
    with pytest.raises(InputError, match="there is no text to extend base by"):
        extend(tokenizer_of("bytes", swahili), ["", " "], 2, 1, "base")
