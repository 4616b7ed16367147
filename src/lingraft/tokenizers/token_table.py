"""TokenTable: what initialization needs to know about every id of a tokenizer.

Tokenizers spell the same thing in different ways (`lingraft.tokenizers.spelling`). The table brings
them to one *canonical* form: plain text with a leading space where the token begins a word, bytes
that are not whole characters as `<0xE4>`, special tokens verbatim. Another form of the tokens is a
function of the table, beside the method that compares by it.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.errors import InputError
from lingraft.tokenizers.spelling import Spelling, speller, spelling_of

ROLES = ("bos", "cls", "eos", "sep", "pad", "unk", "mask")
# A decoder has no [CLS]: what opens and what closes a text are the same things under two names.
_RELATED = {"bos": "cls", "cls": "bos", "eos": "sep", "sep": "eos"}
BYTE_TOKEN = re.compile(r"<0x[0-9A-F]{2}>")


class TokenTable:
    """The tokens of a fast tokenizer by id, in several forms, with flags and roles."""

    def __init__(self, tokenizer: Any) -> None:
        """The table of a `transformers` fast tokenizer.

        Raises:
            InputError: the tokenizer is a slow one or has no tokens.
        """
        if getattr(tokenizer, "backend_tokenizer", None) is None:
            name = getattr(tokenizer, "name_or_path", "") or type(tokenizer).__name__
            raise InputError(f"tokenizer {name} has no tokenizer.json (a fast tokenizer is needed)")
        self.tokenizer = tokenizer
        self.ids: Mapping[str, int] = tokenizer.get_vocab()
        if not self.ids:
            raise InputError(f"tokenizer {tokenizer.name_or_path} has an empty vocabulary")
        self.tokens = tokens_by_id(self.ids)

    def __len__(self) -> int:
        """Number of ids, gaps included: the highest id plus one."""
        return len(self.tokens)

    @cached_property
    def present_T(self) -> NDArray[np.bool_]:
        """False where no token has this id."""
        present_T = np.zeros(len(self), bool)
        present_T[np.fromiter(self.ids.values(), np.int64)] = True
        return present_T

    @cached_property
    def special_T(self) -> NDArray[np.bool_]:
        """True for special tokens ([CLS], <s>, <|endoftext|>, ...)."""
        special_T = np.zeros(len(self), bool)
        decoder = self.tokenizer.added_tokens_decoder
        special_T[[index for index, token in decoder.items() if token.special]] = True
        special_T[self.tokenizer.all_special_ids] = True
        return special_T

    @cached_property
    def roles(self) -> Mapping[str, int]:
        """Role (`bos`, `cls`, `eos`, `sep`, `pad`, `unk`, `mask`) -> id, for roles that are set."""
        found = {role: getattr(self.tokenizer, f"{role}_token_id") for role in ROLES}
        return {role: index for role, index in found.items() if index is not None}

    def id_of_role(self, role: str) -> int | None:
        """The id of the token of a role, or of the related role (bos and cls, eos and sep)."""
        return self.roles.get(role, self.roles.get(_RELATED.get(role, "")))

    @cached_property
    def spelling(self) -> Spelling:
        """How this vocabulary writes word boundaries, from the tokenizer's own parts."""
        return spelling_of(self.tokenizer.backend_tokenizer)

    @property
    def marks_word_starts(self) -> bool:
        """Whether a token says that it begins a word; where ends are marked, none does."""
        return self.spelling not in ("suffix", "unfinished")

    @cached_property
    def canonical(self) -> Sequence[str]:
        """Canonical form by id; gaps are empty."""
        verbatim = {index: token.content for index, token in self._verbatim.items()}
        spell = speller(self.tokenizer.backend_tokenizer, self.spelling)
        return [
            verbatim[index] if index in verbatim else spell(token)
            for index, token in enumerate(self.tokens)
        ]

    @property
    def _verbatim(self) -> Mapping[int, Any]:
        decoder: Mapping[int, Any] = self.tokenizer.added_tokens_decoder
        return decoder

    @cached_property
    def word_start_T(self) -> NDArray[np.bool_]:
        """True where the token begins a word."""
        # A space and the first byte of a character are bytes.
        return np.array([text.startswith((" ", "<0x20>")) for text in self.canonical])

    @cached_property
    def inside_words_T(self) -> NDArray[np.bool_]:
        """True where the token says that it stands inside of a word; False where the vocabulary
        does not mark the beginnings, and for added tokens, which stand anywhere."""
        if not self.marks_word_starts or self.spelling == "plain":
            return np.zeros(len(self.tokens), bool)
        found_T = ~self.word_start_T
        found_T[list(self._verbatim)] = False
        return found_T

    @cached_property
    def byte_T(self) -> NDArray[np.bool_]:
        """True for tokens that are bytes and not whole characters."""
        return np.array([BYTE_TOKEN.match(text) is not None for text in self.canonical])

    @cached_property
    def texts(self) -> Sequence[str]:
        """The bare text of each token: without boundary marks; empty for bytes and specials."""
        hidden_T = self.byte_T | self.special_T
        return [
            "" if hidden else text.strip()
            for text, hidden in zip(self.canonical, hidden_T, strict=True)
        ]

    @cached_property
    def decoded(self) -> Sequence[str]:
        """`tokenizer.decode(id)` by id, as the authors' codes see a token."""
        return [
            self.tokenizer.decode(index) if token else "" for index, token in enumerate(self.tokens)
        ]


def tokens_by_id(ids: Mapping[str, int]) -> list[str]:
    """The tokens of a vocabulary by id; gaps are empty."""
    tokens = [""] * (max(ids.values()) + 1)
    for token, index in ids.items():
        tokens[index] = token
    return tokens
