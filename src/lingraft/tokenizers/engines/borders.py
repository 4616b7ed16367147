"""Where a text may be cut without changing its ids: no token of a Unigram model crosses there.

Every path through the text has a border at such a place, so the best path is that of the parts,
joined. Unknown characters beside each other become one token, so there is no cut between two.

Shapes: N characters of a block of texts, each of which begins with the sign for a space, as its
words do, and is separated from the next one by NUL.
"""

import numpy as np
from numpy.typing import NDArray

from lingraft.tokenizers.engines.prefixes import Found
from lingraft.tokenizers.locality import METASPACE

_SIGN = ord(METASPACE)


def cut(codes_N: NDArray[np.uint32], found: Found) -> NDArray[np.bool_]:
    """Before which characters a piece begins; NUL is a piece by itself.

    Args:
        codes_N: code points of the block.
        found: which tokens are there.
    """
    starts_N = np.ones(len(codes_N), bool)
    # No token that began before a place reaches beyond it.
    farthest_N = np.maximum.accumulate(found.ends_N)
    starts_N[1:] = farthest_N[:-1] <= np.arange(1, len(codes_N))
    starts_N[1:] &= found.singles_N[1:] | found.singles_N[:-1]
    # The tokenizer cuts before each sign.
    is_nul_N = codes_N == 0
    starts_N |= is_nul_N | (codes_N == _SIGN)
    starts_N[1:] |= is_nul_N[:-1]
    return starts_N
