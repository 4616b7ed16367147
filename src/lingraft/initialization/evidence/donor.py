"""The embeddings of a donor: another model that owns the target vocabulary.

Shapes: T target rows, E the donor's embedding dimensions.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.errors import InputError
from lingraft.initialization.request import Request, need


@dataclass(frozen=True, eq=False)
class Donor:
    """The donor's rows by target id, and which target tokens it has."""

    rows_TE: NDArray[np.float32]
    known_T: NDArray[np.bool_]


def read_donor(request: Request, method: str) -> Donor:
    """Load the donor model and bring its rows into the order of the target vocabulary.

    Raises:
        ConfigError: no donor is given.
        InputError: it has none of the target's tokens, or its embeddings are not finite.
    """
    from lingraft.models.loading import load_model
    from lingraft.tokenizers.loading import load_tokenizer

    folder = need(request.evidence.donor, method, "a donor: a model with the target tokenizer")
    embeddings: Any = load_model(folder).get_input_embeddings()
    rows_VE = embeddings.weight.detach().float().numpy()
    if not np.isfinite(rows_VE).all():
        raise InputError(f"{method}: the embeddings of donor {folder} have NaN or infinity in them")
    donor = in_target_order(request, load_tokenizer(folder).get_vocab(), rows_VE)
    if not donor.known_T.any():
        raise InputError(f"{method}: donor {folder} has no token of the target tokenizer")
    return donor


def in_target_order(request: Request, ids: dict[str, int], rows_VE: NDArray[np.float32]) -> Donor:
    """The donor's rows by target id, matched by token string; zeros where it has no such token.

    Args:
        request: with the target vocabulary.
        ids: the donor's vocabulary: token string -> id.
        rows_VE: the donor's embeddings, by its ids.
    """
    rows_TE = np.zeros((len(request.target), rows_VE.shape[1]), np.float32)
    known_T = np.zeros(len(request.target), bool)
    for token, index in request.target.ids.items():
        # A token that the donor lacks gets an id beyond the last row, so that one comparison
        # refuses both it and ids without a row.
        own = ids.get(token, len(rows_VE))
        if own < len(rows_VE):
            rows_TE[index] = rows_VE[own]
            # A row of zeros says nothing and has no direction for cosines.
            known_T[index] = rows_VE[own].any()
    return Donor(rows_TE, known_T)
