"""How a causal model continues the beginning of a text: greedily, so always in the same way."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from lingraft.models.rows import longest_input
from lingraft.tokenizers.separators import prefix_id, separator_id

NONE = -1  # nothing to choose

Choice = Callable[[Tensor, Any], tuple[int, Any]]
"""Rows that are read (1, L), and the cache of what was read before -> the next token or `NONE`, and
the cache with these rows; None of a model that has no cache."""


@torch.inference_mode()
def continued(
    model: Any, tokenizer: Any, prompt: str, tokens: int, prefix: int | None = None
) -> str:
    """The text that a model puts behind a prompt, until the document ends for it.

    Args:
        model: a causal model with its head, in evaluation mode.
        tokenizer: its tokenizer.
        prompt: the beginning of a document.
        tokens: the most that are added; fewer where the model reads no more.
        prefix: the token before the prompt; None takes that of the tokenizer.
    """
    ids = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    known = max(tokenizer.get_vocab().values()) + 1  # rows beyond are padding of the matrix

    def choose(inputs_1L: Tensor, past: Any) -> tuple[int, Any]:
        found = model(input_ids=inputs_1L, past_key_values=past, use_cache=True)
        return int(found.logits[0, -1, :known].argmax()), found.past_key_values

    added = chosen_tokens(model, tokenizer, ids, tokens, prefix, choose)
    parts = ids, [*ids, *added]
    begun, whole = (tokenizer.decode(part, skip_special_tokens=True) for part in parts)
    return str(whole[len(begun) :])


def chosen_tokens(
    model: Any,
    tokenizer: Any,
    beginning: Sequence[int],
    tokens: int,
    prefix: int | None,
    choose: Choice,
) -> list[int]:
    """What is put behind a beginning, token by token, until the document ends.

    Args:
        model: as it reads.
        tokenizer: its tokenizer.
        beginning: of the document, as rows of the model.
        tokens: the most that are added; fewer where the model reads no more.
        prefix: the token before the beginning; None takes that of the tokenizer.
        choose: the next token.
    """
    ends = {separator_id(tokenizer), tokenizer.eos_token_id}
    read = [prefix_id(tokenizer) if prefix is None else prefix, *beginning]
    added: list[int] = []
    past = None
    for _ in range(min(tokens, longest_input(model, tokenizer) - len(read))):
        chosen, past = choose(torch.tensor([read], device=model.device), past)
        if chosen in ends or chosen == NONE:
            break
        added.append(chosen)
        # Where there is no cache, the whole row is read again.
        read = [chosen] if past is not None else [*read, chosen]
    return added
