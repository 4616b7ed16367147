"""Tokenizers that may look across a space; for most of them a text is known that shows it."""

from collections.abc import Callable
from typing import Any

import pytest
from tokenizers import AddedToken, Regex, Tokenizer, models, processors
from tokenizers import normalizers as n
from tokenizers import pre_tokenizers as p

from lingraft.tokenizers.locality import cuts_at_spaces

BYTES = p.ByteLevel(add_prefix_space=False)
FIRST = p.Metaspace(prepend_scheme="first")


class Program:
    def pre_tokenize(self, text: Any) -> None:
        """Leave it whole."""


def tokenizer(
    normalizer: Any,
    *cutters: Any,
    added: tuple[Any, ...] = (),
    special: tuple[str, ...] = (),
    **options: Any,
) -> Tokenizer:
    """Characters are tokens."""
    vocabulary = {chr(code): code for code in range(33, 127)} | {"<unk>": 0, "\u2581": 1}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>", **options))
    if normalizer:
        backend.normalizer = normalizer
    if cutters:
        backend.pre_tokenizer = cutters[0] if len(cutters) == 1 else p.Sequence(list(cutters))
    backend.add_special_tokens(list(special))
    backend.add_tokens(list(added))
    return backend


def sampling() -> Tokenizer:
    pieces = [("<unk>", 0.0), ("\u2581", -2.0), ("a", -1.0), ("b", -1.0), ("ab", -1.5)]
    backend = Tokenizer(models.Unigram(pieces, 0, False))
    backend.pre_tokenizer = p.Metaspace()
    backend.model.alpha, backend.model.nbest_size = 0.5, 64
    return backend


def repeating() -> Tokenizer:
    backend = tokenizer(None, p.WhitespaceSplit())
    backend.post_processor = processors.TemplateProcessing(
        single="$A $A", pair="$A $B", special_tokens=[]
    )
    return backend


def split(expression: str) -> list[Any]:
    by_expression = p.Split(Regex(expression), "isolated")
    return [by_expression, p.ByteLevel(add_prefix_space=False, use_regex=False)]


COLLAPSED = n.Sequence([n.BertNormalizer(), n.Replace(Regex(" {2,}"), " ")])
WORDS = p.WhitespaceSplit()
UNKNOWN = {
    "no pre-tokenizer": tokenizer(n.NFC()),
    "a cleaning of its own": tokenizer(n.Replace(Regex(r"\s\S"), " "), WORDS),
    "a space put before": tokenizer(n.Prepend("\u2581"), BYTES),
    "spaces replaced": tokenizer(n.Replace(" ", "\u2581"), BYTES),
    "nothing replaced": tokenizer(n.Replace("", "x"), WORDS),
    "an expression of its own": tokenizer(None, *split(r"\w+ \w+|.+")),
    "metaspace does not cut": tokenizer(None, p.Metaspace(split=False)),
    "marked only at the start": tokenizer(None, WORDS, FIRST),
    "stripped, but spaces kept": tokenizer(n.Strip(), BYTES),
    "stripped, marked at the start": tokenizer(n.Strip(), FIRST),
    "stripped too early": tokenizer(n.Sequence([n.Strip(), n.NFKC()]), p.Metaspace()),
    "stripped before words are cut": tokenizer(n.Sequence([n.Strip(), n.NFKC()]), WORDS),
    "another sign for a space": tokenizer(n.Strip(), p.Metaspace(replacement="_")),
    "cut at random": tokenizer(None, BYTES, dropout=0.1),
    "sampled": sampling(),
    "the text twice": repeating(),
    "a program": tokenizer(None, p.PreTokenizer.custom(Program())),
    "a token across words": tokenizer(None, BYTES, added=("NEW YORK",)),
    "a token that takes spaces": tokenizer(None, BYTES, added=(AddedToken("NEW", rstrip=True),)),
    "a token of spaces where they are dropped": tokenizer(None, WORDS, added=("  ",)),
    "a token that becomes spaces": tokenizer(
        n.BertNormalizer(), p.BertPreTokenizer(), added=("\n\n",)
    ),
    "a token that becomes two words": tokenizer(n.NFKC(), WORDS, added=("NEW\u00a0YORK",)),
    "a token that comes to end in a space": tokenizer(
        COLLAPSED, p.BertPreTokenizer(), added=("a\u4e2d",)
    ),
    "a token that the normalizer would delete": tokenizer(
        n.BertNormalizer(), BYTES, added=(AddedToken("\x0b ", normalized=False),)
    ),
    "a token whose space is stripped": tokenizer(n.Strip(), p.Metaspace(), added=("NEW",)),
    "a special token that hides another": tokenizer(
        None, BYTES, special=("<a b>",), added=(AddedToken("b>", normalized=False),)
    ),
}


@pytest.mark.parametrize("backend", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_tokenizers_that_may_look_further(backend: Tokenizer) -> None:
    assert not cuts_at_spaces(backend)


@pytest.mark.parametrize("rule", ["20\t5F", "20\t"], ids=["replaced", "deleted"])
def test_a_character_map_without_spaces(rule: str, character_map: Callable[[str], Any]) -> None:
    assert not cuts_at_spaces(tokenizer(character_map(rule), p.Metaspace()))


@pytest.mark.parametrize(
    "backend",
    [
        tokenizer(None, BYTES, special=("[MASK]", "<s>"), added=("   ", "\n\n", "NEW")),
        tokenizer(n.NFC(), p.BertPreTokenizer(), added=("NEW",)),
        tokenizer(n.Strip(), p.Metaspace(), special=("<mask>",)),
    ],
    ids=["bytes", "words", "stripped"],
)
def test_harmless_added_tokens(backend: Tokenizer) -> None:
    assert cuts_at_spaces(backend)
