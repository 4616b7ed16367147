"""A vocabulary in bytes, and its model alone: how the code of ZeTT compares and splits tokens.

ZeTT writes every token in the byte-level alphabet of GPT-2, a space before each that begins a word,
and gives its tokenizer a model over these strings. Its lexical baselines look a target token up
there and, where it is missing, split it by that model: without normalizer, pre-tokenizer or prefix.
Special tokens stay as they are, and bytes that a vocabulary lacks come after its last token.

Shapes: T tokens of a vocabulary by id.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

from tokenizers import Tokenizer

from lingraft.tokenizers.spelling import BYTE_OF_CHARACTER, CHARACTER_OF_BYTE
from lingraft.tokenizers.token_table import TokenTable

_OF_FALLBACK = {f"<0x{byte:02X}>": CHARACTER_OF_BYTE[byte] for byte in range(255)}  # not <0xFF>
_SPACES = ("Ġ", "Ċ", "ĉ")  # space, line break, tab
_LONGEST_RUN = 16
_NO_SCORE = -100_000.0  # of a byte that a Unigram vocabulary lacks

Merge = tuple[str, str]


class ByteVocabulary:
    """The tokens of a table in bytes."""

    def __init__(self, table: TokenTable) -> None:
        backend = table.tokenizer.backend_tokenizer
        self._state: dict[str, Any] = json.loads(backend.to_str())
        self._is_bytes = '"ByteLevel"' in json.dumps(self._state["pre_tokenizer"])
        self._prefix: str | None = self._state["model"].get("continuing_subword_prefix")
        self._mark = None if self._is_bytes else _mark(backend)
        self._special = set(table.tokenizer.all_special_tokens)
        self._fallback = _OF_FALLBACK if self._state["model"].get("byte_fallback") else {}
        forms = [
            token if token in self._special else self._spelled(token) if token else f"<gap {index}>"
            for index, token in enumerate(table.tokens)
        ]
        taken = set(forms)
        self.forms: Sequence[str] = [
            form if self._fallback.get(form, form) in taken else self._fallback[form]
            for form in forms
        ]
        """Each token in bytes (T); `<0xE4>` is the character of its byte where that is free."""

    @property
    def as_target(self) -> list[str]:
        """The forms with the only runs of spaces that ZeTT keeps: one, and 1 to 15 of one kind.

        Every other token with several spaces, or of nothing else, goes by a name without meaning.
        """
        runs = [space * length for space in _SPACES for length in range(1, _LONGEST_RUN)]
        kept = {first + run for first in _SPACES for run in runs}
        forms = list(self.forms)
        for index, form in enumerate(forms):
            if form in kept:
                # The first token of this form keeps it; a second one is renamed.
                kept.remove(form)
            elif sum(map(form.count, _SPACES)) > 1 or not form.strip():
                forms[index] = f"<unused_whitespace__{index}>"
        return forms

    @cached_property
    def ids(self) -> Mapping[str, int]:
        """The id of each form; of equal ones the last."""
        return {form: index for index, form in enumerate(self.forms)}

    def pieces(self, form: str) -> list[int]:
        """Ids of the pieces of a form by the model; those beyond the vocabulary are no tokens."""
        return [piece.id for piece in self._model.tokenize(form)]

    @cached_property
    def _model(self) -> Any:
        parts = {"version": "1.0", "added_tokens": [], "model": self._converted()}
        return Tokenizer.from_str(json.dumps(parts)).model

    def _converted(self) -> dict[str, Any]:
        """The tokenizer's model over the forms, as `tokenizers` saves it."""
        model: dict[str, Any] = dict(self._state["model"])
        if self._prefix is not None:
            model["continuing_subword_prefix"] = ""
        forms = [*self.forms, *(byte for byte in BYTE_OF_CHARACTER if byte not in self.ids)]
        if model["type"] == "Unigram":
            scores = dict.fromkeys(BYTE_OF_CHARACTER, _NO_SCORE)
            scores |= {self._spelled(token): score for token, score in model["vocab"]}
            return model | {"vocab": [(form, scores.get(form, 0.0)) for form in forms]}
        if model["type"] == "BPE":
            merges = [
                (self._spelled(left), self._spelled(right)) for left, right in model["merges"]
            ]
            first = [] if self._is_bytes else self._merges_of_characters(merges)
            between = {left + right for left, right in first} - set(forms)
            forms += sorted(between)
            model["merges"] = [*first, *merges]
        return model | {"vocab": {form: index for index, form in enumerate(forms)}}

    def _merges_of_characters(self, merges: Iterable[Merge]) -> list[Merge]:
        """What puts the bytes of each character together, before the vocabulary's own merges."""
        made = {left + right for left, right in merges}
        atoms = set(self.forms) - made - self._special - set(self._fallback)
        return list(
            dict.fromkeys(merge for atom in sorted(atoms) for merge in _from_the_left(atom))
        )

    def _spelled(self, token: str) -> str:
        if self._is_bytes:
            return token
        if self._mark is not None:
            token = token.replace(self._mark, " ")
        if self._prefix is not None:
            is_continued = token.startswith(self._prefix)
            token = token[len(self._prefix) :] if is_continued else " " + token
        return "".join(CHARACTER_OF_BYTE[byte] for byte in token.encode())


def _mark(backend: Any) -> str | None:
    """The tokenizer's character for a space, found in how it writes the beginning of a word."""
    text = " test"
    if backend.normalizer is not None:
        text = backend.normalizer.normalize_str(text)
    if backend.pre_tokenizer is not None:
        text = backend.pre_tokenizer.pre_tokenize_str(text)[0][0]
    return None if text == "test" or text.startswith(" ") else text[0]


def _from_the_left(atom: str) -> Iterable[Merge]:
    """Merges of neighbors, pass by pass, until one string is left."""
    parts = list(atom)
    while len(parts) > 1:
        for left, right in list(pairwise(parts)):
            merged = _merged(parts, left, right)
            if len(merged) < len(parts):
                yield left, right
            parts = merged


def _merged(parts: Sequence[str], left: str, right: str) -> list[str]:
    merged: list[str] = []
    for part in parts:
        if merged and merged[-1] == left and part == right:
            merged[-1] = left + right
        else:
            merged.append(part)
    return merged
