"""RAMEN: rows, and the head's bias, by translation probabilities of subwords.

Tran (2020), From English To Foreign Languages: Transferring Pre-trained Language Models, section
3.1: e_target = sum of p(source | target) e_source, with p from alignment counts of parallel text,
or the sparsemax of cosines between subword vectors in aligned word vectors.

Shapes: V tokens of a vocabulary, T target tokens, S source tokens, E dimensions of word vectors.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, PositiveInt

from lingraft.initialization.method import EvidenceKind, Method, MethodCard
from lingraft.initialization.parallel.settings import WordAlignment
from lingraft.initialization.policies import BiasPolicy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lingraft.initialization.request import Request
    from lingraft.initialization.weights import Layer, Weights
    from lingraft.tokenizers.token_table import TokenTable
    from lingraft.vectors.vectorset import VectorSet


class Ramen(Method):
    """RAMEN (Tran, 2020): translation probabilities from parallel text or word vectors."""

    method: Literal["ramen"] = "ramen"
    evidence: Literal["parallel", "vectors"] = "parallel"
    """`parallel`: count in parallel text; `vectors`: the sparsemax of cosines in aligned word
    vectors."""
    alignment: WordAlignment = Field(
        default_factory=lambda: WordAlignment(symmetrization="geometric-mean", sets_of_tokens=False)
    )
    """The alignment of the parallel text; the paper symmetrizes both directions of fast_align."""
    maximum_words: PositiveInt = 50_000
    """With vectors: words of each language that token vectors are averaged from, by 1/rank."""
    bias: BiasPolicy = "combine"
    """The head's bias; RAMEN combines it by the same weights as the rows."""

    card = MethodCard(
        title="RAMEN",
        idea=(
            "rows, and the head's bias, are combined by translation probabilities. These come "
            "from parallel text, or from aligned word vectors."
        ),
        equation="`e_t = sum_s p(s | t) e_s` and `b_t = sum_s p(s | t) b_s`.",
        paper=(
            "Tran (2020), *From English To Foreign Languages: Transferring Pre-trained Language "
            "Models*."
        ),
    )
    own_in_reference: ClassVar[frozenset[str]] = frozenset({"fill"})

    @property
    def takes(self) -> frozenset[EvidenceKind]:
        """Aligned texts, or word vectors of both languages in one space."""
        return frozenset({self.evidence})

    def weights(self, request: Request) -> Weights:
        """Weights from parallel text or from word vectors.

        Raises:
            ConfigError: the evidence asked for is missing.
            InputError: it is unusable.
        """
        from lingraft.initialization.fill import narrow_normal
        from lingraft.initialization.match import same_special_ids
        from lingraft.initialization.parallel.counts import TranslationCounts
        from lingraft.initialization.weights import Provenance, combined, copies, stack
        from lingraft.numeric import sparse

        found: dict[str, Any] = {}
        if self.evidence == "parallel":
            counted = TranslationCounts.of(request, self.alignment, "ramen")
            counts_TS, rows = counted.counts_TS, request.target_ids
            found = {
                "observations_T": sparse.row_sums(counts_TS),
                "trial": lambda: counted.trial(lambda each_TS: each_TS),
                "account": counted.account(),
            }
            layers = [combined(rows, sparse.normalize_rows(counts_TS[rows]))]
        else:
            layers = [self._from_vectors(request)]
        fill = None
        if self.mode == "reference":
            fill = narrow_normal(request.seed)
            ids = same_special_ids(request)
            layers.insert(0, copies(Provenance.ROLE, ids, ids, request.columns))
        weights = stack(layers, len(request.target), request.columns)
        return replace(weights, fill=fill, **found)

    def _from_vectors(self, request: Request) -> Layer:
        from lingraft.initialization.combining.similarity import sparsemax_of_all
        from lingraft.initialization.evidence.auxiliary import known
        from lingraft.initialization.evidence.spaces import common_space

        source, target, alignment = common_space(request, "ramen", self.mode)
        source_SE = alignment.map_source(self._subword_vectors(request.source, source))
        target_TE = alignment.map_target(self._subword_vectors(request.target, target))
        sources = request.candidate_ids[known(source_SE)[request.candidate_ids]]
        targets = known(target_TE).nonzero()[0]
        return sparsemax_of_all(
            targets, target_TE[targets], sources, source_SE[sources], request.columns
        )

    def _subword_vectors(self, table: TokenTable, vectors: VectorSet) -> NDArray[np.float64]:
        """Mean (V, E) of the words that contain a token, by 1 / rank; zero for special tokens.

        In the reference mode a word counts once for each occurrence of the token in it, and the
        unknown token alone has no vector: the word `</s>` is the token `</s>`, where a vocabulary
        has it.
        """
        import numpy as np

        from lingraft.initialization.evidence.auxiliary import word_means

        is_reference = self.mode == "reference"
        words = vectors.words[: self.maximum_words]
        # Words are sorted by frequency, and 1 / rank approximates it (Zipf's law).
        inverse_ranks_W = 1.0 / np.arange(1, len(words) + 1)
        means_VE = word_means(
            table,
            words,
            vectors.vectors_WE[: len(words)],
            inverse_ranks_W,
            variants=lambda word: (" " + word,),
            counted="occurrence" if is_reference else "word",
        )
        unknown = [index for role, index in table.roles.items() if role == "unk"]
        means_VE[unknown if is_reference else np.flatnonzero(table.special_T)] = 0.0
        return means_VE
