"""Static word vectors, bilingual dictionaries, and the alignment of two vector spaces."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    Discriminator,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Tag,
    model_validator,
)

from lingraft.config.base import Block, Language, Name, Seed
from lingraft.config.sources import Pattern


class TrainedVectors(Block):
    """Word vectors trained with fastText on a corpus; defaults are fastText's own."""

    trainer: Literal["fasttext"] = "fasttext"
    """fasttext trains vectors on a corpus; pretrained reads them from a download."""
    corpus: Name
    """The corpus whose training text the vectors learn from."""
    model: Literal["skipgram", "cbow"] = "skipgram"
    """skipgram learns rare words better; cbow is several times faster."""
    dimension: PositiveInt = 100
    """Length of a vector. An alignment needs at least twice as many dictionary pairs."""
    epochs: PositiveInt = 5
    """Passes over the corpus; small corpora need 10 to 30."""
    learning_rate: PositiveFloat = 0.05
    """Initial learning rate, decayed linearly to zero."""
    minimum_count: PositiveInt = 5
    """Words seen less often get no vector of their own (subwords still give them one)."""
    window: PositiveInt = 5
    """Words on each side that count as context, at most."""
    negatives: PositiveInt = 5
    """Negative samples per positive one."""
    shortest_ngram: NonNegativeInt = 3
    """Shortest character n-gram, word boundaries included; for Chinese 1 gives characters."""
    longest_ngram: NonNegativeInt = 6
    """Longest character n-gram; 0 trains plain word2vec without subwords."""
    buckets: PositiveInt = 2_000_000
    """Hash buckets for n-grams; each costs 4 bytes x dimension in memory and on disk."""
    sampling_threshold: PositiveFloat = 1e-4
    """Words more frequent than this share of the text are dropped at random."""
    lowercase: bool = False
    """Fold the text to lower case first, as an uncased source tokenizer does."""

    @model_validator(mode="after")
    def _ngrams_are_ordered(self) -> Self:
        if 0 < self.longest_ngram < self.shortest_ngram:
            raise ValueError("longest_ngram must be 0 or at least shortest_ngram")
        return self

    @property
    def has_subwords(self) -> bool:
        """Whether any text, not only a known word, gets a vector."""
        return self.longest_ngram > 0


class PretrainedVectors(Block):
    """Word vectors from a downloaded file, e.g. fastText's for 157 languages."""

    trainer: Literal["pretrained"] = "pretrained"
    """Read vectors from a download instead of training them; a block with `source` means this."""
    source: Name
    """The source (download) with the file."""
    path: Pattern
    """The file inside the download: .vec or .txt (word2vec text, also .gz) or .bin (fastText)."""
    language: Language | None = None
    """The language of the words, such as `swh_Latn`. Unset: words of many languages in one space,
    whose keys begin with a code (`swh:nyumba`; English ones may have none), as in ColexNet+."""
    maximum_words: PositiveInt = 200_000
    """Keep only this many words, the first (most frequent) of the file."""
    lowercase: bool = False
    """The words of the file are in lower case: look up lower-cased text."""


def trainer_of(value: Any) -> Any:
    """The kind of a block that may leave it unsaid: one that names a source reads its file."""
    if not isinstance(value, dict):
        return value.trainer
    return value.get("trainer", "pretrained" if "source" in value else "fasttext")


Vectors = Annotated[
    Annotated[TrainedVectors, Tag("fasttext")] | Annotated[PretrainedVectors, Tag("pretrained")],
    Discriminator(trainer_of),
]


class _Dictionary(Block):
    weight: PositiveFloat = 1.0
    """Weight of these pairs in the fit; give in-domain dictionaries more."""


class _Reversible(_Dictionary):
    reversed: bool = False
    """The file goes from the target language to the source language."""


class FreeDict(_Reversible):
    """A dictionary in the dictd format (.index and .dict.dz), as in FreeDict's packages."""

    format: Literal["freedict"]
    source: Name
    """The source (download) with the dictionary."""


