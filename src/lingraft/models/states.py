"""The hidden states of rows of tokens.

Shapes: N rows, T tokens of the longest row, E width of the model.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from lingraft.models.rows import padded


@torch.inference_mode()
def states_of_rows(
    model: Any, rows: Sequence[Sequence[int]], padding: int, layer: int = -1
) -> tuple[Tensor, Tensor]:
    """The states (N, T, E) of one layer, fp32, and 1 where a row has a token, else 0 (N, T).

    Args:
        model: without its head, in evaluation mode.
        rows: token ids.
        padding: the id behind a row's end.
        layer: index into the hidden states: 0 the embeddings, n the output of block n, -1 the last.
    """
    ids_NT = torch.tensor(padded(rows, padding, width=1), device=model.device)
    mask_NT = torch.tensor(padded([[1] * len(row) for row in rows], 0, width=1))
    mask_NT = mask_NT.to(model.device)
    output = model(
        input_ids=ids_NT,
        # A row without tokens still needs one attended position; nobody counts its state.
        attention_mask=mask_NT.clone().index_fill_(1, mask_NT.new_tensor([0]), 1),
        output_hidden_states=layer != -1,
    )
    states_NTE = output.last_hidden_state if layer == -1 else output.hidden_states[layer]
    return states_NTE.float(), mask_NT
