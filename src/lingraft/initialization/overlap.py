"""What several methods take from both vocabularies: shared tokens, special tokens by role.

Shapes: N matched pairs (target id, source id).
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from lingraft.initialization.match import Pairs, match_keys, match_roles, match_tokens
from lingraft.initialization.request import Request
from lingraft.initialization.weights import Layer, Provenance, copies
from lingraft.tokenizers.token_table import Form


def shared_tokens(request: Request, mode: Literal["default", "reference"] = "default") -> Pairs:
    """Tokens of both vocabularies: the same canonical form, or (`reference`) the same string."""
    form: Form = "raw" if mode == "reference" else "canonical"
    return match_keys(
        request.target.keys(form), request.source.keys(form), candidates=request.candidate_ids
    )


def role_copies(
    request: Request, overrides: Mapping[str, str] | None = None, *, only_overrides: bool = False
) -> Layer:
    """The source's special tokens under the target's special tokens of the same role.

    Args:
        overrides: target token -> source token, where the roles are not what is wanted.
        only_overrides: copy these alone.
    """
    match = match_tokens if only_overrides else match_roles
    target_N, source_N = match(request.target, request.source, overrides or {})
    with_row_N = np.isin(source_N, request.candidate_ids)
    return copies(Provenance.ROLE, target_N[with_row_N], source_N[with_row_N], request.columns)
