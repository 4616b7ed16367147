"""Byte-level BPE by gigatoken (M. Roed, MIT), for tokenizers that are wholly understood.

The library is given a vocabulary in the plainest form: the 256 bytes, and after them the merges in
the order of their ranks. A table turns its ids into those of the tokenizer, so that nothing depends
on how the library reads special tokens, gaps between ids or another order of them. Text comes to it
as the tokenizer's own normalizer writes it.

A text goes to the library only if all its characters are of `alphabet`; all others go to the words
or to the tokenizer itself. Tokenizers with any part that is not named here are refused.
"""

import re
from importlib.metadata import PackageNotFoundError, version
from itertools import compress
from typing import Any, NamedTuple, cast

import numpy as np
import orjson
from numpy.typing import NDArray

from lingraft.tokenizers.engines.alphabet import (
    ANY,
    BREAK,
    COMPOSES,
    NOT_ASCII,
    SPACE,
    STRANGE,
    Alphabet,
    TextKinds,
)
from lingraft.tokenizers.engines.engine import Disagreement, EncodedTexts, EncodingEngine, Unsuited
from lingraft.tokenizers.engines.whole import Whole
from lingraft.tokenizers.engines.words import WordByWord
from lingraft.tokenizers.expressions import CUTS, MARKS
from lingraft.tokenizers.locality import KEEP_ASCII, repeats, state_of, states_of
from lingraft.tokenizers.spelling import CHARACTER_OF_BYTE

# Character classes differ between versions of Unicode, and so between versions of both libraries:
# (gigatoken, tokenizers) that were compared code point by code point.
COMPARED = frozenset({("0.10.0", "0.23.3")})
# Its memory of words grows without a limit: after so many characters it begins again.
_FORGET = 1 << 28
_DIGIT = re.compile("([0-9])")
_BREAK = ord("\n")  # bytes are their own ids here
_POST_PROCESSORS = {"BertProcessing", "ByteLevel", "RobertaProcessing", "TemplateProcessing"}


class Gigatoken(EncodingEngine):
    """Texts by the library, and those with a character outside of its alphabet by `WordByWord`."""

    name = "gigatoken"
    includes = frozenset({WordByWord.name})

    def __init__(self, backend: Any) -> None:
        _require_versions()
        self._cutting = cutting = _cutting(backend)
        model = state_of(backend.model)
        _require_plain(backend, model)
        vocabulary, self._table_V = _renumbered(model)
        self._normalizer = backend.normalizer
        self._changed = _changed([step["type"] for step in states_of(backend.normalizer)])
        self._alphabet = Alphabet(cutting.expression != MARKS, not cutting.digits)
        self._content = _content(vocabulary, model["merges"], cutting.expression)
        self._library = self._load()
        self._read = 0
        try:
            self._others: EncodingEngine = WordByWord(backend)
        except Unsuited:
            self._others = Whole(backend)

    def encode(self, texts: list[str]) -> EncodedTexts:
        if self._read > _FORGET:
            self._library, self._read = self._load(), 0
        self._read += sum(map(len, texts))
        try:
            return self._combine(texts)
        except BaseException as error:
            # What Rust code raises where it gives up is not an Exception.
            if type(error).__name__ != "PanicException":
                raise
            raise Disagreement(self, texts[0]) from None

    def _combine(self, texts: list[str]) -> EncodedTexts:
        """Lines by one call of the library, other texts one by one, and what it may not read."""
        texts, kinds = self._written(texts)
        is_strange_D = kinds.any_D & STRANGE > 0
        is_line_D = self._is_line(kinds)
        if is_line_D.all():
            return self._lines(texts)
        is_single_D = ~(is_line_D | is_strange_D)
        parts = [
            (is_line_D, self._lines(list(compress(texts, is_line_D)))),
            (is_single_D, EncodedTexts.of(list(map(self._one, compress(texts, is_single_D))))),
            (is_strange_D, self._others.encode(list(compress(texts, is_strange_D)))),
        ]
        return EncodedTexts.merged([(np.flatnonzero(rows_D), part) for rows_D, part in parts])

    def _written(self, texts: list[str]) -> tuple[list[str], TextKinds]:
        """The texts as the normalizer writes them, but those that are strange before or after it
        as they were, and what they are."""
        kinds = self._alphabet.kinds(texts)
        rows = np.flatnonzero((kinds.any_D & self._changed > 0) & (kinds.any_D & STRANGE == 0))
        if not len(rows):
            return texts, kinds
        changed = [self._normalizer.normalize_str(texts[row]) for row in rows]
        written, made = list(texts), self._alphabet.kinds(changed)
        for row, text, kind in zip(rows.tolist(), changed, made.any_D.tolist(), strict=True):
            written[row] = texts[row] if kind & STRANGE else text
        for all_D, made_D in zip(kinds, made, strict=True):
            all_D[rows] = made_D
        return written, kinds

    def _lines(self, texts: list[str]) -> EncodedTexts:
        """Ids of texts for which `_is_line` is true: a break between two of them is cut off."""
        if not texts:
            return EncodedTexts.of([])
        ids_L = self._library.encode("\n".join(texts))
        is_break_L = ids_L == _BREAK
        breaks = np.flatnonzero(is_break_L)
        if len(breaks) != len(texts) - 1:
            raise Disagreement(self, texts[0])
        lengths_D = np.diff(breaks, prepend=-1, append=len(ids_L)) - 1
        return EncodedTexts(self._table_V[ids_L[~is_break_L]], lengths_D)

    def _one(self, text: str) -> bytes:
        """The ids of any text."""
        encode = self._library.encode
        if self._cutting.spaced and text and text[0] != " ":
            text = " " + text
        if self._cutting.digits:
            pieces = [encode(piece) for piece in _DIGIT.split(text) if piece]
            return b"".join([self._table_V[ids_L].tobytes() for ids_L in pieces])
        return cast(bytes, self._table_V[encode(text)].tobytes())

    def _is_line(self, kinds: TextKinds) -> NDArray[np.bool_]:
        """Which texts the library may read with a break between two of them.

        GPT-2's expression, and ours, cut them there as they do at the ends of a text.
        """
        cutting = self._cutting
        if cutting.digits or cutting.spaced or cutting.expression not in (None, MARKS):
            return np.zeros(len(kinds.any_D), bool)
        is_whole_D = (kinds.any_D > 0) & (kinds.any_D & (STRANGE | BREAK) == 0)
        is_line_D: NDArray[np.bool_] = is_whole_D & ((kinds.first_D | kinds.last_D) & SPACE == 0)
        return is_line_D

    def _load(self) -> Any:
        from gigatoken.gigatoken_rs import load_hf_json

        try:
            return load_hf_json(self._content)
        except Exception as error:  # the library has no class of its own for what it refuses
            raise Unsuited(f"the library refuses it: {error}") from None


