"""WECHSEL: combine each target token from its nearest source tokens in aligned word vectors.

Minixhofer, Paischer and Rekabsaz, "WECHSEL: Effective initialization of subword embeddings for
cross-lingual transfer of monolingual language models", NAACL 2022.

Shapes: V tokens of a vocabulary, S source tokens, T target tokens, E dimensions of word vectors.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import PositiveFloat, PositiveInt

from lingraft.initialization.method import EvidenceKind, Method, MethodCard

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lingraft.initialization.request import Request
    from lingraft.initialization.weights import Layer, Weights
    from lingraft.tokenizers.token_table import TokenTable
    from lingraft.vectors.vectorset import VectorSet

_FALLBACK_SEED = 1234  # of the authors' code


class Wechsel(Method):
    """WECHSEL (Minixhofer et al., 2022): neighbors among source tokens in aligned word vectors."""

    method: Literal["wechsel"] = "wechsel"
    neighbors: PositiveInt = 10
    """Source tokens from which a target token is combined; 10 is the paper's."""
    temperature: PositiveFloat = 0.1
    """Softmax temperature over their cosines (0.1 is the paper's); towards 0 only the nearest one
    counts."""
    auxiliary: Literal["subword", "word"] = "subword"
    """A token's vector. `subword`: fastText's of its text, from character n-grams; `word`: the
    mean, weighted by frequency, of the words whose tokenization contains it. Where vectors have no
    n-grams, `subword` is the vector of the word that the token is, else the mean as with `word`."""
    maximum_words: PositiveInt | None = None
    """Take means of this many words only, the most frequent ones. Unset: all."""
    copy_overlap: Literal["none", "exact"] = "none"
    """`exact` copies tokens that both vocabularies have; `none` copies special tokens only, as the
    paper."""

    card = MethodCard(
        title="WECHSEL",
        idea=(
            "every token of both languages gets a vector in one aligned word space. A target "
            "token is combined from its nearest source tokens there."
        ),
        equation=(
            "`e_t = sum_k softmax(cos(u_t, u_k) / tau) e_k` over the k nearest source tokens; u "
            "are the vectors."
        ),
        paper=(
            "Minixhofer, Paischer and Rekabsaz (2022), *WECHSEL: Effective initialization of "
            "subword embeddings for cross-lingual transfer of monolingual language models*."
        ),
        code="PyPI `wechsel` 0.0.4",
    )
    own_in_reference: ClassVar[frozenset[str]] = frozenset({"fill", "copy_overlap"})
    revision = 1

    @property
    def takes(self) -> frozenset[EvidenceKind]:
        """Word vectors of both languages in one space."""
        return frozenset({"vectors"})

    def weights(self, request: Request) -> Weights:
        """Each target token with a vector from its nearest source tokens.

        The reference mode leaves source tokens without a vector among the candidates (at similarity
        zero), looks tokens up as `tokenizer.decode` spells them, counts words with every spelling
        that contains a token, and copies special tokens of the same string.

        Raises:
            ConfigError: word vectors are missing.
            InputError: they do not share a space.
        """
        from lingraft.initialization.combining.similarity import combine_nearest
        from lingraft.initialization.evidence.spaces import common_space
        from lingraft.initialization.fill import whole_matrix_normal
        from lingraft.initialization.weights import stack

        is_reference = self.mode == "reference"
        source_vectors, target_vectors, alignment = common_space(request, "wechsel", self.mode)
        layer = combine_nearest(
            request,
            alignment.map_source(self._token_vectors(request.source, source_vectors)),
            alignment.map_target(self._token_vectors(request.target, target_vectors)),
            neighbors=self.neighbors,
            temperature=self.temperature,
            among_all=is_reference,
        )
        layers = [*self._copied(request), layer]
        weights = stack(layers, len(request.target), request.columns)
        fill = whole_matrix_normal(_FALLBACK_SEED) if is_reference else None
        return replace(weights, fill=fill)

    def _token_vectors(self, table: TokenTable, vectors: VectorSet) -> NDArray[Any]:
        """A vector for each token (V, E), zero where nothing is known."""
        import numpy as np

        from lingraft.initialization.evidence import auxiliary

        if self.auxiliary == "word":
            return self._means_of_words(table, vectors)
        is_reference = self.mode == "reference"
        texts = auxiliary.stripped(table) if is_reference else table.texts
        found_VE = auxiliary.text_vectors(texts, vectors, verbatim=is_reference)
        if is_reference or vectors.model is not None:
            return found_VE
        # A piece without text, such as a bare mark of a word's beginning, is in words of any kind.
        is_piece_V = np.array([bool(text) for text in table.texts]) & ~auxiliary.known(found_VE)
        return np.where(is_piece_V[:, None], self._means_of_words(table, vectors), found_VE)

    def _means_of_words(self, table: TokenTable, vectors: VectorSet) -> NDArray[Any]:
        """The mean (V, E) of the words whose tokenization contains a token, by frequency."""
        from lingraft.initialization.evidence import auxiliary
        from lingraft.vectors.frequencies import word_frequencies

        count = self.maximum_words
        is_reference = self.mode == "reference"
        means_VE = auxiliary.word_means(
            table,
            vectors.words[:count],
            vectors.vectors_WE[:count],
            word_frequencies(vectors)[:count],
            counted="spelling" if is_reference else "word",
        )
        if not is_reference:
            means_VE[table.special_T] = 0.0
        return means_VE

    def _copied(self, request: Request) -> list[Layer]:
        from lingraft.initialization.match import same_special_strings, shared_tokens
        from lingraft.initialization.weights import Provenance, copies

        if self.mode == "reference":
            pairs = same_special_strings(request.target, request.source)
            return [copies(Provenance.ROLE, *pairs, request.columns)]
        if self.copy_overlap == "none":
            return []
        return [copies(Provenance.EXACT, *shared_tokens(request), request.columns)]
