"""OFA: copy what the vocabularies share, combine the rest in one multilingual word space.

Liu, Lin, Wang and Schuetze, "OFA: A framework of initializing unseen subword embeddings for
efficient large-scale multilingual continued pretraining", Findings of NAACL 2024. The
factorization of the paper is the option `width` of every method, since one W serves the coordinates
as well as full rows.

Shapes: V tokens of a vocabulary, S source tokens, T target tokens, E dimensions of word vectors,
W words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from lingraft.errors import InputError
from lingraft.initialization.method import EvidenceKind, Method, MethodCard

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lingraft.initialization.evidence.auxiliary import Unit
    from lingraft.initialization.match import Pairs
    from lingraft.initialization.request import Request
    from lingraft.initialization.weights import Layer, Weights
    from lingraft.numeric.arrays import Float64
    from lingraft.tokenizers.token_table import TokenTable
    from lingraft.vectors.vectorset import VectorSet


FALLBACK_SEED = 114514  # of the authors' code
_ENGLISH = "eng"  # keys without a prefix


class Ofa(Method):
    """OFA (Liu et al., 2024): copy the overlap, combine the rest in multilingual word vectors."""

    method: Literal["ofa"] = "ofa"
    neighbors: NonNegativeInt = 10
    """Source tokens from which a target token is combined; 10 is the paper's. 0: only the overlap
    is copied and the rest is filled, without any vectors: the authors' random baseline
    (RoBERTa-rand, XLM-R-rand)."""
    temperature: PositiveFloat = 0.1
    """Softmax temperature over their cosines; 0.1 is the paper's."""
    overlap: Literal["none", "exact", "case"] = "case"
    """Copy tokens that both vocabularies have. `exact`: of the same form; `case`: then also without
    regard to case, as the paper; `none`: no token."""
    maximum_words: PositiveInt | None = None
    """Use only this many words of each language, the most frequent ones. Unset: all."""
    source_languages: list[str] = Field(default_factory=list)
    """Languages whose words describe source tokens, by the prefixes of the multilingual vectors:
    `[eng]`. Unset: the source's own where aligned vectors are merged, else all, as in the paper."""
    target_languages: list[str] = Field(default_factory=list)
    """Languages whose words describe target tokens, such as `[swh]`. Unset: as above."""
    subwords: bool = True
    """Whether a token that is not in any word gets the vector of its text, if the word vectors come
    with a subword model. Otherwise, and with `mode: reference`, it is filled."""

    card = MethodCard(
        title="OFA",
        idea=(
            "tokens that the source has are copied; others are combined from near tokens in one "
            "multilingual word space, which serves any number of languages. With `width`, the "
            "embedding matrix is factorized first."
        ),
        equation=(
            "`F_t = sum_k softmax(cos(u_t, u_k) / tau) F_k`. With `width`, E = F P: F has the "
            "tokens' coordinates (orthonormal columns), P the primitives."
        ),
        paper=(
            "Liu, Lin, Wang and Schuetze (2024), *OFA: A framework of initializing unseen subword "
            "embeddings for efficient large-scale multilingual continued pretraining*."
        ),
    )
    own_in_reference: ClassVar[frozenset[str]] = frozenset({"fill", "subwords"})

    @property
    def takes(self) -> frozenset[EvidenceKind]:
        """Word vectors of both languages in one space, where anything is combined."""
        return frozenset({"vectors"} if self.neighbors else ())

    @property
    def takes_multilingual_vectors(self) -> bool:
        """OFA's own kind of evidence."""
        return bool(self.neighbors)

    def weights(self, request: Request) -> Weights:
        """Copies of the overlap, and the other tokens from their nearest source tokens.

        The reference mode matches by the authors' standardized strings (on both sides the last of
        several equal ones counts, source id 0 never matches without regard to case), counts a word
        with every spelling that contains a token, describes tokens of either side by words of all
        languages, and leaves source tokens without a vector among the candidates.

        Raises:
            ConfigError: word vectors are missing.
            InputError: they have no words of the languages that are asked for.
        """
        from lingraft.initialization.combining.similarity import combine_nearest
        from lingraft.initialization.fill import whole_matrix_normal
        from lingraft.initialization.weights import stack

        layers = self.copied(request)
        if self.neighbors:
            layer = combine_nearest(
                request,
                *self._auxiliary_vectors(request),
                neighbors=self.neighbors,
                temperature=self.temperature,
                among_all=self.mode == "reference",
                beside=layers,
            )
            layers = [*layers, layer]
        weights = stack(layers, len(request.target), request.columns)
        fill = whole_matrix_normal(FALLBACK_SEED) if self.mode == "reference" else None
        return replace(weights, fill=fill)

    def copied(self, request: Request) -> list[Layer]:
        """The tokens that both vocabularies have: exactly, then without regard to case."""
        from lingraft.initialization.weights import Provenance, copies

        if self.overlap == "none":
            return []
        matched = _reference_overlap if self.mode == "reference" else _default_overlap
        exact, fuzzy = matched(request.target, request.source, request.candidate_ids)
        layers = [copies(Provenance.EXACT, *exact, request.columns)]
        if self.overlap == "case":
            layers.append(copies(Provenance.FUZZY, *fuzzy, request.columns))
        return layers

    def _auxiliary_vectors(self, request: Request) -> tuple[Float64, Float64]:
        from lingraft.initialization.evidence import spaces

        space = spaces.multilingual_space(request, "ofa", self.mode)
        is_reference = self.mode == "reference"
        own = ([], []) if is_reference else spaces.own_languages(request)
        source_words = select_words(space, self.source_languages or own[0], self.maximum_words)
        target_words = select_words(space, self.target_languages or own[1], self.maximum_words)
        counted: Unit = "spelling" if is_reference else "word"
        source_SE = token_vectors(request.source, *source_words, counted)
        target_TE = token_vectors(request.target, *target_words, counted)
        if not is_reference:
            source_SE[request.source.special_T] = 0.0
            target_TE[request.target.special_T] = 0.0
            if self.subwords:
                spaces.add_text_vectors(request, source_SE, target_TE)
        return source_SE, target_TE


