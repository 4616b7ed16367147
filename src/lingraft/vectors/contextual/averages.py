"""Static vectors as means of a teacher's states: over contexts, or of words read alone.

Bommasani, Davis and Cardie (2020), *Interpreting Pretrained Contextualized Representations via
Reductions to Static Embeddings*: a word's vector in a context is the mean of its subwords' states;
over contexts it is the mean of these.

Legend: W words, G parts of a batch, E width of the teacher.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from lingraft.errors import InputError
from lingraft.numeric.arrays import Float32, Int64
from lingraft.vectors.contextual.passages import spans_of_words, split_sentences
from lingraft.vectors.contextual.teacher import Passage, TeacherModel

State = Literal["word", "first"]


@dataclass(frozen=True)
class Words:
    """The words that get vectors, and how they are found in a text.

    Attributes:
        index: row of each word.
        language: as in swh_Latn; decides the segmentation.
        lowercase: the words are lower-cased.
    """

    index: dict[str, int]
    language: str
    lowercase: bool

    def found(self, text: str) -> list[tuple[int, tuple[int, int]]]:
        """Row, and place in characters, of each word of the text that gets a vector."""
        pairs = spans_of_words(text, self.language)
        folded = ((word.lower() if self.lowercase else word, span) for word, span in pairs)
        return [(self.index[word], span) for word, span in folded if word in self.index]


def mean_over_contexts(
    words: Words, texts: Iterable[str], teacher: TeacherModel, state: State
) -> Float32:
    """The mean state (W, E) of each word over the sentences that it is in.

    Args:
        words: what gets a vector; each occurs in the texts.
        texts: documents.
        teacher: what reads their sentences.
        state: word: the mean of the word's own subwords, once for each occurrence; first: the first
            token of the sentence ([CLS]), once for each sentence that has the word.

    Raises:
        InputError: the teacher says something that is not a number.
    """
    sums = _Sums.of(len(words.index), teacher.width)
    sentences = (sentence for text in texts for sentence in split_sentences(text))
    if state == "word":
        for keys_G, means_GE in teacher.means(_occurrences(sentences, words)):
            sums.add(keys_G, means_GE)
        return sums.means()
    waiting: dict[int, list[int]] = {}  # sentence -> its words, until the teacher has read it
    for keys_G, means_GE in teacher.means(_whole(sentences, words, waiting), "first"):
        rows = [waiting.pop(int(key)) for key in keys_G]
        repeats = torch.tensor([len(each) for each in rows])
        flat = np.array([row for each in rows for row in each], np.int64)
        sums.add(flat, means_GE.repeat_interleave(repeats, dim=0))
    return sums.means()


def read_alone(words: Sequence[str], teacher: TeacherModel, state: State) -> Float32:
    """The state (W, E) of words that are read without context.

    Args:
        words: the words.
        teacher: what reads them.
        state: word: the mean of the word's subwords; first: the first token ([CLS]).

    Raises:
        InputError: the teacher says something that is not a number.
    """
    sums = _Sums.of(len(words), teacher.width)
    passages = (Passage(word, [row], [(0, len(word))]) for row, word in enumerate(words))
    for keys_G, means_GE in teacher.means(passages, "spans" if state == "word" else "first"):
        sums.add(keys_G, means_GE)
    return sums.means()


@dataclass(frozen=True)
class _Sums:
    """Sums of states (W, E), and how many there are of each (W,)."""

    states_WE: Tensor
    counts_W: Tensor

    @classmethod
    def of(cls, words: int, width: int) -> "_Sums":
        return cls(torch.zeros(words, width, dtype=torch.float64), torch.zeros(words))

    def add(self, rows_G: Int64, states_GE: Tensor) -> None:
        if not states_GE.isfinite().all():
            raise InputError("a state of the teacher is not finite; take a teacher that is whole")
        place_G = torch.from_numpy(rows_G)
        self.states_WE.index_add_(0, place_G, states_GE.double())
        self.counts_W.index_add_(0, place_G, torch.ones(len(rows_G)))

    def means(self) -> Float32:
        """Means; a word that was never read (it was always cut off) keeps zeros."""
        found: Float32 = (self.states_WE / self.counts_W.clamp(min=1)[:, None]).float().numpy()
        return found


def _occurrences(sentences: Iterable[str], words: Words) -> Iterator[Passage]:
    for sentence in sentences:
        if found := words.found(sentence):
            rows, spans = zip(*found, strict=True)
            yield Passage(sentence, rows, spans)


def _whole(
    sentences: Iterable[str], words: Words, waiting: dict[int, list[int]]
) -> Iterator[Passage]:
    for number, sentence in enumerate(sentences):
        if rows := sorted({row for row, _ in words.found(sentence)}):
            waiting[number] = rows
            yield Passage(sentence, [number])
