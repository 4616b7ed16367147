"""What the decoder of RetroMAE is given: which tokens it rebuilds, and what each of them may see.

As the masks of `masking`, a pure function of seed and sample number. Each ordinary token is
rebuilt. For each of them every other one is hidden with the probability of the recipe, by words or
by tokens as the encoder's masks are; it never sees itself, and always the row's first token, which
is the vector of the row.

The authors' code draws at most 256 masks a text and gives each token one of them; here each token
has its own.

Shapes: N rows, L tokens of a row, V ids, R rebuilt tokens.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lingraft.corpus.token_files import Specials, TokenFile
from lingraft.errors import InputError
from lingraft.numeric.arrays import Uint64
from lingraft.training.masking import first_of_words
from lingraft.training.sampler import key, mix

_DRAWS = 4  # numbers of 16 bits in one of 64
_RANGE = 1 << 16
_LONG_WORDS = 8.0  # tokens; with spaces, words have fewer on average, whatever the tokenizer
_SAMPLE = 100_000  # tokens whose words are counted


@dataclass(frozen=True)
class Rebuilt:
    """Which tokens are rebuilt (row * L + place), and which places each place sees."""

    places_R: NDArray[np.int64]
    visible_NLL: NDArray[np.bool_]


class Rebuilder:
    """Chooses what the decoder rebuilds and sees.

    Args:
        probability: of being hidden from a token that is rebuilt.
        specials: special tokens are neither rebuilt nor hidden.
        word_starts_V: which ids begin a word; None to hide single tokens.
    """

    def __init__(
        self, probability: float, specials: Specials, word_starts_V: NDArray[np.bool_] | None
    ) -> None:
        self.limit = np.uint32(round(probability * _RANGE))
        self.special_V = np.zeros(specials.vocabulary_size, bool)
        self.special_V[list(specials.special)] = True
        self.word_starts_V = word_starts_V

    def apply(
        self, ids_NL: NDArray[np.int64], real_NL: NDArray[np.bool_], keys_N: Uint64
    ) -> Rebuilt:
        """Choose for rows with nothing hidden.

        Args:
            ids_NL: token ids.
            real_NL: False for padding.
            keys_N: one key for each row, made of seed and sample number.
        """
        rows, length = ids_NL.shape
        ordinary_NL = real_NL & ~self.special_V[ids_NL]
        words_NL = self._words(ids_NL, ordinary_NL)
        counters = key(np.arange(length * -(-length // _DRAWS)))
        visible_NLL = np.empty((rows, length, length), bool)
        for row in range(rows):  # in turn, so that a row's draws stay in the processor's cache
            draws_LL = mix(keys_N[row] ^ counters).view(np.uint16).reshape(length, -1)
            # Column j of a row of draws decides over the word that begins at place j.
            hidden_LL = (draws_LL < self.limit)[:, words_NL[row]] & ordinary_NL[row]
            visible_NLL[row] = ~hidden_LL & real_NL[row]
        visible_NLL[:, np.arange(length), np.arange(length)] = False
        # Padding sees it, too: attention to nothing would not be a number.
        visible_NLL[:, :, 0] = True
        return Rebuilt(np.flatnonzero(ordinary_NL), visible_NLL)

    def _words(
        self, ids_NL: NDArray[np.int64], ordinary_NL: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        if self.word_starts_V is None:
            return np.broadcast_to(np.arange(ids_NL.shape[1]), ids_NL.shape)
        return first_of_words(ordinary_NL, self.word_starts_V[ids_NL])


def require_rebuildable(
    name: str, file: TokenFile, word_starts_V: NDArray[np.bool_] | None
) -> None:
    """Refuse a corpus whose texts do not begin with a special token, or have no short words.

    Args:
        name: of the corpus.
        file: its tokens.
        word_starts_V: which ids begin a word, if whole words are hidden.

    Raises:
        InputError: says what to set instead.
    """
    if not file.meta.specials.prefix:
        raise InputError(
            "the tokenizer puts no special token (such as [CLS]) in front of a text, and retromae "
            "and dupmae train its vector; write objective: masked"
        )
    if word_starts_V is None:
        return
    ids_N = file.tokens_N[:_SAMPLE]
    begins_N = word_starts_V[ids_N] | (ids_N == file.meta.specials.separator)
    if (length := len(ids_N) / max(1, int(begins_N.sum()))) > _LONG_WORDS:
        raise InputError(
            f"masking.whole_words: words of corpus {name} have {length:.0f} tokens on average, as "
            "in a script without spaces, so that most of a row would be hidden at once; set "
            "masking: {whole_words: false}"
        )
