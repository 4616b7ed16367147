"""Which tokens may become one string, as the authors of dynamic tokenization decide it by text.

A merge never has white space inside of it, except where a boundary allows that. Halves of a
character may always be merged: only together they have a text. Special tokens, single bytes of
SentencePiece and the unknown token are never merged.

Vocabularies spell words in different ways (`lingraft.tokenizers.spelling`). Byte-level BPE and
SentencePiece write the space before a word, so a string tells where it is; WordPiece does not, and
there the text is asked (`spaces_before`).
"""

import string
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from tokenizers import pre_tokenizers

from lingraft.config.dynamic import Boundary
from lingraft.tokenizers.backend import row_count
from lingraft.tokenizers.pretokens import never_merged
from lingraft.tokenizers.spelling import (
    Spelling,
    bytes_of,
    end_mark,
    inside_mark,
    spelling_of,
)
from lingraft.tokenizers.token_table import tokens_by_id

_SPACES: dict[Spelling, str] = {"bytes": "ĉĠĊ", "metaspace": "▁\t\n "}
# Double line feeds stay apart, as in the authors' code: some pre-tokenizers cut "x\n\ny" there.
_LINE_FEEDS = ("ĊĊ", "\n\n")
_PUNCTUATION = frozenset(string.punctuation) - {"#"}


_WRITTEN: tuple[Spelling, ...] = ("bytes", "metaspace", "suffix")


def writes_spaces(tokenizer: Any) -> bool:
    """Whether the tokens of a vocabulary tell where white space stood before a word."""
    return spelling_of(tokenizer.backend_tokenizer) in _WRITTEN


class Boundaries:
    """What may be merged in the texts of one tokenizer.

    Attributes:
        tokens: of the vocabulary by id; gaps are empty.
        first_free: the first number that is not an id of the tokenizer.
    """

    def __init__(self, tokenizer: Any, boundary: Boundary) -> None:
        """Read a vocabulary.

        Args:
            tokenizer: a fast tokenizer of transformers.
            boundary: how far a merge may reach: `pretokens`, what the tokenizer itself keeps
                together; `words`, what stands between white space; `hyphenated_words`, the same,
                but of punctuation only a hyphen is put to what precedes it; `sentences`, all of a
                text.
        """
        backend = tokenizer.backend_tokenizer
        self._backend, self._boundary = backend, boundary
        self.tokens = tokens_by_id(backend.get_vocab())
        self.first_free = row_count(backend)
        self._alone = never_merged(backend) | set(tokenizer.all_special_ids)
        self._spelling = spelling_of(backend)
        prefix = inside_mark(backend.model)
        self._prefix = prefix or ("##" if self._spelling == "wordpiece" else "")
        self._suffix = end_mark(backend.model)
        self._ids = {
            token: index for index, token in enumerate(self.tokens) if index not in self._alone
        }
        self._words = pre_tokenizers.WhitespaceSplit()

    @cached_property
    def _punctuation(self) -> frozenset[str]:
        """Tokens with punctuation and without digits."""
        return frozenset(
            token
            for token in self.tokens
            if not _PUNCTUATION.isdisjoint(token) and not any(map(str.isdigit, token))
        )

    @property
    def writes_spaces(self) -> bool:
        """Whether a string tells where white space stood before a word."""
        return self._spelling in _WRITTEN

    def token_of(self, text: str) -> int | None:
        """The id of a string that is a token; None if it is none, or one that is no text."""
        return self._ids.get(text)

    def between(self, left: int, right: int, is_spaced: bool | None = None) -> bool:
        """Whether nothing that stands at a place can ever be merged across it.

        Args:
            left: id of the token before the place.
            right: id of the token behind it.
            is_spaced: whether there is white space in the text; None: it is not known. Where the
                strings say it, this is for limits that they do not have.
        """
        if left in self._alone or right in self._alone:
            return True
        if self._boundary == "sentences" or self.writes_spaces:
            return bool(is_spaced) and self._boundary != "sentences"
        if not self._prefix:
            return is_spaced is not False
        # A word may be spelled as a piece is: `##ing` after white space.
        begins = bool(is_spaced) or not self.tokens[right].startswith(self._prefix)
        return begins and (self._boundary == "pretokens" or is_spaced is not False)

    def join(self, left: str, right: str) -> str:
        """Two strings as one, as the vocabulary spells it."""
        if not self._prefix or right.startswith(self._prefix):
            return left + right.removeprefix(self._prefix)
        return f"{left} {right}" if self._boundary == "sentences" else left + right

    def allow(self, left: str, right: str) -> bool:
        """Whether two strings, neither of which is a special token, may become one."""
        if self._boundary == "sentences":
            return True
        if self._suffix and left.endswith(self._suffix):
            return False
        text = self.join(left, right)
        spaces = _SPACES.get(self._spelling, " \t\n")
        if any(mark in text[1:] for mark in spaces) and (
            text in _LINE_FEEDS or any(character not in spaces for character in text)
        ):
            return False
        plain = self._plain(text)
        if plain is None:  # halves of characters
            return True
        if self._boundary == "pretokens":
            return self._is_one_pretoken(plain)
        if len(self._words.pre_tokenize_str(plain)) != 1:
            return False
        if self._boundary == "words" or left in self._punctuation:
            return True
        return right not in self._punctuation or right.removeprefix(self._prefix) == "-"

    def _plain(self, text: str) -> str | None:
        """The text of a string; None where its bytes are not whole characters."""
        if self._spelling == "bytes":
            content = bytes_of(text)
            try:
                return text if content is None else content.decode("utf-8")
            except UnicodeDecodeError:
                return None
        if self._spelling == "metaspace":
            return text.replace("▁", " ")
        return text.removeprefix(self._prefix).removesuffix(self._suffix)

    def _is_one_pretoken(self, plain: str) -> bool:
        if self._spelling == "wordpiece":
            return True  # `between` cuts where the next one begins
        cutter = self._backend.pre_tokenizer
        return cutter is None or len(cutter.pre_tokenize_str(plain)) == 1


def spaces_before(
    encodings: Sequence[Any], texts: Sequence[str], seconds: Sequence[str] | None = None
) -> list[list[bool]]:
    """Of each token, whether white space stands before it; a text begins with some.

    Args:
        encodings: of `tokenizers`, one for each text.
        texts: the texts.
        seconds: the second texts of pairs.
    """
    found = []
    for number, encoding in enumerate(encodings):
        both = (texts[number], "" if seconds is None else seconds[number])
        row, end = [], 0
        for (start, stop), which in zip(encoding.offsets, encoding.sequence_ids, strict=True):
            # One character may be several tokens: the second one begins at 0, too.
            row.append(end == 0 or any(map(str.isspace, both[which or 0][end:start])))
            end = stop
        found.append(row)
    return found
