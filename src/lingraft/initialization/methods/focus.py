"""FOCUS: combine new tokens from the tokens that both vocabularies have, by sparsemax.

Dobler and de Melo, "FOCUS: Effective embedding initialization for monolingual specialization of
multilingual models", EMNLP 2023.

Shapes: T target tokens, S source tokens, E dimensions of the auxiliary vectors.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import PositiveInt

from lingraft.config.base import Seed
from lingraft.errors import ConfigError, InputError
from lingraft.initialization.method import EvidenceKind, Method, MethodCard

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lingraft.initialization.match import Pairs
    from lingraft.initialization.request import Request
    from lingraft.initialization.weights import Layer, Weights
    from lingraft.numeric.arrays import Float64
    from lingraft.tokenizers.token_table import TokenTable


_BYTE_TOKEN = re.compile(r"<0x[0-9A-F]{2}>")


class Focus(Method):
    """FOCUS (Dobler and de Melo, 2023): combine overlapping tokens by token vectors."""

    method: Literal["focus"] = "focus"
    auxiliary: Literal["token", "word"] = "token"
    """Vectors of the target's tokens. `token`: fastText trained on the tokenized target corpus;
    `word`: word vectors of the target language applied to the token's text."""
    overlap: Literal["exact", "case-and-space"] = "exact"
    """Which tokens the vocabularies share. `exact`: those of the same form; `case-and-space`: also
    those that differ in case or a leading space only."""
    match_symbols: bool = False
    """Also match numbers and punctuation up to a leading space."""
    dimension: PositiveInt = 100
    """Dimension of the token vectors; 100 is the authors'."""
    epochs: PositiveInt = 3
    """Epochs of training the token vectors; 3 is the authors'."""
    minimum_count: PositiveInt = 10
    """Tokens rarer than this in the corpus have no vector and are filled; 10 is the authors'."""
    reference_seed: Seed = 42
    """Seed of the fallback rows with `mode: reference`; 42 is the authors'."""

    card = MethodCard(
        title="FOCUS",
        idea=(
            "tokens of both vocabularies are copied. Any other token is combined from *all* "
            "shared tokens, by its similarity to them in a space of target tokens."
        ),
        equation=(
            "`e_t = sum_o sparsemax(cos(a_t, a_o)) e_o` over the shared tokens o; a are the token "
            "vectors."
        ),
        paper=(
            "Dobler and de Melo (2023), *FOCUS: Effective embedding initialization for "
            "monolingual specialization of multilingual models*."
        ),
        code="PyPI `deepfocus` 1.0.1",
    )
    own_in_reference: ClassVar[frozenset[str]] = frozenset({"fill"})
    small = {"dimension": 16, "minimum_count": 1}

    @property
    def takes(self) -> frozenset[EvidenceKind]:
        """Text to train token vectors on, or word vectors of the target language."""
        return frozenset({"vectors" if self.auxiliary == "word" else "corpora"})

    def weights(self, request: Request) -> Weights:
        """Copies of the overlap, and the other tokens from all anchors.

        Anchors are the shared tokens that have an auxiliary vector; where the target vocabulary
        extends the source's, only those that the language's own tokenizer has too. The reference
        mode matches by the authors' canonical forms and takes id 0 of that tokenizer for missing.

        Raises:
            ConfigError: text, or word vectors, are missing.
            InputError: no token is shared and has a vector.
        """
        import numpy as np

        from lingraft.initialization.combining.similarity import sparsemax_of_all
        from lingraft.initialization.evidence.auxiliary import known
        from lingraft.initialization.fill import torch_stream_normal
        from lingraft.initialization.weights import stack

        auxiliary_TE = self._auxiliary_vectors(request)
        overlap = self._overlap(request)
        shared = np.unique(np.concatenate([layer.rows_N for layer in overlap]))
        if len(shared) == 0:
            raise InputError("focus needs tokens that both vocabularies have; these share none")
        sources_T = np.full(len(request.target), -1)
        # The first layer is written last and wins: an exact match before a folded one.
        for layer in reversed(overlap):
            # A row of copied layers has one stored weight, so the `indices` of the CSR matrix are
            # the source ids in order.
            sources_T[layer.rows_N] = layer.weights_NS.indices
        anchors = shared[self._may_be_anchors(request, shared) & known(auxiliary_TE)[shared]]
        if not len(anchors):
            raise InputError("no token that both vocabularies have has a token vector")
        new = np.setdiff1d(np.flatnonzero(known(auxiliary_TE)), shared)
        layer = sparsemax_of_all(
            new, auxiliary_TE[new], sources_T[anchors], auxiliary_TE[anchors], request.columns
        )
        weights = stack([*overlap, layer], len(request.target), request.columns)
        fill = torch_stream_normal(self.reference_seed) if self.mode == "reference" else None
        return replace(weights, fill=fill)

    def _auxiliary_vectors(self, request: Request) -> Float64:
        """A vector for each target token (T, E), zero where the auxiliary space lacks it."""
        import numpy as np

        from lingraft.initialization.evidence.auxiliary import checked

        space = self._word_space if self.auxiliary == "word" else self._token_space
        index, vectors_WE = space(request)
        tokens = enumerate(request.target.tokens)
        found = [(row, index[token]) for row, token in tokens if token and token in index]
        if not found:
            raise InputError("focus: no token of the target vocabulary has an auxiliary vector")
        # Pairs (N, 2) become two arrays: target rows, and the places of their vectors.
        rows, words = np.array(found).T
        auxiliary_TE = np.zeros((len(request.target), vectors_WE.shape[1]))
        auxiliary_TE[rows] = vectors_WE[words]
        return checked(auxiliary_TE)

    def _word_space(self, request: Request) -> tuple[Mapping[str, int], Float64]:
        """Word vectors of the text of each token of the target language's tokenizer."""
        from lingraft.initialization.evidence.auxiliary import stripped, text_vectors
        from lingraft.initialization.request import need
        from lingraft.tokenizers.token_table import TokenTable

        given = request.evidence.target_vectors
        vectors = need(given, "focus", "target word vectors (`target_vectors=`)")
        if len(vectors) > 1:
            raise ConfigError("focus with auxiliary: word takes one target language")
        own = request.evidence.language_tokenizer
        table = request.target if own is None else TokenTable(own)
        if self.mode == "default":
            return table.ids, text_vectors(table.texts, vectors[0])
        entries = vectors[0].with_sentence_end()
        return table.ids, text_vectors(stripped(table), entries, verbatim=True)

    def _token_space(self, request: Request) -> tuple[Mapping[str, int], Float64]:
        """Token vectors as given, or trained on the target corpus."""
        from lingraft.initialization.evidence.text import texts
        from lingraft.initialization.request import need
        from lingraft.vectors.training import TokenVectors, train_token_vectors

        space = request.evidence.token_vectors
        if space is None:
            given = request.evidence.corpora
            corpora = need(given, "focus", "text (`corpora=`) or vectors (`token_vectors=`)")
            options = TokenVectors(
                dimension=self.dimension, epochs=self.epochs, minimum_count=self.minimum_count
            )
            tokenizer = request.evidence.language_tokenizer or request.target.tokenizer
            space = train_token_vectors(texts(corpora), tokenizer, options)
        space = space.with_sentence_end()  # here `</s>` is a token
        return space.index, space.vectors_WE.astype(float)

    def _overlap(self, request: Request) -> list[Layer]:
        """Layers of copied rows: the same form first, then symbols and folded forms."""
        from lingraft.initialization.weights import Provenance, copies

        pairs = _reference_pairs if self.mode == "reference" else _default_pairs
        exact, folded = pairs(request)
        layers = [copies(Provenance.EXACT, *exact, request.columns)]
        if self.overlap == "exact" and not self.match_symbols:
            return layers
        if self.overlap == "exact":
            chosen = [n for n, row in enumerate(folded[0]) if _is_symbol(request.target, row)]
            folded = folded[0][chosen], folded[1][chosen]
        return [*layers, copies(Provenance.FUZZY, *folded, request.columns)]

    def _may_be_anchors(self, request: Request, shared_N: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the shared target tokens new ones may be combined from (N,)."""
        import numpy as np

        usable_N = np.ones(len(shared_N), bool)
        if self.mode == "default":
            usable_N &= ~request.target.special_T[shared_N]
        own = request.evidence.language_tokenizer
        if own is not None:
            vocabulary = own.get_vocab()
            first = 1 if self.mode == "reference" else 0
            tokens = request.target.tokens
            usable_N &= np.array([vocabulary.get(tokens[row], -1) >= first for row in shared_N])
        return usable_N


def canonical_form(table: TokenTable) -> Sequence[str]:
    """FOCUS's canonical forms by id (the authors' `canonicalize_vocab`)."""
    from lingraft.initialization.match import writes_mark

    pairs = zip(table.tokens, table.decoded, strict=True)
    if writes_mark(table, "▁"):
        return [
            token if _BYTE_TOKEN.match(token) else _begun(token, "▁", text) for token, text in pairs
        ]
    if writes_mark(table, "##"):
        return [text[2:] if text[:2] == "##" else "▁" + text for text in table.decoded]
    return [_begun(token, "Ġ", text) for token, text in pairs]


def _begun(token: str, mark: str, text: str) -> str:
    return ("▁" if token.startswith(mark) else "") + text.lstrip()


def _default_pairs(request: Request) -> tuple[Pairs, Pairs]:
    """Pairs of equal canonical form, and pairs that are equal up to case and space."""
    from lingraft.initialization.match import fold, match_keys

    target_keys, source_keys = request.target.canonical, request.source.canonical
    exact = match_keys(target_keys, source_keys, candidates=request.candidate_ids)
    target_folded = fold(target_keys, "case-and-space")
    source_folded = fold(source_keys, "case-and-space")
    # Among tokens that differ by case or space alone, the plain one is the better guess.
    ranked = sorted(request.candidate_ids, key=lambda i: (source_keys[i] != source_folded[i], i))
    return exact, match_keys(target_folded, source_folded, candidates=ranked)


def _reference_pairs(request: Request) -> tuple[Pairs, Pairs]:
    """The authors' views: of equal forms the last wins; of folded ones the last that is plain."""
    from lingraft.initialization.match import match_keys

    target_keys, source_keys = canonical_form(request.target), canonical_form(request.source)
    candidates = request.candidate_ids
    exact = match_keys(
        target_keys, source_keys, candidates=candidates, tie="last", matches_empty=True
    )
    target_folded, source_folded = _folded(target_keys), _folded(source_keys)
    plain = [i for i in reversed(candidates) if source_keys[i] == source_folded[i]]
    ranked = plain + [i for i in candidates if source_keys[i] != source_folded[i]]
    return exact, match_keys(target_folded, source_folded, candidates=ranked, matches_empty=True)


def _folded(keys: Sequence[str]) -> list[str]:
    return [key.replace("▁", "").lower() for key in keys]


def _is_symbol(table: TokenTable, row: int) -> bool:
    """Numbers, punctuation, space and special tokens."""
    text = table.canonical[row].strip()
    is_punctuation = all(character in string.punctuation for character in text)
    return bool(table.special_T[row]) or text.isnumeric() or is_punctuation
