"""tokensurgeon: rebuild a donor's row from the donor's rows of shared tokens, reuse the recipe.

Goddard and Fernandes Neto (2025), Training-Free Tokenizer Transplantation via Orthogonal Matching
Pursuit. A token's weights over shared tokens are found in the donor's space, and used in the
source's space over the same tokens. The other approximations are those of mergekit's
`common_interpolation` and plain least squares.

Shapes: T target rows, E the donor's dimensions, O overlapping tokens, M missing ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import PositiveInt

from lingraft.errors import InputError
from lingraft.initialization.method import EvidenceKind, Method, MethodCard

if TYPE_CHECKING:
    from lingraft.initialization.request import Request
    from lingraft.initialization.weights import Weights


class Tokensurgeon(Method):
    """mergekit's tokensurgeon (Goddard and Fernandes Neto, 2025): a donor's row, reconstructed."""

    method: Literal["tokensurgeon"] = "tokensurgeon"
    approximation: Literal["omp", "neighbors", "least-squares"] = "omp"
    """How a donor row is rebuilt from the donor's rows of shared tokens. `omp`: orthogonal matching
    pursuit; `neighbors`: the nearest ones, weighted by inverse distance; `least-squares`: all of
    them."""
    atoms: PositiveInt = 64
    """Shared tokens from which a row is made (not with `least-squares`)."""

    card = MethodCard(
        title="tokensurgeon",
        idea=(
            "a donor's row is rebuilt from the donor's rows of shared tokens. The same recipe is "
            "then applied to the source's rows."
        ),
        equation="`h_t ~ sum_o w_o h_o`, then `e_t = sum_o w_o e_o`.",
        paper=(
            "Goddard and Fernandes Neto (2025), *Training-Free Tokenizer Transplantation via "
            "Orthogonal Matching Pursuit*."
        ),
        code="mergekit 0.1.5",
    )
    small = {"atoms": 8}

    @property
    def takes(self) -> frozenset[EvidenceKind]:
        """The model whose rows are rebuilt."""
        return frozenset({"donor"})

    def weights(self, request: Request) -> Weights:
        """Copies of the overlap, and donor rows rebuilt from it.

        Raises:
            ConfigError: there is no donor.
            InputError: the vocabularies and the donor share no token but special ones.
        """
        import numpy as np

        from lingraft.initialization.combining import reconstruction
        from lingraft.initialization.evidence.donor import read_donor
        from lingraft.initialization.match import role_copies, shared_tokens
        from lingraft.initialization.weights import Provenance, copies, stack

        target_O, source_O = shared_tokens(request)
        donor = read_donor(request, "tokensurgeon")
        known_O = donor.known_T[target_O]
        if not (known_O & ~request.target.special_T[target_O]).any():
            raise InputError(
                "tokensurgeon: source, target and donor share no token but special ones"
            )
        copied = [copies(Provenance.EXACT, target_O, source_O, request.columns)]
        if self.mode == "reference":
            copied.insert(0, role_copies(request))
        missing_M = np.setdiff1d(np.flatnonzero(donor.known_T), target_O)
        wanted_ME = donor.rows_TE[missing_M].astype(np.float64)
        anchors_OE = donor.rows_TE[target_O[known_O]].astype(np.float64)
        anchors = source_O[known_O], anchors_OE
        if self.approximation == "least-squares":
            layer, right_ES = reconstruction.least_squares(
                missing_M, wanted_ME, *anchors, request.columns
            )
            return stack([*copied, layer], len(request.target), request.columns, right_ES)
        rebuild = {"omp": reconstruction.pursuit, "neighbors": reconstruction.interpolation}
        layer = rebuild[self.approximation](
            missing_M, wanted_ME, *anchors, request.columns, atoms=self.atoms
        )
        return stack([*copied, layer], len(request.target), request.columns)
