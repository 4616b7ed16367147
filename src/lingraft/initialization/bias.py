"""The bias of the language modeling head, which decides more of the first loss than any embedding.

With the log unigram frequency of the target corpus even random embeddings look trained at step 0,
so methods are compared under one policy.

Shapes: S source rows, T target rows.
"""

import numpy as np
from numpy.typing import NDArray

from lingraft.errors import ConfigError
from lingraft.initialization.evidence.text import token_counts
from lingraft.initialization.method import Method
from lingraft.initialization.policies import BiasPolicy
from lingraft.initialization.request import Request
from lingraft.initialization.weights import Provenance, Weights
from lingraft.numeric.arrays import Numbers


def target_bias(request: Request, weights: Weights, settings: Method) -> tuple[Numbers | None, str]:
    """The bias of the head, and the policy that was applied.

    Args:
        request: with the source's bias (S,).
        weights: W, for the policies `combine` and `copy`.
        settings: with the policy.

    Returns:
        The bias (T,) in the dtype of the source's, and the policy's name; None and "none" where the
        source's head has no bias.

    Raises:
        ConfigError: `unigram` without a corpus to count in.
    """
    if request.bias_S is None:
        return None, "none"
    policy = settings.bias
    if policy == "auto":
        policy = _automatic(request, settings)
    rows = len(weights.provenance_T)
    dtype = request.bias_S.dtype
    match policy:
        case "zero":
            bias_T = np.zeros(rows)
        # `apply` takes the bias like embeddings of one dimension, (S, 1).
        case "combine":
            bias_T = weights.apply(request.bias_S[:, None])[:, 0]
            weights.put_generated(bias_T, "bias")
        case "copy":
            bias_T = weights.apply(request.bias_S[:, None])[:, 0]
            bias_T[~np.isin(weights.provenance_T, [p for p in Provenance if p.is_copy])] = 0.0
        case "unigram":
            if not request.evidence.corpora:
                raise ConfigError("bias: unigram needs a corpus of the target language to count in")
            counts_T = token_counts(request.target, request.evidence.corpora, request.kept)
            bias_T = settings.bias_scale * log_frequency(counts_T, rows)
    return bias_T.astype(dtype), policy


def _automatic(request: Request, settings: Method) -> BiasPolicy:
    """An extended or pruned vocabulary keeps what the model knows of its tokens; another one gets
    their frequencies where there is text."""
    if settings.extends_source:
        return "combine"
    return "unigram" if request.evidence.corpora else "zero"


def log_frequency(counts_V: NDArray[np.int64], rows: int) -> NDArray[np.float64]:
    """Log frequency (rows,) with add-one smoothing, centred so that its mean is zero.

    A softmax does not change with the shift. Rows past the vocabulary count as never seen.
    """
    counts_T = np.pad(counts_V, (0, rows - len(counts_V))) + 1.0
    logs_T = np.log(counts_T / counts_T.sum())
    return np.asarray(logs_T - logs_T.mean())
