"""Methods that combine source tokens by similarity in an auxiliary space of word vectors."""

from typing import ClassVar, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from lingraft.config.base import Seed
from lingraft.config.initialization.common import Evidence, Method


class Wechsel(Method):
    """WECHSEL (Minixhofer et al., 2022): neighbors among source tokens in aligned word vectors."""

    method: Literal["wechsel"] = "wechsel"
    neighbors: PositiveInt = 10
    """Source tokens that a target token is combined from."""
    temperature: PositiveFloat = 0.1
    """Softmax temperature over their cosines; towards 0 only the nearest one counts."""
    auxiliary: Literal["subword", "word"] = "subword"
    """A token's vector: fastText's of its text, from character n-grams; or the mean, weighted by
    frequency, of the words whose tokenization contains it."""
    maximum_words: PositiveInt | None = None
    """With `auxiliary: word`, use only this many words, the most frequent ones. Unset: all."""
    copy_overlap: Literal["none", "exact"] = "none"
    """`exact` copies tokens that both vocabularies have; the paper copies special tokens only."""

    own_in_reference: ClassVar[frozenset[str]] = frozenset({"fill", "copy_overlap"})

    @property
    def takes(self) -> frozenset[Evidence]:
        """Word vectors of both languages in one space."""
        return frozenset({"vectors"})


class Ofa(Method):
    """OFA (Liu et al., 2024): copy the overlap, combine the rest in multilingual word vectors."""

    method: Literal["ofa"] = "ofa"
    neighbors: NonNegativeInt = 10
    """Source tokens that a target token is combined from. 0: only the overlap is copied and the
    rest is filled, without any vectors: the authors' random baseline (RoBERTa-rand, XLM-R-rand)."""
    temperature: PositiveFloat = 0.1
    """Softmax temperature over their cosines."""
    overlap: Literal["none", "exact", "case"] = "case"
    """Copy tokens that both vocabularies have: exactly, or also without regard to case."""
    maximum_words: PositiveInt | None = None
    """Use only this many words of each language, the most frequent ones. Unset: all."""
    source_languages: list[str] = Field(default_factory=list)
    """Languages (the prefixes of the multilingual vectors, as `eng`) whose words describe source
    tokens. Unset: the source's own where aligned vectors are merged, else all, as in the paper."""
    target_languages: list[str] = Field(default_factory=list)
    """Languages whose words describe target tokens, likewise."""
    subwords: bool = True
    """Whether a token that is not in any word gets the vector of its text, if the word vectors come
    with a subword model. Otherwise, and with `mode: reference`, it is filled."""

    own_in_reference: ClassVar[frozenset[str]] = frozenset({"fill", "subwords"})

    @property
    def takes(self) -> frozenset[Evidence]:
        """Word vectors of both languages in one space, where anything is combined."""
        return frozenset({"vectors"} if self.neighbors else ())

    @property
    def takes_multilingual_vectors(self) -> bool:
        """OFA's own kind of evidence."""
        return bool(self.neighbors)


class Focus(Method):
    """FOCUS (Dobler and de Melo, 2023): combine overlapping tokens by token vectors."""

    method: Literal["focus"] = "focus"
    auxiliary: Literal["token", "word"] = "token"
    """Vectors of the target's tokens: fastText trained on the tokenized target corpus, or word
    vectors of the target language applied to the token's text."""
    overlap: Literal["exact", "case-and-space"] = "exact"
    """Which tokens the vocabularies share: the same form, or also up to case and leading space."""
    match_symbols: bool = False
    """Also match numbers and punctuation up to a leading space."""
    dimension: PositiveInt = 100
    """Dimension of the token vectors."""
    epochs: PositiveInt = 3
    """Epochs of training the token vectors."""
    minimum_count: PositiveInt = 10
    """Tokens rarer than this in the corpus have no vector and are filled."""
    reference_seed: Seed = 42
    """Seed of the fallback rows with `mode: reference`; 42 is the authors'."""

    own_in_reference: ClassVar[frozenset[str]] = frozenset({"fill"})

    @property
    def takes(self) -> frozenset[Evidence]:
        """Text to train token vectors on, or word vectors of the target language."""
        return frozenset({"vectors" if self.auxiliary == "word" else "corpora"})
