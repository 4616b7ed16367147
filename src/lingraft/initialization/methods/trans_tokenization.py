"""Trans-Tokenization: a target token is the mean of the source tokens that it translates.

Remy et al. (2024), Trans-Tokenization and Cross-lingual Vocabulary Transfers, section 3: weights
are translation counts from a word-aligned parallel corpus, normalized. By default tokens are
aligned directly; `mode: reference` follows the authors' code over words (`parallel.rules`).

Shapes: T target vocabulary, S source rows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, NonNegativeFloat, model_validator

from lingraft.initialization.method import EvidenceKind, Method, MethodCard
from lingraft.initialization.parallel.settings import WordAlignment

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from lingraft.initialization.request import Request
    from lingraft.initialization.weights import Weights


class TransTokenization(Method):
    """Trans-Tokenization (Remy et al., 2024): translation counts of tokens, normalized."""

    method: Literal["trans-tokenization"] = "trans-tokenization"
    alignment: WordAlignment = Field(default_factory=WordAlignment)
    """The alignment of the parallel text; unset with `mode: reference`: as fast_align counts."""
    minimum_count: NonNegativeFloat | None = None
    """Drop pairs of tokens (with `mode: reference` of words) that are counted less often. Unset:
    keep all; with `mode: reference` 10, as the authors do on tens of millions of sentences."""
    minimum_share: float = Field(default=0.02, ge=0, lt=1)
    """Drop counts below this share of the largest one of the same target token: they are noise
    (docs/ablation.md)."""
    same_string_count: NonNegativeFloat = 0.0
    """Added to the count of a source token of the same string; the authors' code adds 1."""
    recurrent: bool = False
    """Count in the dictionaries of the run's alignments, not in parallel text: align the words of
    their pairs token by token, take the tokens that were counted out of the target's tokenizer, so
    that it cuts the words into shorter pieces, and align again until nothing new is counted (Sakajo
    et al. 2025)."""
    smoothing: Literal["none", "contained"] = "none"
    """Tokens without a count. `none`: copy the row of the same token, and leave those that the
    source lacks to `fill`; `contained`: before that, combine the rows of the tokens that begin with
    them or that they contain (the authors' rule)."""

    card = MethodCard(
        title="Trans-Tokenization",
        idea=(
            "parallel text shows which source tokens a target token translates. Its row is the "
            "mean of their rows, weighted by how often they were aligned."
        ),
        equation=("`e_t = sum_s n(t, s) e_s / sum_s n(t, s)`, with n the alignment counts."),
        paper=("Remy et al. (2024), *Trans-Tokenization and Cross-lingual Vocabulary Transfers*."),
        code="trans-tokenizers 0.1.4",
    )
    own_in_reference: ClassVar[frozenset[str]] = frozenset(
        {"fill", "minimum_share", "recurrent", "same_string_count", "smoothing"}
    )
    small = {"minimum_count": 1}
    revision = 1

    @model_validator(mode="after")
    def _check_links(self) -> Self:
        if self.mode == "reference" and self.alignment.links is not None:
            raise ValueError(
                "alignment.links has positions of tokens, but mode: reference aligns words; "
                "unset one of the two"
            )
        if self.recurrent and self.alignment.links is not None:
            raise ValueError(
                "alignment.links has positions of tokens of one text, but recurrent: true cuts "
                "the dictionary anew in each round; unset one of the two"
            )
        return self

    @property
    def takes(self) -> frozenset[EvidenceKind]:
        """Aligned texts, or the dictionaries of alignments."""
        return frozenset({"dictionary" if self.recurrent else "parallel"})

    def weights(self, request: Request) -> Weights:
        """Normalized translation counts; a token without any is the source's same token, if it has
        one, and else left to fill.

        Raises:
            ConfigError: there is no parallel text, or, with `recurrent`, no dictionary.
            InputError: it cannot be read, or the links are those of another text.
        """
        import numpy as np

        from lingraft.initialization.match import shared_tokens
        from lingraft.initialization.weights import Provenance, copies

        counted = self.weights_as_part(request)
        if self.mode == "reference":
            return counted
        target_N, source_N = shared_tokens(request)
        uncounted_N = np.isin(target_N, counted.rows(Provenance.FILL))
        same = (target_N[uncounted_N], source_N[uncounted_N])
        return counted.under([copies(Provenance.EXACT, *same, request.columns)])

    def weights_as_part(self, request: Request) -> Weights:
        """Normalized translation counts alone: what was not counted is left to fill."""
        from lingraft.initialization.parallel.smoothing import smooth
        from lingraft.initialization.weights import combined, stack
        from lingraft.numeric import sparse

        if self.mode == "reference":
            return self._reference(request)
        counts_TS, found = self._counted(request)
        observations_T = sparse.row_sums(counts_TS)
        if self.smoothing == "contained":
            counts_TS = smooth(request.target, sparse.normalize_rows(counts_TS))
        layer = combined(request.target_ids, sparse.normalize_rows(counts_TS[request.target_ids]))
        return replace(
            stack([layer], len(request.target), request.columns),
            observations_T=observations_T,
            **found,
        )

    def _counted(self, request: Request) -> tuple[csr_array, dict[str, Any]]:
        """Translation counts (T, S) after the thresholds, and what else `Weights` has of them."""
        from lingraft.initialization.parallel.counts import TranslationCounts
        from lingraft.initialization.parallel.recurrent import count_dictionary

        if self.recurrent:
            pairs = count_dictionary(request, self.alignment, self._frequent, self.method)
            return self._pruned(pairs.counts_TS, request), {"account": pairs.account()}
        counted = TranslationCounts.of(request, self.alignment, self.method)
        found = {
            "trial": lambda: counted.trial(lambda each_TS: self._pruned(each_TS, request)),
            "account": counted.account(),
        }
        return self._pruned(counted.counts_TS, request), found

    def _pruned(self, counts_TS: csr_array, request: Request) -> csr_array:
        """Translation counts (T, S), same strings among them, after the thresholds."""
        if self.same_string_count:
            counts_TS = counts_TS + self.same_string_count * _same_strings(request)
        return self._frequent(counts_TS)

    def _frequent(self, counts_TS: csr_array) -> csr_array:
        """The counts (T, S) that reach the thresholds."""
        import numpy as np
        from scipy.sparse import csr_array

        from lingraft.numeric import sparse

        largest_T = sparse.row_maximum(counts_TS)
        threshold_T = np.maximum(self.minimum_count or 0.0, self.minimum_share * largest_T)
        return sparse.prune(csr_array(counts_TS), threshold_T)

    def _reference(self, request: Request) -> Weights:
        """The authors' counts; special tokens by role, and the unknown token for the rest."""
        from lingraft.initialization.fill import filler
        from lingraft.initialization.match import role_copies
        from lingraft.initialization.parallel.rules import authors_counts
        from lingraft.initialization.weights import combined, stack
        from lingraft.numeric import sparse

        # `model_fields_set` has what the user wrote. Our own default must not replace the authors'.
        alignment = self.alignment if "alignment" in self.model_fields_set else None
        counts_TS = authors_counts(request, alignment, self.minimum_count)
        layer = combined(request.target_ids, sparse.normalize_rows(counts_TS[request.target_ids]))
        weights = stack([role_copies(request), layer], len(request.target), request.columns)
        unknown = request.source.roles.get("unk")
        return replace(weights, fill=filler("unknown", request.seed, unknown))


def _same_strings(request: Request) -> csr_array:
    """One (T, S) where both vocabularies have a token."""
    from lingraft.initialization.match import shared_tokens
    from lingraft.numeric import sparse

    target_N, source_N = shared_tokens(request)
    ones_NS = sparse.one_hot(source_N, request.columns)
    return sparse.scatter_rows(ones_NS, target_N, len(request.target))
