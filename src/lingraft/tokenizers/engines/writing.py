"""Texts as a tokenizer's normalizer writes them: by Python where it does the same, which is faster.

Normal forms of characters that two versions of Unicode know are the same in both (Unicode's policy
of stability). So each character is put before both when it is met first, by itself and beside
combining marks. Texts with characters that are read differently, or that Python does not know, go
to the tokenizer's normalizer, as do those in which a later step has something to do.

Shapes: N characters of a block of texts, D texts.
"""

from typing import Any, Literal, cast
from unicodedata import category, normalize

import numpy as np

from lingraft.tokenizers.engines.alphabet import PLANES
from lingraft.tokenizers.engines.character_kinds import CharacterKinds
from lingraft.tokenizers.engines.prefixes import code_points
from lingraft.tokenizers.locality import METASPACE, collapses_spaces, states_of

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
_FORMS = ("NFC", "NFD", "NFKC", "NFKD")
_SPACE, _NUL = ord(" "), 0
# Kinds of characters.
_PLAIN, _STRANGE, _WHITE = 1, 2, 3
_SIGNS = (METASPACE, "\u180e")
_MARKS = (("", ""), ("\u0345", ""), ("", "\u0334"))


class Writer:
    """Normalizes texts.

    Args:
        backend: a `tokenizers.Tokenizer`.
    """

    def __init__(self, backend: Any) -> None:
        self._normalizer = backend.normalizer
        self._form, self._cleans_spaces = _form_and_spaces(backend)
        self._kinds = CharacterKinds(self._kind_of)

    def write(self, texts: list[str]) -> list[str | None]:
        """Each text as the normalizer writes it.

        None stands for a text that is more than words with a single space between two: it is empty,
        has NUL, the sign for a space, white space but spaces, or two of these together or one at
        an edge.
        """
        if self._normalizer is None:
            return self._only_simple(texts, texts)
        if self._form is None:
            written = list(map(self._normalizer.normalize_str, texts))
            return self._only_simple(written, texts)
        form = self._form
        written = [normalize(form, text) for text in texts]
        again = {*self._rows(texts, strange=True, spaces=False)}
        if self._cleans_spaces:
            again.update(self._rows(written, strange=False, spaces=True))
        for row in again:
            written[row] = self._normalizer.normalize_str(texts[row])
        return self._only_simple(written, texts)

    def _only_simple(self, written: list[str], texts: list[str]) -> list[str | None]:
        simple: list[str | None] = [*written]
        for row in self._rows(written, strange=False, spaces=True):
            simple[row] = None
        return simple

    def _rows(self, written: list[str], strange: bool, spaces: bool) -> list[int]:
        """Texts that are empty, have NUL, characters that Python does not know, or such spaces."""
        codes_N = code_points("\0" + "\0".join(written) + "\0")
        is_nul_N = codes_N == _NUL
        borders = np.flatnonzero(is_nul_N)
        if len(borders) != len(written) + 1:
            return [row for row, text in enumerate(written) if not text or "\0" in text] + [
                row
                for row, text in enumerate(written)
                if text and "\0" not in text and self._rows([text], strange, spaces)
            ]
        hit_N = np.zeros(len(codes_N), bool)
        hit_N[1:] = is_nul_N[1:] & is_nul_N[:-1]
        if strange or spaces:
            kinds_N = self._kinds.of_codes(codes_N)
            if strange:
                hit_N |= kinds_N == _STRANGE
            if spaces:
                hit_N |= kinds_N == _WHITE
                is_edge_N = (codes_N == _SPACE) | is_nul_N
                hit_N[1:] |= is_edge_N[1:] & is_edge_N[:-1]
        # The border before a place; a hit on the last border belongs to the text before it.
        return sorted({*(np.searchsorted(borders, np.flatnonzero(hit_N)) - 1).tolist()})

    def _kind_of(self, character: str) -> int:
        kind = category(character)
        # Controls may be white space to one library and not to another.
        if character not in " \0" and (character.isspace() or kind == "Cc" or character in _SIGNS):
            return _WHITE
        if kind in ("Cn", "Cs") or not any(ord(character) in plane for plane in PLANES):
            return _STRANGE
        if self._form is not None:
            # The marks are the first and the last in the order of combining marks.
            probes = [f"a{before}{character}{after}b" for before, after in _MARKS]
            for probe in probes:
                if normalize(self._form, probe) != self._normalizer.normalize_str(probe):
                    return _STRANGE
        return _PLAIN


def _form_and_spaces(backend: Any) -> tuple[Form | None, bool]:
    """Which normal form Python can write, and whether later steps change only runs of white space
    and spaces at the edges."""
    match states_of(backend.normalizer):
        case [{"type": form}, *later] if form in _FORMS and all(map(_cleans_spaces, later)):
            return cast(Form, form), bool(later)
    return None, False


def _cleans_spaces(step: dict[str, Any]) -> bool:
    return collapses_spaces(step) or step["type"] == "Strip"
