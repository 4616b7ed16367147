"""A vocabulary that a piece of text might have got: its frequent substrings, under noise (ZeTT).

Minixhofer, Ponti and Vulic (2024), *Zero-Shot Tokenizer Transfer*, section 3.1: a Unigram model of
substrings weighted by occurrences, whose weights are disturbed, so that equal text gives different
tokenizers. The candidates here are those of our own Unigram training.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from lingraft.tokenizers.seeds import count_words, find_seeds

_MARK = "▁"  # of a space
# As our Unigram vocabularies, which are SentencePiece's: compatibility forms fold.
_NORMALIZER = normalizers.Sequence(
    [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
)


@dataclass(frozen=True)
class SampledVocabulary:
    """Pieces with the logarithm of what they count, the heaviest first."""

    pieces: Sequence[tuple[str, float]]

    @property
    def texts(self) -> list[str]:
        """The text of each piece; a space says that a word begins with it."""
        return [piece.replace(_MARK, " ") for piece, _ in self.pieces]

    def without(self, unwanted: Sequence[bool]) -> "SampledVocabulary":
        """The same without some pieces."""
        pairs = zip(self.pieces, unwanted, strict=True)
        return SampledVocabulary([piece for piece, is_unwanted in pairs if not is_unwanted])

    def cut(self, texts: Sequence[str]) -> list[list[int]]:
        """The numbers of the pieces of each text; what no piece can write is left out."""
        unknown = len(self.pieces)
        backend = Tokenizer(models.Unigram([*self.pieces, ("", -1e6)], unk_id=unknown))
        backend.normalizer, backend.pre_tokenizer = _NORMALIZER, pre_tokenizers.Metaspace()
        encoded = backend.encode_batch_fast(list(texts), add_special_tokens=False)
        return [[number for number in each.ids if number != unknown] for each in encoded]


def sample_vocabulary(
    texts: Sequence[str], size: int, noise: float, draw: np.random.Generator
) -> SampledVocabulary:
    """All characters of a text, and its heaviest substrings.

    Args:
        texts: the text.
        size: pieces; fewer where the text has not so many.
        noise: standard deviation of what is added to the logarithm of a weight.
        draw: of the noise.
    """
    lines = [_NORMALIZER.normalize_str(text) for text in texts]
    seeds = find_seeds(count_words(lines))  # weights are occurrences times length
    noises = (noise * draw.standard_normal(len(seeds))).tolist()
    weighed = [
        (piece, math.log(weight) + more)
        for (piece, weight), more in zip(seeds, noises, strict=True)
    ]
    # Characters first, the heavier before the lighter: a vocabulary can write nearly every word.
    weighed.sort(key=lambda item: (len(item[0]) > 1, -item[1], item[0]))
    total = math.log(sum(weight / len(piece) for piece, weight in seeds))
    return SampledVocabulary(
        [(piece, weight - math.log(len(piece)) - total) for piece, weight in weighed[:size]]
    )
