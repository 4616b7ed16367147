"""The copied-token baseline of sentence retrieval: no model, only the characters two texts share.

User-interface text keeps product names, digits and markup in translation; a model that does not
beat this baseline has not shown that it understands anything. Q queries, K keys, F n-grams.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

SYSTEM = "copied tokens"


def ngram_similarity(
    queries: Sequence[str], keys: Sequence[str], size: int = 3
) -> npt.NDArray[np.float32]:
    """Cosine of character n-gram counts, Q x K; case is folded and a space added at both ends.

    Args:
        queries: Q texts.
        keys: K texts.
        size: characters of an n-gram.
    """
    index: dict[str, int] = {}
    counts_QF, counts_KF = (_counts(texts, size, index) for texts in (queries, keys))
    # The second matrix added n-grams to the index, so the first one has too few columns.
    counts_QF.resize(len(queries), len(index))
    counts_KF.resize(len(keys), len(index))
    return np.asarray((_unit(counts_QF) @ _unit(counts_KF).T).toarray(), dtype=np.float32)


def _counts(texts: Sequence[str], size: int, index: dict[str, int]) -> sparse.csr_array:
    rows, columns, values = [], [], []
    for row, text in enumerate(texts):
        text = f" {text.casefold()} "
        grams = Counter(text[i : i + size] for i in range(len(text) - size + 1))
        for gram, count in grams.items():
            rows.append(row)
            # setdefault gives a new n-gram the next free column.
            columns.append(index.setdefault(gram, len(index)))
            values.append(float(count))
    return sparse.csr_array((values, (rows, columns)), shape=(len(texts), max(1, len(index))))


def _unit(counts_NF: sparse.csr_array) -> sparse.csr_array:
    norms_N = np.sqrt(counts_NF.multiply(counts_NF).sum(axis=1))
    # A text without n-grams has norm 0; the bound keeps its row zero instead of NaN.
    return sparse.diags_array(1 / np.maximum(norms_N, 1e-12)) @ counts_NF
