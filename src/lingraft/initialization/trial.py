"""What translation counts predict of sentence pairs that they have not seen.

Shapes: T target tokens, S source rows, C cells (a target and a source token of one sentence pair).
"""

from dataclasses import dataclass

from scipy.sparse import csr_array

from lingraft.numeric.arrays import AnyInts, Float64


@dataclass(frozen=True, eq=False)
class Trial:
    """Counts of most sentence pairs, and the cells of the others.

    Attributes:
        counts_TS: counts of the seen pairs.
        base_S: frequency of each source token in the text; it sums to one.
        targets_C: the target token of each cell of an unseen pair.
        sources_C: its source token.
        places_C: the number of the source token's place in the text; cells of one place are the
            target tokens that may have picked it.
    """

    counts_TS: csr_array
    base_S: Float64
    targets_C: AnyInts
    sources_C: AnyInts
    places_C: AnyInts
