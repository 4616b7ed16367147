"""Fewer tokens: those that must stay do, and a text of kept tokens is cut as before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tokenizers_of_kinds import KINDS, tokenizer_of

from lingraft.errors import ConfigError
from lingraft.tokenizers.extending import add_whole, extend
from lingraft.tokenizers.pretokens import count_ids
from lingraft.tokenizers.pruning import prune
from lingraft.tokenizers.reach import unreachable

ODD = "e\u0301\u200d\U0001f469\u200d\U0001f680 \u0e33 \ufb03\u6f22"
TEXTS = st.lists(st.sampled_from(["leo", "asubuhi", "soko", " ", "s", "oko", "<s>", "9", *ODD]))


@pytest.fixture(scope="module")
def pairs(swahili):
    """Base and pruned tokenizer of each kind; what the first texts do not use is gone."""
    found = {}
    for kind in KINDS:
        base = tokenizer_of(kind, swahili)
        counts_V = count_ids(base, swahili[:10])
        found[kind] = base, prune(base, counts_V, [], kind, minimum_count=1)
    return found


@pytest.mark.parametrize("kind", KINDS)
@given(parts=TEXTS)
def test_a_text_of_kept_tokens_is_cut_as_before(kind, pairs, parts) -> None:
    base, pruned = pairs[kind]
    old = base.encode("".join(parts)).tokens
    if set(old) <= pruned.get_vocab().keys():
        assert pruned.encode("".join(parts)).tokens == old


@pytest.mark.parametrize("kind", KINDS)
def test_the_others_move_up_in_their_order(kind, pairs, swahili) -> None:
    base, pruned = pairs[kind]
    vocabulary = pruned.get_vocab()
    assert 0 < len(vocabulary) < base.get_vocab_size()
    assert sorted(vocabulary.values()) == list(range(len(vocabulary)))
    by_old_id = sorted(vocabulary, key=base.token_to_id)
    assert by_old_id == sorted(vocabulary, key=vocabulary.__getitem__)
    for text in swahili[:10]:
        assert pruned.encode(text).tokens == base.encode(text).tokens


@pytest.mark.parametrize("kind", KINDS)
def test_what_every_text_needs_stays(kind, pairs) -> None:
    base, pruned = pairs[kind]
    known = pruned.get_vocab().keys()
    assert {token.content for token in base.get_added_tokens_decoder().values()} <= known
    if kind == "sentencepiece-bpe":
        assert {f"<0x{byte:02X}>" for byte in range(256)} <= known
    else:
        assert {token for token in base.get_vocab() if len(token.removeprefix("##")) == 1} <= known
    assert len(unreachable(pruned)) <= len(unreachable(base))


def test_only_leaves_go_and_hand_their_use_on(swahili) -> None:
    """`ab` is used as much as its own uses and those of `abc` that it is now needed for."""
    from tokenizers import Tokenizer, models

    ids = {token: index for index, token in enumerate(["a", "b", "c", "ab", "abc", "bc"])}
    base = Tokenizer(models.BPE(ids, [("a", "b"), ("ab", "c"), ("b", "c")]))
    counts_V = np.array([1, 1, 1, 0, 3, 2])
    kept = prune(base, counts_V, [], "base", size=5)
    assert kept.get_vocab().keys() == {"a", "b", "c", "ab", "abc"}  # `bc` is the least used leaf
    kept = prune(base, counts_V, [], "base", size=4)
    assert kept.get_vocab().keys() == {"a", "b", "c", "ab"}
    kept = prune(base, counts_V, [5], "base", size=5)
    assert kept.get_vocab().keys() == {"a", "b", "c", "ab", "bc"}


@pytest.mark.parametrize("kind", KINDS)
def test_as_many_stay_as_are_wanted(kind, swahili) -> None:
    base = tokenizer_of(kind, swahili)
    least = prune(base, count_ids(base, []), [], kind, minimum_count=1).get_vocab_size()
    size = (least + base.get_vocab_size()) // 2
    assert prune(base, count_ids(base, swahili), [], kind, size=size).get_vocab_size() == size
    with pytest.raises(ConfigError, match=rf"vocabulary_size {least - 1} is too small: {least} "):
        prune(base, count_ids(base, swahili), [], kind, size=least - 1)
    assert prune(base, count_ids(base, swahili), [], kind, size=10**6).to_str() == base.to_str()


def test_an_extension_can_be_pruned_and_a_pruned_one_extended(swahili) -> None:
    base = tokenizer_of("bytes", swahili[:5])
    extended = extend(add_whole(base, ["<path>"], "base"), swahili, 40, 1, "base")
    pruned = prune(extended, count_ids(extended, swahili), [], "extended", size=310)
    assert pruned.get_vocab_size() == 310
    assert "<path>" in pruned.encode("a<path>b").tokens
    again = extend(pruned, swahili, 20, 1, "pruned")
    assert again.get_vocab_size() == 330
    assert not unreachable(again)