def _require_versions() -> None:
    try:
        found = (version("gigatoken"), version("tokenizers"))
    except PackageNotFoundError:
        raise Unsuited("it is not installed") from None
    if found not in COMPARED:
        names = " with tokenizers ".join(found)
        raise Unsuited(f"version {names} was not compared character by character")


class _Cutting(NamedTuple):
    spaced: bool = False  # whether a space is put before a text
    digits: bool = False  # whether each digit stands alone before anything is cut
    expression: str | None = None  # None is GPT-2's


def _cutting(backend: Any) -> _Cutting:
    match states_of(backend.pre_tokenizer):
        case [{"type": "ByteLevel", "use_regex": True, "add_prefix_space": spaced}]:
            return _Cutting(spaced=spaced)
        case [
            {"type": "Digits", "individual_digits": True},
            {"type": "ByteLevel", "use_regex": True, "add_prefix_space": False},
        ]:
            return _Cutting(digits=True)
        case [
            {"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False},
            {"type": "ByteLevel", "use_regex": False, "add_prefix_space": False},
        ] if pattern.get("Regex") in CUTS:
            return _Cutting(expression=pattern["Regex"])
    raise Unsuited("its pre-tokenizer is not one of GPT-2, SmolLM, Llama 3, Qwen and ours")


def _changed(normalizers: list[str]) -> int:
    """The bits of characters that normalizers may change; others they leave as they are."""
    if normalizers in ([], ["NFC"]):
        return COMPOSES * len(normalizers)
    return NOT_ASCII if KEEP_ASCII.issuperset(normalizers) else ANY


def _require_plain(backend: Any, model: dict[str, Any]) -> None:
    options = ("dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback",
               "ignore_merges")  # fmt: skip
    if model["type"] != "BPE":
        raise Unsuited("its model is not byte-level BPE")
    if named := [name for name in options if model.get(name)]:
        raise Unsuited(f"its model has {' and '.join(named)}")
    if not all(token.special for token in backend.get_added_tokens_decoder().values()):
        raise Unsuited("it has added tokens that are found in a text")
    for step in states_of(backend.post_processor):
        if step["type"] not in _POST_PROCESSORS or repeats(step):
            raise Unsuited("its post-processor is not a known one")


def _renumbered(model: dict[str, Any]) -> tuple[dict[str, int], NDArray[np.uint32]]:
    """The bytes and after them the merges by rank, and the id in the tokenizer of each (V,)."""
    known = {CHARACTER_OF_BYTE[byte]: byte for byte in range(256)}
    for left, right in model["merges"]:
        # The rank of a merge is the id of what it makes: each token needs one merge, of tokens
        # before it.
        made = left + right
        if left not in known or right not in known or made in known:
            raise Unsuited(f"its merge of {left!r} and {right!r} is out of order")
        known[made] = len(known)
    try:
        return known, np.array([model["vocab"][token] for token in known], np.uint32)
    except KeyError as error:
        raise Unsuited(f"its vocabulary has no {error}") from None


def _content(vocabulary: dict[str, int], merges: list[list[str]], expression: str | None) -> bytes:
    """The tokenizer.json that the library reads."""
    pre_tokenizer: dict[str, Any] = {
        "type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True,
    }  # fmt: skip
    # Without marks and joiners, our own expression cuts as GPT-2's does.
    if expression not in (None, MARKS):
        split = {
            "type": "Split", "pattern": {"Regex": expression}, "behavior": "Isolated",
            "invert": False,
        }  # fmt: skip
        steps = [split, {**pre_tokenizer, "use_regex": False}]
        pre_tokenizer = {"type": "Sequence", "pretokenizers": steps}
    model = {"type": "BPE", "vocab": vocabulary, "merges": merges, "byte_fallback": False}
    return orjson.dumps({"added_tokens": [], "pre_tokenizer": pre_tokenizer, "model": model})
