"""What a model of byte words reads and predicts by: words, their vectors, their spelling.

Shapes: N rows, L symbols of the longest row, W words of the longest row, B bytes of the longest
word, M words that are read, S bytes of all rows, V symbols, D dimensions.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from lingraft.models.byte_network import ByteNetwork
from lingraft.models.heads import since_last
from lingraft.tokenizers.byte_words import BYTES

_SPACE = 0x20  # the byte in front of a word, as generators of rows read tokens
_CONTEXT = 3  # bytes of a word that are known where the next one is predicted


class WordPlaces(NamedTuple):
    """Where the words of rows are."""

    of_symbol_NL: Tensor
    """Which word of its row a symbol is of; padding is of the last one."""
    places_NL: Tensor
    """Place of a symbol in its word; 0 for padding."""
    firsts_NW: Tensor
    """Place in the row of the first symbol of a word; 0 where a row has fewer words."""
    real_NW: Tensor
    """False where a row has fewer words."""
    present_NL: Tensor
    """False for padding."""

    def spread(self, states_NWD: Tensor) -> Tensor:
        """The state of its word for each symbol (N, L, D)."""
        index_NL1 = self.of_symbol_NL.unsqueeze(-1)
        return states_NWD.gather(1, index_NL1.expand(-1, -1, states_NWD.shape[-1]))


def find_words(ids_NL: Tensor, real_NL: Tensor, specials: int, longest: int) -> WordPlaces:
    """The words of rows of symbols.

    Special tokens are words of their own. A word of more than `longest` symbols is several.

    Args:
        ids_NL: symbols; none of them hidden.
        real_NL: False for padding.
        specials: number of special tokens, which have the first ids.
        longest: the most symbols of a word.
    """
    is_byte_NL = ids_NL >= specials
    begins_NL = ids_NL < specials + BYTES
    begins_NL[:, 1:] |= ~is_byte_NL[:, :-1]
    begins_NL &= real_NL
    begins_NL[:, 0] = True
    places_NL = since_last(begins_NL)
    begins_NL |= is_byte_NL & real_NL & (places_NL % longest == 0)
    words_NL = begins_NL.cumsum(1) - 1
    counts_N1 = words_NL[:, -1:] + 1
    rows, words = len(ids_NL), int(counts_N1.max())
    firsts_NW = ids_NL.new_zeros(rows, words)
    counter_L = torch.arange(ids_NL.shape[1], device=ids_NL.device)
    # All symbols of a word are written to its place; the least of them is the first.
    firsts_NW = firsts_NW.scatter_reduce(
        1, words_NL, counter_L.expand_as(words_NL), "amin", include_self=False
    )
    real_NW = torch.arange(words, device=ids_NL.device) < counts_N1
    places_NL = torch.where(real_NL, since_last(begins_NL), 0)
    return WordPlaces(words_NL, places_NL, firsts_NW, real_NW, real_NL)


class BytePath(nn.Module):
    """Symbols to one vector a word; in the place of the architecture's nn.Embedding."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.symbols = config.byte_specials + 2 * BYTES
        self.longest = config.byte_maximum - 1  # the space before a word is a byte, too
        self.specials = nn.Embedding(config.byte_specials, config.hidden_size)
        self.network = ByteNetwork(
            config.hidden_size,
            width=config.byte_width,
            queries=config.byte_queries,
            heads=config.byte_heads,
            dropout=config.byte_dropout,
            maximum=config.byte_maximum,
            inner=config.byte_inner,
        )

    @property
    def weight(self) -> Tensor:
        """The vectors of words of one symbol (V, D), computed; not a parameter."""
        ids_V1 = torch.arange(self.symbols, device=self.specials.weight.device)[:, None]
        vectors_V1D: Tensor = self(ids_V1, self.find(ids_V1, None))
        return vectors_V1D[:, 0]

    def find(self, ids_NL: Tensor, mask_NL: Tensor | None) -> WordPlaces:
        """The words of rows of which nothing is hidden."""
        real_NL = torch.ones_like(ids_NL) if mask_NL is None else mask_NL
        return find_words(ids_NL, real_NL.bool(), self.specials.num_embeddings, self.longest)

    def forward(self, ids_NL: Tensor, words: WordPlaces) -> Tensor:
        """The vector of each word (N, W, D).

        Args:
            ids_NL: symbols, some of them hidden by special tokens.
            words: where the words are when nothing is hidden.
        """
        specials = self.specials.num_embeddings
        shape = words.firsts_NW.shape
        # Padding is of the last word, and says nothing about it.
        own_NL = torch.where((ids_NL < specials) & words.present_NL, ids_NL, -1)
        special_NW = ids_NL.new_full(shape, -1).scatter_reduce(
            1, words.of_symbol_NL, own_NL, "amax"
        )
        vectors_NWD: Tensor = self.specials(special_NW.clamp(min=0))
        bytes_NWB, present_NWB = self._bytes(ids_NL, words)
        read_M = ((special_NW < 0) & words.real_NW).flatten().nonzero().squeeze(1)
        if not len(read_M):
            return vectors_NWD
        bytes_MB, present_MB = (x.flatten(0, 1)[read_M] for x in (bytes_NWB, present_NWB))
        found_MD = self.network(bytes_MB, present_MB).to(vectors_NWD.dtype)
        return vectors_NWD.flatten(0, 1).index_copy(0, read_M, found_MD).view_as(vectors_NWD)

    def _bytes(self, ids_NL: Tensor, words: WordPlaces) -> tuple[Tensor, Tensor]:
        """The bytes of each word (N, W, B), and False behind its end."""
        specials = self.specials.num_embeddings
        first_NW = ids_NL.gather(1, words.firsts_NW)
        # As a token of a vocabulary has it, a word begins with a space.
        spaced_NW = (first_NW >= specials) & (first_NW < specials + BYTES)
        places_NL = words.places_NL + spaced_NW.gather(1, words.of_symbol_NL)
        is_byte_NL = ids_NL >= specials
        size = int(torch.where(is_byte_NL, places_NL, 0).max()) + 1
        bytes_NWB = ids_NL.new_full((*first_NW.shape, size), _SPACE)
        present_NWB = torch.zeros_like(bytes_NWB, dtype=torch.bool)
        present_NWB[..., 0] = spaced_NW
        row_S, place_S = is_byte_NL.nonzero(as_tuple=True)
        index = (row_S, words.of_symbol_NL[row_S, place_S], places_NL[row_S, place_S])
        bytes_NWB[index] = (ids_NL[row_S, place_S] - specials) % BYTES
        present_NWB[index] = True
        return bytes_NWB, present_NWB


class Spelling(nn.Module):
    """What is known of a symbol before it is predicted: its place, and the bytes before it."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.places = nn.Embedding(config.byte_maximum, config.hidden_size)
        self.before = nn.ModuleList(
            nn.Embedding(config.byte_specials + 2 * BYTES, config.hidden_size)
            for _ in range(_CONTEXT)
        )

    def forward(self, ids_NL: Tensor, words: WordPlaces) -> Tensor:
        """What is added to the state of each symbol's word (N, L, D)."""
        known_NLD: Tensor = self.places(words.places_NL)
        for back, table in enumerate(self.before, 1):
            earlier_NLD = table(ids_NL.roll(back, 1))
            # Of the same word only, whatever `roll` brings from the end of the row.
            inside_NL1 = (words.places_NL >= back).unsqueeze(-1)
            known_NLD = known_NLD + torch.where(inside_NL1, earlier_NLD, 0.0)
        return known_NLD
