"""Translation counts from a dictionary alone, aligned again with ever shorter pieces.

Sakajo et al. (2025), Dictionaries to the Rescue: Cross-Lingual Vocabulary Transfer for Low-Resource
Languages Using Bilingual Dictionaries. Headwords and translations are aligned token by token. The
target tokens that were counted are then taken out of the tokenizer: it cuts the same headwords into
shorter pieces, which are aligned in the next round, until a round counts nothing new.

Shapes: T target vocabulary, S source rows.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from lingraft.errors import InputError
from lingraft.initialization.evidence.pieces import split
from lingraft.initialization.parallel.counts import usable
from lingraft.initialization.parallel.sentences import Sentences
from lingraft.initialization.parallel.settings import WordAlignment
from lingraft.initialization.parallel.word_alignment import align
from lingraft.initialization.request import Request, need
from lingraft.numeric import sparse
from lingraft.tokenizers.extending import read_state
from lingraft.tokenizers.pretokens import never_merged
from lingraft.tokenizers.pruning import indispensable
from lingraft.tokenizers.renumbering import keep_only
from lingraft.tokenizers.token_table import TokenTable
from lingraft.vectors.dictionaries.tsv import read_lines

logger = logging.getLogger(__name__)

Prune = Callable[[csr_array], csr_array]
Ids = list[list[int]]


@dataclass(frozen=True)
class RecurrentCounts:
    """Counts of all rounds, each target token from the one round that counted it.

    Attributes:
        counts_TS: the counts (T, S).
        pairs: number of pairs of the dictionary.
        mapped: how many target tokens each round counted for the first time.
    """

    counts_TS: csr_array
    pairs: int
    mapped: list[int]

    def account(self) -> dict[str, Any]:
        """How the dictionary was aligned."""
        return {"recurrent": {"dictionary_pairs": self.pairs, "mapped_in_rounds": self.mapped}}


def count_dictionary(
    request: Request, settings: WordAlignment, prune: Prune, method: str
) -> RecurrentCounts:
    """Align the dictionary until no round counts a further target token.

    The paper's loop then goes on with a higher least count. That loop finds nothing: what no pair
    reaches in an alignment, no pair exceeds in the same alignment, so here it is left out.

    Args:
        request: with a dictionary.
        settings: how pairs are aligned.
        prune: which counts of a round are kept.
        method: the name of the method that asks, for errors.

    Raises:
        ConfigError: there is no dictionary.
        InputError: it is empty or damaged, or the target's vocabulary cannot be made smaller.
    """
    pairs = _read(need(request.evidence.dictionaries, method, "a dictionary (of an alignment)"))
    source = split(request.source, [source for source, _ in pairs])
    texts = [target for _, target in pairs]
    shorter = ShorterPieces(request.target)
    total_TS = csr_array((len(request.target), request.columns))
    mapped: list[int] = []
    while True:
        counts_TS = prune(_round(request, settings, source, shorter.split(texts)))
        found_T = sparse.row_support(counts_TS) > 0
        if not found_T.any():
            break
        total_TS = csr_array(total_TS + counts_TS)
        mapped.append(int(found_T.sum()))
        shorter.remove(np.flatnonzero(found_T).tolist())
    logger.info("%d pairs of the dictionary gave %s tokens in rounds", len(pairs) // 2, mapped)
    return RecurrentCounts(sparse.canonical(total_TS), len(pairs) // 2, mapped)


class ShorterPieces:
    """A tokenizer that loses tokens, and what it makes of texts then, in the ids of the first one.

    With a token of BPE the merges that make it go. Tokens without which some text could not be cut
    (characters) stay in the tokenizer, and are left out of what it makes once they were taken out;
    bytes that stand for an unknown character are left out from the start.
    """

    def __init__(self, table: TokenTable) -> None:
        """Of the tokens of a table, which is not changed.

        Raises:
            InputError: the tokenizer is not of a kind whose vocabulary can be made smaller.
        """
        self._backend = table.tokenizer.backend_tokenizer
        self._origin = table.tokenizer.name_or_path or "the target tokenizer"
        state = read_state(self._backend, self._origin)
        self._fixed = indispensable(self._backend, state["model"])
        self._kept = sorted(self._backend.get_vocab().values())
        self._hidden = {*np.flatnonzero(table.special_T).tolist(), *never_merged(self._backend)}
        self._current = self._smaller()

    def remove(self, tokens: Iterable[int]) -> None:
        """Take tokens out, by their ids."""
        gone = set(tokens)
        self._hidden |= gone
        without = gone - self._fixed
        self._kept = [index for index in self._kept if index not in without]
        self._current = self._smaller()

    def split(self, texts: Sequence[str]) -> Ids:
        """The ids of each text, without those that are no text and those taken out."""
        encoded = self._current.encode_batch_fast(list(texts), add_special_tokens=False)
        return [
            [kept for index in each.ids if (kept := self._kept[index]) not in self._hidden]
            for each in encoded
        ]

    def _smaller(self) -> Any:
        state = read_state(self._backend, self._origin)
        state["truncation"] = state["padding"] = None
        return keep_only(state, self._kept)


def _read(paths: Sequence[Path]) -> list[tuple[str, str]]:
    """Every pair once, both words without and then with a space before them.

    Words of a text have a space before them, but not the first one, and a dictionary has neither.
    """
    distinct = dict.fromkeys(
        (pair.source, pair.target) for path in paths for pair in read_lines(path)
    )
    if not distinct:
        raise InputError(f"{', '.join(map(str, paths))}: no pair of words is in this dictionary")
    return [(space + source, space + target) for space in ("", " ") for source, target in distinct]


def _round(request: Request, settings: WordAlignment, source: Ids, target: Ids) -> csr_array:
    """Counts (T, S) of one segmentation; none where nothing is left of the headwords."""
    # A tokenizer that puts a space before each text makes the same of both forms of a pair.
    entries = {
        (tuple(left), tuple(right), number % (len(source) // 2)): (left, right)
        for number, (left, right) in enumerate(zip(source, target, strict=True))
        if left and right
    }
    shape = (len(request.target), len(request.source))
    if not entries:
        return usable(request, csr_array(shape))
    longest, as_sets = settings.maximum_tokens, settings.sets_of_tokens
    sides = (
        Sentences.of(side, longest=longest, as_sets=as_sets)
        for side in zip(*entries.values(), strict=True)
    )
    return usable(request, align(*sides, shape=shape, settings=settings).counts())
