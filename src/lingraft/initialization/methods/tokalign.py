"""TokAlign: each target token takes the row of the one source token that occurs in like places.

Li et al. (2025), TokAlign: Efficient Vocabulary Adaptation via Token Alignment, section 3. Both
tokenizers encode the same corpora; GloVe gives each vocabulary vectors; cosines to shared tokens
(pivots) make them comparable; the most similar source token is copied, the same string first.

Shapes: V tokens of a vocabulary, T target tokens, S source tokens, E dimensions, O shared tokens,
P pivots, N target tokens with a vector, M source tokens with a vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import PositiveFloat, PositiveInt

from lingraft.config.base import Seed
from lingraft.errors import InputError
from lingraft.initialization.method import EvidenceKind, Method, MethodCard

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lingraft.initialization.match import Pairs
    from lingraft.initialization.request import Request
    from lingraft.initialization.weights import Layer, Weights
    from lingraft.numeric.arrays import Float64
    from lingraft.tokenizers.token_table import TokenTable


class TokAlign(Method):
    """TokAlign (Li et al., 2025): one source token for each target token, by relative GloVe."""

    method: Literal["tokalign"] = "tokalign"
    dimension: PositiveInt = 300
    """Dimension of the GloVe vectors of both vocabularies."""
    window: PositiveInt = 15
    """Tokens on each side that count as context, weighted by 1 / distance."""
    iterations: PositiveInt = 15
    """Passes of GloVe over the counts."""
    weight_ceiling: PositiveFloat = 10.0
    """Counts from here on have full weight (GloVe's x_max)."""
    learning_rate: PositiveFloat = 0.05
    """Learning rate of AdaGrad."""
    minimum_count: PositiveInt = 5
    """Tokens rarer than this in the corpora have no vector."""
    pivots: PositiveInt = 300
    """Shared tokens whose cosines make a token comparable across the vocabularies."""
    pivot_seed: Seed = 0
    """Seed of the choice of pivots."""

    card = MethodCard(
        title="TokAlign",
        idea=(
            "both tokenizers encode the same corpora, and GloVe (Pennington et al. 2014) gives "
            "the tokens of each vocabulary vectors. Cosines to shared tokens make them "
            "comparable, and each target token takes the row of the most similar source token."
        ),
        equation=(
            "`e_t = e_s` with s the same string, else `s = argmax_s cos(c_t, c_s)`; c are a "
            "token's cosines to 300 shared tokens (pivots)."
        ),
        paper=(
            "Li et al. (2025), *TokAlign: Efficient Vocabulary Adaptation via Token Alignment*."
        ),
    )
    small = {"dimension": 16, "minimum_count": 1, "pivots": 50}

    @property
    def takes(self) -> frozenset[EvidenceKind]:
        """Text that both vocabularies encode."""
        return frozenset({"corpora"})

    def weights(self, request: Request) -> Weights:
        """Copies: same strings first, then by surroundings.

        The authors compare by the inner product of the cosines to the pivots, and give tokens
        without a vector the row of a random source token. Both are done in `mode: reference` only;
        by default the cosine of these cosines decides, and such tokens are left to fill.

        Raises:
            ConfigError: there is no corpus.
            InputError: no shared token is frequent enough to be a pivot.
        """
        from lingraft.initialization.match import shared_tokens
        from lingraft.initialization.request import need
        from lingraft.initialization.weights import Provenance, copies, stack

        given = request.evidence.corpora
        corpora = need(given, "tokalign", "text to count tokens in (`corpora=`)")
        overlap = shared_tokens(request, self.mode)
        source_SE = self._vectors(request.source, corpora)
        target_TE = self._vectors(request.target, corpora)
        # A row of zeros is a token without a vector everywhere below.
        source_SE[~_usable(request)] = 0.0
        layers = [
            copies(Provenance.EXACT, *overlap, request.columns),
            self._most_similar(request, overlap, source_SE, target_TE),
        ]
        if self.mode == "reference":
            layers.append(_random_copies(request))
        return stack(layers, len(request.target), request.columns)

    def _vectors(self, table: TokenTable, corpora: Sequence[Path]) -> Float64:
        """GloVe's vector of each token (V, E), zero for rare ones."""
        from lingraft.initialization.evidence.text import encoded
        from lingraft.vectors.learning.glove import Glove, token_vectors

        glove = Glove(
            dimension=self.dimension,
            window=self.window,
            iterations=self.iterations,
            weight_ceiling=self.weight_ceiling,
            learning_rate=self.learning_rate,
            minimum_count=self.minimum_count,
        )
        return token_vectors(encoded(table, corpora), table.tokens, glove, self.pivot_seed)

    def _most_similar(
        self, request: Request, overlap: Pairs, source_SE: Float64, target_TE: Float64
    ) -> Layer:
        """The source token with the most similar cosines to the pivots, for each target token."""
        import numpy as np

        from lingraft.initialization.combining.relative import draw_pivots, relative
        from lingraft.initialization.weights import combined
        from lingraft.numeric import sparse
        from lingraft.numeric.neighbors import nearest

        target_O, source_O = overlap
        has_source_S, has_target_T = np.any(source_SE, axis=1), np.any(target_TE, axis=1)
        shared_O = np.asarray(has_target_T[target_O] & has_source_S[source_O])
        if not shared_O.any():
            raise InputError("tokalign: no shared token is frequent in the corpora of both sides")
        strings_O = [request.target.tokens[index] for index in target_O]
        chosen_P = draw_pivots(strings_O, shared_O, self.pivots, self.pivot_seed)
        sources_M = np.flatnonzero(has_source_S)
        targets_N = np.flatnonzero(has_target_T & ~request.target.special_T)
        is_cosine = self.mode == "default"
        sources_SP = relative(source_SE, source_O[chosen_P], of_unit_length=is_cosine)
        targets_TP = relative(target_TE, target_O[chosen_P], of_unit_length=is_cosine)
        best_N1, _ = nearest(targets_TP[targets_N], sources_SP[sources_M], 1)
        return combined(targets_N, sparse.one_hot(sources_M[best_N1[:, 0]], request.columns))


def _usable(request: Request) -> NDArray[np.bool_]:
    """True for source ids that have a row and are not special tokens (S,)."""
    import numpy as np

    usable_V = np.zeros(len(request.source), bool)
    usable_V[request.candidate_ids] = True
    return usable_V & ~request.source.special_T


def _random_copies(request: Request) -> Layer:
    """A random source token for each target token, as in the authors' code."""
    import numpy as np

    from lingraft.initialization.weights import combined
    from lingraft.numeric import sparse

    random = np.random.default_rng(request.seed)
    targets = request.target_ids
    drawn = random.choice(request.candidate_ids, len(targets))
    return combined(targets, sparse.one_hot(drawn, request.columns))
