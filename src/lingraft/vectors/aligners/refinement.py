"""Procrustes, repeated on the mutual nearest neighbors that it finds (Lample et al., 2018)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import NonNegativeInt, PositiveInt

from lingraft.vectors.aligners.aligner import Aligner

if TYPE_CHECKING:
    from lingraft.vectors.fitting import Maps, Problem


class Refinement(Aligner):
    """Procrustes, repeated on the mutual nearest neighbors (CSLS) that the last map shows."""

    method: Literal["refinement"] = "refinement"
    refinements: NonNegativeInt = 5
    """Rounds of refinement (MUSE's n_refinement)."""
    refined_words: PositiveInt = 10_000
    """Refinement adds pairs of this many most frequent words of either side. Nearest words are
    searched, and CSLS averages, over all words (as with MUSE's dico_max_rank): a round costs two
    products of both vocabularies; `maximum_words` of the vectors bounds it."""
    keep_dictionary: bool = True
    """Refinement adds the pairs it finds to the dictionary; MUSE replaces the dictionary."""

    def fit(self, problem: Problem) -> Maps:
        """The map of the last round."""
        from lingraft.vectors.fitting import fit_refinement

        return fit_refinement(
            problem,
            rounds=self.refinements,
            neighbors=self.neighbors,
            maximum_rank=self.refined_words,
            keep_dictionary=self.keep_dictionary,
        )
