"""Common spans of two tokenizations, for six kinds of tokenizers on odd text."""

from functools import cache
from itertools import pairwise, product, takewhile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from lingraft.tokenizers.backend import wrap
from lingraft.tokenizers.spans import Segmentation, common_spans

TEXTS = [
    "héllo wörld, naïve façade",
    "the cat sat on the mat",
    "über die straße",
    "日本語 テキスト",
    "ﬁne ½ ①",
    "नमस्ते दुनिया",
]
LETTERS = (
    "theca ou\u00e9e\u0301\u00df\U0001f642\ufb01\u00bd"  # accents, an emoji, a ligature, a fraction
    "\u65e5\u672c\u0928\u0940\u200b\u00a0\u3000\n\t.1A"  # other scripts, other spaces
)
ODD = st.text(st.sampled_from(LETTERS), max_size=24)


def byte_level(trimmed: bool = False, size: int = 300) -> Tokenizer:
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.post_processor = processors.ByteLevel(trim_offsets=trimmed)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=alphabet, show_progress=False, special_tokens=["<s>"]
    )
    backend.train_from_iterator(TEXTS, trainer)
    return backend


def sentencepiece_bpe() -> Tokenizer:
    """With a space put in front, and bytes of the letters that it does not know."""
    backend = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    backend.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    single = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=single, limit_alphabet=12, show_progress=False
    )
    backend.train_from_iterator(TEXTS, trainer)
    return backend


def unigram() -> Tokenizer:
    """NFKC makes two letters of a ligature, and one of a letter and its accent."""
    backend = Tokenizer(models.Unigram())
    backend.normalizer = normalizers.NFKC()
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=80, unk_token="<unk>", special_tokens=["<unk>"], show_progress=False
    )
    backend.train_from_iterator(TEXTS, trainer)
    return backend


def wordpiece() -> Tokenizer:
    """Drops spaces, accents and control characters."""
    backend = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer(strip_accents=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=80, special_tokens=["[UNK]"], show_progress=False
    )
    backend.train_from_iterator(TEXTS, trainer)
    return backend


def character_level() -> Tokenizer:
    backend = Tokenizer(models.BPE(unk_token="<unk>"))
    trainer = trainers.BpeTrainer(
        vocab_size=1, special_tokens=["<unk>"], limit_alphabet=60, show_progress=False
    )
    backend.train_from_iterator(TEXTS, trainer)
    return backend


KINDS = {
    "byte-level BPE": byte_level,
    "trimmed byte-level BPE": lambda: byte_level(trimmed=True, size=320),
    "SentencePiece BPE": sentencepiece_bpe,
    "Unigram": unigram,
    "WordPiece": wordpiece,
    "characters": character_level,
    "bytes": lambda: byte_level(size=256),
}
PAIRS = [(one, other) for one, other in product(KINDS, KINDS) if one < other]


@cache
def tokenizer_of(kind: str) -> PreTrainedTokenizerFast:
    return wrap(KINDS[kind]())


def cut(kind: str, text: str) -> Segmentation:
    (found,) = Segmentation.of(tokenizer_of(kind), [text])
    return found


def edges(tokens: Segmentation, count: int) -> set[int]:
    """The characters at which the text can be cut behind so many tokens."""
    covered = max(end for _, end in tokens.offsets_N2[:count])
    following = min([start for start, _ in tokens.offsets_N2[count:]], default=len(tokens.text))
    # Of the characters that no token has, those before the first space belong to the token before.
    owned = takewhile(lambda place: not tokens.text[place].isspace(), range(covered, following))
    return set(range(covered, following + 1)) - set(owned)


def longest(one: Segmentation, other: Segmentation) -> int:
    """The most spans that a chain of common edges can make, over all chains."""
    counts, others = range(1, len(one.ids_N) + 1), range(1, len(other.ids_N) + 1)
    here = {count: edges(one, count) for count in counts}
    there = {count: edges(other, count) for count in others}
    best: dict[tuple[int, int], int] = {}
    for i, j in product(counts, others):
        before = [best[a, b] for a in range(1, i) for b in range(1, j) if (a, b) in best]
        if here[i] & there[j]:
            best[i, j] = 1 + max(before, default=0)
    # All tokens must be in a span, so the last common edge is the end of both.
    return max(best.values(), default=0)


@pytest.mark.parametrize(("one", "other"), PAIRS)
@settings(max_examples=30)
@given(text=ODD)
def test_spans_are_those_of_a_search(one: str, other: str, text: str) -> None:
    here, there = cut(one, text), cut(other, text)
    ends_K2 = common_spans(here, there)
    assert len(ends_K2) == longest(here, there)
    assert common_spans(there, here).tolist() == ends_K2[:, ::-1].tolist()
    if len(ends_K2):
        assert ends_K2[-1].tolist() == [len(here.ids_N), len(there.ids_N)]
        assert (np.diff(ends_K2, axis=0, prepend=0) > 0).all()  # tokens on both sides
        for first, second in ends_K2[:-1]:
            assert edges(here, first) & edges(there, second)
    else:
        assert not len(here.ids_N) or not len(there.ids_N)


@given(text=ODD)
def test_a_span_is_the_same_text_in_both(text: str) -> None:
    """Where a tokenizer loses nothing, its tokens of a span spell it."""
    kinds = ("byte-level BPE", "bytes")
    here, there = (cut(kind, text) for kind in kinds)
    names = [written(kind, tokens) for kind, tokens in zip(kinds, (here, there), strict=True)]
    ends = common_spans(here, there).tolist()
    for (a, b), (c, d) in pairwise([[0, 0], *ends]):
        assert "".join(names[0][a:c]) == "".join(names[1][b:d])


def written(kind: str, tokens: Segmentation) -> list[str]:
    """The tokens as their tokenizer writes them."""
    return tokenizer_of(kind).convert_ids_to_tokens(tokens.ids_N.tolist())  # type: ignore[return-value]


@pytest.mark.parametrize("kind", KINDS)
def test_a_tokenization_and_itself(kind: str) -> None:
    """Only tokens that share a character stay together."""
    tokens = cut(kind, "the cat, e\u0301 \U0001f642\ufb01ne")
    ends_K2 = common_spans(tokens, tokens)
    assert (ends_K2[:, 0] == ends_K2[:, 1]).all()
    shared = sum(start < end for (_, end), (start, _) in pairwise(tokens.offsets_N2))
    assert len(ends_K2) == len(tokens.ids_N) - shared


def spans(one: str, other: str, text: str) -> list[tuple[list[str], list[str]]]:
    """The tokens of each span as the two tokenizers write them."""
    here, there = cut(one, text), cut(other, text)
    names = written(one, here), written(other, there)
    edges = [[0, 0], *common_spans(here, there).tolist()]
    return [(names[0][a:c], names[1][b:d]) for (a, b), (c, d) in pairwise(edges)]


def test_spaces_and_accents_have_their_tokens() -> None:
    assert spans("characters", "WordPiece", "a e\u0301. ")[:3] == [
        (["a"], ["a"]),
        ([" ", "e", "<unk>"], ["e"]),  # the accent that WordPiece removes
        (["<unk>", " "], ["[UNK]"]),
    ]


def test_what_looks_like_a_special_token_is_text() -> None:
    tokens = cut("byte-level BPE", "<s>")
    assert tokens.ids_N.tolist() != [tokenizer_of("byte-level BPE").convert_tokens_to_ids("<s>")]
    assert tokens.offsets_N2[-1].tolist() == [2, 3]
