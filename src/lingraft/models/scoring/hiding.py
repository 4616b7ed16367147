"""What a masked model reads in place of the tokens that it predicts.

Shapes: P predicted tokens.
"""

import numpy as np
from numpy.typing import NDArray

from lingraft.config.pretraining import Masking


def replace_hidden(
    ids_P: NDArray[np.int64],
    draws_P: NDArray[np.float64],
    random_P: NDArray[np.int64],
    mask: int,
    masking: Masking,
) -> NDArray[np.int64]:
    """What a masked model reads in place of the tokens that it predicts.

    Most become the mask token, some a random token, and the rest stay as they are, so that a model
    must also represent tokens that it sees (Devlin et al. 2019).

    Args:
        ids_P: the tokens to predict.
        draws_P: uniform in [0, 1); they decide which of the three happens.
        random_P: the random tokens.
        mask: id of the mask token.
        masking: the shares.
    """
    replaced_P = np.where(draws_P < masking.mask_share, mask, random_P)
    stays_P = draws_P >= masking.mask_share + masking.random_share
    return np.where(stays_P, ids_P, replaced_P)
