"""The rows of words in a vocabulary, in their own case or in any.

Legend: W words, F forms.
"""

from functools import cached_property

import numpy as np

from lingraft.numeric.arrays import Int64
from lingraft.vectors.vectorset import VectorSet


class Lookup:
    """Finds words by their form: the word itself, or the word in upper case as gensim has it.

    Upper case merges letters that some languages tell apart: Turkish dotless and dotted i.
    """

    def __init__(self, vectors: VectorSet, any_case: bool = False) -> None:
        """Index the forms; of several words with one form the most frequent is found.

        Args:
            vectors: the words.
            any_case: whether the case of letters is ignored.
        """
        self._any_case = any_case
        self._lowercase = vectors.lowercase
        forms: dict[str, int] = {}
        first: list[int] = []
        self.forms_W: Int64 = np.empty(len(vectors), dtype=np.int64)
        """The number of each word's form."""
        for row, word in enumerate(vectors.words):
            form = forms.setdefault(self.form(word), len(forms))
            if form == len(first):
                first.append(row)
            self.forms_W[row] = form
        self._forms = forms
        self._first = first

    def form(self, word: str) -> str:
        """The form by which a word is found."""
        word = word.lower() if self._lowercase else word
        return word.upper() if self._any_case else word

    def number(self, word: str) -> int | None:
        """The number of a word's form; None where the vocabulary does not have it."""
        return self._forms.get(self.form(word))

    def row(self, word: str) -> int | None:
        """The row of a word; None where the vocabulary does not have it."""
        number = self.number(word)
        return None if number is None else self._first[number]

    @cached_property
    def first_F(self) -> Int64:
        """The row of the most frequent word of each form."""
        return np.array(self._first, dtype=np.int64)
