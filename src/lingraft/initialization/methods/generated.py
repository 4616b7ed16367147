"""Rows that a trained generator makes of what a token is: its words, its pieces, its bytes.

Shapes: M target tokens that are not copied, S source rows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from lingraft.config.base import Name
from lingraft.initialization.method import Method, MethodCard
from lingraft.initialization.methods.ofa import FALLBACK_SEED, Ofa

if TYPE_CHECKING:
    from lingraft.initialization.request import Request
    from lingraft.initialization.weights import Weights


class Generated(Method):
    """Copy the overlap, and let a trained generator make the other rows (HyperOFA, ZeTT)."""

    method: Literal["generated"] = "generated"
    generator: Name
    """The generator, by a name in `generators`: it learned the rows of the run's model."""
    overlap: Literal["none", "exact", "case"] = "exact"
    """Copy tokens that both vocabularies have. `exact`: of the same form; `case`: then also without
    regard to case, as HyperOFA; `none`: no token."""

    card = MethodCard(
        title="Generated",
        idea=(
            "a network that has learned the source's own rows makes a row of what a new token is: "
            "the words that it is in, its pieces, or its bytes. Tokens that the source has are "
            "copied."
        ),
        equation="`e_t = g(x_t)`, with g trained so that `g(x_s)` is near `e_s`.",
        paper=(
            "Özeren et al. (2025), *HyperOFA: Expanding LLM Vocabulary to New Languages via "
            "Hypernetwork Based Embedding Initialization*; Minixhofer, Ponti and Vulic (2024), "
            "*Zero-Shot Tokenizer Transfer*; Lee, Guo and Qiu (2022), *Byte2Word*."
        ),
    )
    revision = 1
    own_in_reference: ClassVar[frozenset[str]] = frozenset({"fill"})
    may_be_part = False

    @property
    def trained_generator(self) -> str | None:
        """Its generator."""
        return self.generator

    def weights(self, request: Request) -> Weights:
        """Copies of the overlap, and generated rows; what the generator does not know is filled.

        The weights of a generated row are those of its pieces. They serve tables that a generator
        does not make.

        Raises:
            ConfigError: there is no generator, or it makes rows of another width.
            InputError: it was trained for another model, or with other word vectors.
        """
        import numpy as np

        from lingraft.initialization.evidence.pieces import (
            informative,
            pieces_of_tokens,
            weigh,
        )
        from lingraft.initialization.fill import whole_matrix_normal
        from lingraft.initialization.request import need
        from lingraft.initialization.weights import Layer, Provenance, stack

        generator = need(
            request.evidence.generator, "generated", "a trained generator (`generator=`)"
        )
        copied = Ofa(mode=self.mode, overlap=self.overlap, neighbors=0).copied(request)
        taken = [layer.rows_N for layer in copied]
        rows_M = np.setdiff1d(request.target_ids, np.concatenate([*taken, np.empty(0, np.int64)]))
        made = generator.generate(request, rows_M, self.width)
        cut = pieces_of_tokens(request.source, request.target, made.rows_N.tolist())
        pieces = informative(request, cut)
        layer = Layer(Provenance.GENERATED, made.rows_N, weigh(pieces, request.columns))
        weights = stack([*copied, layer], len(request.target), request.columns)
        fill = whole_matrix_normal(FALLBACK_SEED) if self.mode == "reference" else None
        account = {"generator": generator.account}
        return replace(weights, generated=made, fill=fill, account=account)