class CldrAnnotations(_Dictionary):
    """One-word names of symbols and emoji that are in both locales of the Unicode CLDR."""

    format: Literal["cldr-annotations"]
    source: Name
    """The source (download) of the npm package cldr-annotations-full."""
    source_locale: str
    """CLDR locale of the source language, e.g. en."""
    target_locale: str
    """CLDR locale of the target language, e.g. sw."""


class Parallel(_Reversible):
    """Word pairs from the parallel text of a corpus that has a pivot."""

    format: Literal["parallel"]
    corpus: Name
    """The corpus with parallel text; its pivot is the source language (unless reversed)."""
    extract: Literal["one-word", "co-occurrence"] = "one-word"
    """Pairs whose two sides are one word each, or also mutual best co-occurring words."""


class Tsv(_Reversible):
    """A text file with a pair per line: two columns split by a tab (or one space)."""

    format: Literal["tsv"]
    source: Name
    """The source (download) with the file."""
    path: Pattern
    """The file inside the download."""


class Identical(_Dictionary):
    """Words spelled the same in both vocabularies: names, numbers, loanwords."""

    format: Literal["identical"]
    minimum_length: PositiveInt = 1
    """Shortest word that counts; short ones are more often false friends."""


Dictionary = Annotated[
    FreeDict | CldrAnnotations | Parallel | Tsv | Identical, Field(discriminator="format")
]


class Fitting(Block):
    """How the two spaces are mapped onto each other."""

    method: Literal["procrustes", "refinement", "vecmap"] = "procrustes"
    """procrustes: one orthogonal map. refinement: repeated on the mutual nearest neighbors it
    finds (MUSE). vecmap: whiten, rotate, re-weight, de-whiten (Artetxe et al., 2018)."""
    normalization: Literal["wechsel", "muse", "fasttext", "vecmap"] = "vecmap"
    """Whose normalization of the vectors before the fit: none (wechsel, muse), unit length
    (fasttext), or unit length, centered, unit length (vecmap)."""
    center: bool = False
    """Also subtract the mean vector of each space, if the normalization does not do so."""
    casing: Literal["first", "wechsel", "wechsel-paper"] = "first"
    """Which casings of a pair count. `first`: the first of raw, lower, Title that is in the
    vocabulary; `wechsel`: all nine combinations, with multiplicity, as WECHSEL's library;
    `wechsel-paper`: four, as the paper's code."""
    refinements: NonNegativeInt = 5
    """Rounds of refinement (MUSE's n_refinement)."""
    refined_words: PositiveInt = 10_000
    """Refinement adds pairs of this many most frequent words of either side. Nearest words are
    searched, and CSLS averages, over all words (as with MUSE's dico_max_rank): a round costs two
    products of both vocabularies; `maximum_words` of the vectors bounds it."""
    keep_dictionary: bool = True
    """Refinement adds the pairs it finds to the dictionary; MUSE replaces the dictionary."""
    neighbors: PositiveInt = 10
    """Neighbors that CSLS averages over."""
    reweighting: NonNegativeFloat = 0.5
    """vecmap: power of the singular values by which both sides are re-weighted."""


class Alignment(Fitting):
    """Two named sets of vectors brought into one space with the help of dictionaries."""

    source: Name
    """Vectors of the source language."""
    target: Name
    """Vectors of the target language."""
    dictionaries: Annotated[list[Dictionary], Field(min_length=1)]
    """In order of trust: if two have the same pair, the weight of the first one counts."""
    folds: Annotated[int, Field(ge=2)] = 5
    """Each pair is held out of the fit once in so many folds to measure the alignment; the
    final map is then fitted on all pairs."""
    seed: Seed = 0
    """Seed of the folds."""
    minimum_precision: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Warn when the held-out P@1 (CSLS, covered words) is below this."""
