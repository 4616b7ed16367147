"""What several methods take from both vocabularies: shared tokens, special tokens by role.

Shapes: N matched pairs (target id, source id).
"""

from typing import Literal

from lingraft.initialization.match import Pairs, match_keys, match_roles
from lingraft.initialization.request import Request
from lingraft.initialization.weights import Layer, Provenance, copies
from lingraft.tokenizers.token_table import Form


def shared_tokens(request: Request, mode: Literal["default", "reference"] = "default") -> Pairs:
    """Tokens of both vocabularies: the same canonical form, or (`reference`) the same string."""
    form: Form = "raw" if mode == "reference" else "canonical"
    return match_keys(
        request.target.keys(form), request.source.keys(form), candidates=request.candidate_ids
    )


def role_copies(request: Request) -> Layer:
    """The source's special tokens under the target's special tokens of the same role."""
    target_N, source_N = match_roles(request.target, request.source)
    with_row_N = source_N < request.columns
    return copies(Provenance.ROLE, target_N[with_row_N], source_N[with_row_N], request.columns)
