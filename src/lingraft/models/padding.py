"""A pad token that texts use, too, is trained like any other token."""

from typing import Any

from torch import nn

_IN_TEXTS = ("bos_token_id", "eos_token_id", "cls_token_id", "sep_token_id", "unk_token_id")


def train_shared_padding(model: Any) -> None:
    """Let the embedding of the pad token have a gradient where that token opens or ends texts.

    Architectures give the row of `pad_token_id` no gradient. Where it is `eos_token_id` as well, a
    model would never learn where a text ends.
    """
    config = model.config.get_text_config()
    padding = getattr(config, "pad_token_id", None)
    used = [getattr(config, name, None) for name in _IN_TEXTS]
    if padding is None or padding not in {
        index for value in used for index in (value if isinstance(value, list) else [value])
    }:
        return
    rows = len(model.get_input_embeddings().weight)
    for name, module in model.named_modules():
        is_of_tokens = isinstance(module, nn.Embedding) and len(module.weight) == rows
        # RoBERTa counts positions from the `padding_idx` of its table of positions, so that one
        # must stay.
        if is_of_tokens and not name.endswith("position_embeddings"):
            module.padding_idx = None
