"""What a forward pass costs: parameters, operations, speed, memory, energy.

Shapes: L layers, T tokens of a text, H hidden size.
"""

import resource
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from lingraft.models.rows import batch_tokens, batches_by_length, longest_input, padded

_POWERCAP = Path("/sys/class/powercap")


def parameter_counts(model: Any) -> dict[str, int]:
    """All parameters, those of the token embeddings (tied ones once), and the rest."""
    layers = [model.get_input_embeddings(), model.get_output_embeddings()]
    embedding = {
        id(p): p.numel() for layer in layers if layer is not None for p in layer.parameters()
    }
    total = sum(p.numel() for p in model.parameters())
    own = sum(embedding.values())
    return {"parameters": total, "embedding_parameters": own, "body_parameters": total - own}


def flops_per_token(model: Any, length: int) -> int:
    """Floating point operations of a forward pass for one token of a text of `length` tokens.

    Two for each weight that multiplies, the layer over the vocabulary included, and 4 x T x H in
    each layer for attention (Kaplan et al. 2020, table 1); looking up an embedding is free.
    """
    # Only matrices multiply; biases and the weights of norms have one dimension.
    body = sum(p.numel() for p in model.base_model.parameters() if p.ndim > 1)
    inputs = model.get_input_embeddings()
    body -= sum(p.numel() for p in inputs.parameters())
    body -= sum(
        module.weight.numel()
        for module in model.base_model.modules()
        if isinstance(module, torch.nn.Embedding) and module is not inputs
    )
    if (head := model.get_output_embeddings()) is not None:
        body += sum(p.numel() for p in head.parameters() if p.ndim > 1)
    config = model.config
    attention = 4 * int(config.num_hidden_layers) * length * int(config.hidden_size)
    return int(2 * body + attention)


@torch.inference_mode()
def forward_cost(model: Any, tokenizer: Any, texts: Sequence[str], length: int) -> dict[str, float]:
    """Speed, memory and, where the machine counts it, energy of forward passes over texts.

    Args:
        model: in evaluation mode.
        tokenizer: the model's tokenizer.
        texts: what the model reads.
        length: tokens at which a text is cut; the model's own limit applies besides.
    """
    limit = min(length, longest_input(model, tokenizer))
    rows = tokenizer(list(texts), truncation=True, max_length=limit)["input_ids"]
    batches = [
        [rows[i] for i in batch]
        for batch in batches_by_length([len(r) for r in rows], batch_tokens(model))
    ]
    _forward(model, batches[0], tokenizer)  # the first pass allocates
    energy, start = _joules(), time.perf_counter()
    for batch in batches:
        _forward(model, batch, tokenizer)
    # CUDA works asynchronously: a call returns before the GPU has finished.
    if model.device.type == "cuda":
        torch.cuda.synchronize()
    seconds, tokens = time.perf_counter() - start, sum(len(row) for row in rows)
    spent = _joules()
    values = {
        "tokens_per_second": tokens / seconds,
        "peak_memory_bytes": float(_peak_memory(model)),
    }
    # The counters start again from 0 at a maximum; the difference is then negative and useless.
    if energy is not None and spent is not None and spent > energy:
        values["joules_per_token"] = (spent - energy) / tokens
    return values


def _forward(model: Any, rows: Sequence[list[int]], tokenizer: Any) -> None:
    ids = torch.tensor(padded(rows, tokenizer.pad_token_id or 0, width=1))
    mask = torch.tensor(padded([[1] * len(row) for row in rows], 0, width=1))
    model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device))


def _peak_memory(model: Any) -> int:
    if model.device.type == "cuda":
        return torch.cuda.max_memory_allocated()
    # ru_maxrss is in KiB on Linux.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _joules() -> float | None:
    """The processor's energy counters (RAPL), summed; None where they cannot be read."""
    try:
        counters = sorted(_POWERCAP.glob("intel-rapl:[0-9]*/energy_uj"))
        # intel-rapl:0 is a whole processor. intel-rapl:0:1 is a part of it, and would count twice.
        packages = [path for path in counters if path.parent.name.count(":") == 1]
        total = sum(int(path.read_text()) for path in packages)
    except (OSError, ValueError):
        return None
    return total / 1e6 if packages else None
