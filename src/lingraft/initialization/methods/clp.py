"""CLP-Transfer: what both vocabularies have is copied; the rest is a weighted sum of that overlap.

Ostendorff and Rehm (2023), Efficient Language Model Training through Cross-Lingual and Progressive
Transfer Learning, section 3.1: the weights of a token are its cosines to all overlapping tokens in
a small model of the target language, divided by their sum.

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


class Clp(Method):
    """CLP-Transfer (Ostendorff and Rehm, 2023): overlap weighted by a small target model."""

    method: Literal["clp"] = "clp"
    neighbors: PositiveInt | None = None
    """Shared tokens from which a token is combined. Unset: all of them, as in the paper."""

    card = MethodCard(
        title="CLP-Transfer",
        idea=(
            "a small model of the target language, which has the target tokenizer, knows which "
            "tokens are similar. A new token is the mean of the shared tokens, weighted by the "
            "similarity in that model."
        ),
        equation=(
            "`e_t = sum_o cos(h_t, h_o) e_o / sum_o cos(h_t, h_o)` over the shared tokens o; h "
            "are the donor's rows."
        ),
        paper=(
            "Ostendorff and Rehm (2023), *Efficient Language Model Training through Cross-Lingual "
            "and Progressive Transfer Learning*."
        ),
    )

    @property
    def takes(self) -> frozenset[EvidenceKind]:
        """The small model of the target language."""
        return frozenset({"donor"})

    def weights(self, request: Request) -> Weights:
        """Copies of the overlap, and sums of it weighted by cosines in the donor model.

        Raises:
            ConfigError: there is no donor.
            InputError: the vocabularies and the donor share no token or, by default, none but
                special ones, of which rows of words would be made.
        """
        import numpy as np

        from lingraft.initialization.combining.similarity import share_of_all, share_of_nearest
        from lingraft.initialization.evidence.donor import read_donor
        from lingraft.initialization.match import shared_tokens
        from lingraft.initialization.weights import Provenance, copies, stack
        from lingraft.numeric.rows import unit_rows

        target_O, source_O = shared_tokens(request, self.mode)
        if len(target_O) == 0:
            raise InputError("clp: the source and the target vocabulary share no token")
        donor = read_donor(request, "clp")
        copied = copies(Provenance.EXACT, target_O, source_O, request.columns)
        units_TE = unit_rows(donor.rows_TE.astype(np.float64))
        known_O = donor.known_T[target_O]
        words_O = known_O & ~request.target.special_T[target_O]
        if not (known_O if self.mode == "reference" else words_O).any():
            raise InputError("clp: source, target and donor share no token but special ones")
        missing_M = np.setdiff1d(np.flatnonzero(donor.known_T), target_O)
        wanted = missing_M, units_TE[missing_M]
        anchors = source_O[known_O], units_TE[target_O[known_O]]
        if self.neighbors is not None:
            layer = share_of_nearest(*wanted, *anchors, request.columns, neighbors=self.neighbors)
            return stack([copied, layer], len(request.target), request.columns)
        layer, right_ES = share_of_all(*wanted, *anchors, request.columns)
        return stack([copied, layer], len(request.target), request.columns, right_ES)
