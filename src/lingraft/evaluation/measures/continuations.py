"""How a causal model continues the beginning of a text: greedily, so always in the same way."""

from typing import Any

import torch

from lingraft.models.rows import longest_input
from lingraft.tokenizers.separators import prefix_id, separator_id


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
    ends = {separator_id(tokenizer), tokenizer.eos_token_id}
    first = prefix_id(tokenizer) if prefix is None else prefix
    read, own = [first, *ids], list(ids)
    known = max(tokenizer.get_vocab().values()) + 1  # rows beyond are padding of the matrix
    past = None
    for _ in range(min(tokens, longest_input(model, tokenizer) - len(read))):
        inputs = torch.tensor([read], device=model.device)
        found = model(input_ids=inputs, past_key_values=past, use_cache=True)
        past = found.past_key_values
        chosen = int(found.logits[0, -1, :known].argmax())
        if chosen in ends:
            break
        own.append(chosen)
        # Where there is no cache, the whole row is read again.
        read = [chosen] if past is not None else [*read, chosen]
    begun, whole = (tokenizer.decode(part, skip_special_tokens=True) for part in (ids, own))
    return str(whole[len(begun) :])