def spellings(word: str) -> Sequence[str]:
    """The spellings of a key that are tokenized; `$` marks a word boundary (ColexNet+)."""
    text = word.replace("$", " ")
    if word.startswith("$"):
        # Here `text` begins with the space that `$` became; the capital letter comes after it.
        return text, " " + text, text[1:2].upper() + text[2:]
    return text, " " + text, " " + text[:1].upper() + text[1:]


def select_words(
    vectors: VectorSet, languages: Sequence[str], maximum: int | None
) -> tuple[list[str], NDArray[Any]]:
    """Words without their language prefix (W), and their vectors (W, E).

    Args:
        vectors: words under keys such as `swh:nyumba`; a key without a prefix is English.
        languages: the prefixes of the languages to take; all where there are none.
        maximum: the number of words of each language, the first ones; None for all.

    Raises:
        InputError: there are no words of these languages.
    """
    chosen: list[int] = []
    words: list[str] = []
    seen: dict[str, int] = {}
    for position, key in enumerate(vectors.words):
        has_prefix = len(key) > 4 and key[3] == ":"
        language, word = (key[:3], key[4:]) if has_prefix else (_ENGLISH, key)
        # Words are sorted by frequency: the first ones of a language are its most frequent ones.
        seen[language] = seen.get(language, 0) + 1
        is_wanted = not languages or language in languages
        if is_wanted and seen[language] <= (maximum or len(vectors.words)):
            chosen.append(position)
            words.append(word)
    if not chosen:
        found = ", ".join(sorted(seen)) or "no words"
        raise InputError(f"ofa: the multilingual vectors have {found}, not {', '.join(languages)}")
    return words, vectors.vectors_WE[chosen]


def token_vectors(
    table: TokenTable, words: Sequence[str], vectors_WE: NDArray[Any], counted: Unit
) -> Float64:
    """The mean vector of the words that a token is in (V, E).

    Args:
        table: the vocabulary.
        words: keys, with `$` at the edges of words where they have it.
        vectors_WE: their vectors.
        counted: how often a word counts, see `auxiliary.word_means`.
    """
    from lingraft.initialization.evidence.auxiliary import word_means

    return word_means(table, words, vectors_WE, variants=spellings, counted=counted)


def standardized(table: TokenTable) -> Sequence[str]:
    """OFA's standardized strings by id (the authors' `get_overlapping_tokens`)."""
    from lingraft.initialization.match import writes_mark

    if writes_mark(table, "▁"):
        return [token.replace("▁", " ") for token in table.tokens]
    if writes_mark(table, "##"):
        return [token[2:] if token[:2] == "##" else " " + token for token in table.tokens]
    return table.decoded


def _default_overlap(
    target: TokenTable, source: TokenTable, candidates: NDArray[np.int64]
) -> tuple[Pairs, Pairs]:
    """Pairs of equal canonical form, and pairs that are equal without regard to case."""
    from lingraft.initialization.match import as_pairs, match_keys

    target_keys, source_keys = target.canonical, source.canonical
    exact = match_keys(target_keys, source_keys, candidates=candidates)
    # A lower-cased token is the better guess where several differ by case alone.
    ranked = sorted(candidates, key=lambda i: (source_keys[i] != source_keys[i].lower(), i))
    # A dict keeps the last of equal keys, so the best candidate comes last.
    lowered = {source_keys[i].lower(): int(i) for i in reversed(ranked)}
    found = [
        (t, lowered[key.lower()])
        for t, key in enumerate(target_keys)
        if key.lower() in lowered and key and not target.special_T[t]
    ]
    return exact, as_pairs(found)


def _reference_overlap(
    target: TokenTable, source: TokenTable, candidates: NDArray[np.int64]
) -> tuple[Pairs, Pairs]:
    """The authors know a token by its standardized string; of equal ones they see the last alone.

    So of the partial bytes of a byte-level vocabulary, which all decode to U+FFFD, one is copied,
    and the others are new tokens. Without regard to case, source id 0 counts as missing.
    """
    from lingraft.initialization.match import as_pairs

    target_keys, source_keys = standardized(target), standardized(source)
    last_of_target = {target_keys[i]: i for i in target.present_T.nonzero()[0].tolist()}
    last_of_source = {source_keys[i]: i for i in candidates.tolist()}
    lowered = {key.lower(): last_of_source[key] for key in sorted(last_of_source)}
    exact, fuzzy = {}, {}
    for key, index in last_of_target.items():
        if key in last_of_source:
            exact[index] = last_of_source[key]
        elif lowered.get(key.lower()):
            fuzzy[index] = lowered[key.lower()]
    return as_pairs(sorted(exact.items())), as_pairs(sorted(fuzzy.items()))
