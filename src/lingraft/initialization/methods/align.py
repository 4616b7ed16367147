"""Align: a new token is the mean of the pieces that the source has in its place, in texts.

Yamaguchi et al. (2024), How Can We Effectively Expand the Vocabulary of LLMs with 0.01GB of Target
Language Text? (2406.11477), section 3: FVT asks how the source cuts the token's own string; Align
asks how it cuts the texts in which the token stands.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from pydantic import PositiveInt

from lingraft.initialization.method import EvidenceKind, Method, MethodCard

if TYPE_CHECKING:
    from lingraft.initialization.request import Request
    from lingraft.initialization.weights import Weights


class Align(Method):
    """Align (Yamaguchi et al., 2024): the pieces that stand for a token in texts, by frequency."""

    method: Literal["align"] = "align"
    minimum_count: PositiveInt = 1
    """Ways to cut a token that are seen less often do not count."""

    card = MethodCard(
        title="Align",
        idea=(
            "tokens that both vocabularies have are copied. Any other token is the mean of the "
            "source's pieces in its place, over all places in a text where both tokenizers cut "
            "around it."
        ),
        equation=(
            "`e_t = mean_z mean_(p in z) e_p` over the segmentations z of t in the texts, each as "
            "often as it is there."
        ),
        paper=(
            "Yamaguchi et al. (2024), *How Can We Effectively Expand the Vocabulary of LLMs with "
            "0.01GB of Target Language Text?*"
        ),
    )
    revision = 1

    @property
    def takes(self) -> frozenset[EvidenceKind]:
        """Text of the target language."""
        return frozenset({"corpora"})

    def weights(self, request: Request) -> Weights:
        """Copies of the overlap, means over texts, and the own pieces of tokens without a place.

        Raises:
            ConfigError: there is no text.
            InputError: it cannot be read.
        """
        import numpy as np

        from lingraft.initialization.evidence.contexts import pieces_in_context, weigh_contexts
        from lingraft.initialization.evidence.pieces import (
            informative,
            pieces_of_tokens,
            weigh,
        )
        from lingraft.initialization.evidence.text import texts
        from lingraft.initialization.match import shared_tokens
        from lingraft.initialization.request import need
        from lingraft.initialization.weights import Provenance, combined, copies, stack

        corpora = need(request.evidence.corpora, self.method, "text: `corpora=`")
        target_N, source_N = shared_tokens(request)
        rows_M = np.setdiff1d(request.target_ids, target_N)
        seen = pieces_in_context(request, texts(corpora), rows_M.tolist(), self.minimum_count)
        weights_TS, observations_T = weigh_contexts(request, seen)
        own = pieces_of_tokens(request.source, request.target, rows_M.tolist())
        own_MS = weigh(informative(request, own), request.columns)
        layers = [
            copies(Provenance.EXACT, target_N, source_N, request.columns),
            combined(rows_M, weights_TS[rows_M]),
            combined(rows_M, own_MS),
        ]
        aligned = {token for token, _ in seen}
        return replace(
            stack(layers, len(request.target), request.columns),
            observations_T=observations_T,
            account={"aligned_tokens": len(aligned), "segmentations": len(seen)},
        )
