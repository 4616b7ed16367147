"""The language modeling heads of Hugging Face models, taken apart.

A head is a transform of hidden states and a linear layer over the vocabulary. Taken apart, the
linear layer, which is most of the work at large vocabularies, runs only where a token is
predicted. Architectures that are not listed fall back on the model's own forward pass: right, but
slow.

Shapes: N rows, L tokens, P predictions, H hidden size, V vocabulary.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lingraft.models.attention import computes_plainly
from lingraft.models.cross_entropy import linear_cross_entropy
from lingraft.models.factorized_types import PREFIX
from lingraft.models.needed_places import Narrowing, narrowed
from lingraft.models.rows import first_position

Transform = Callable[[Any, Tensor], Tensor]

_LOGITS = 1 << 26  # of a chunk: 256 MiB in fp32


@dataclass(frozen=True)
class Architecture:
    """How an architecture's head works before the layer over the vocabulary."""

    transform: Transform
    causal: bool = False
    may_cap: bool = False
    """Whether the logits may be bent by tanh afterwards, if the configuration says so."""
    narrowing: Narrowing | None = None
    """How the last layer computes the places that predict alone; a decoder predicts at all."""


def _roberta(model: Any, hidden: Tensor) -> Tensor:
    head = model.lm_head
    normed: Tensor = head.layer_norm(nn.functional.gelu(head.dense(hidden)))
    return normed


def _distilbert(model: Any, hidden: Tensor) -> Tensor:
    normed: Tensor = model.vocab_layer_norm(model.activation(model.vocab_transform(hidden)))
    return normed


_AFTER_ATTENTION = Narrowing("attention.output")
_BERT = Architecture(
    lambda model, hidden: model.cls.predictions.transform(hidden), narrowing=_AFTER_ATTENTION
)
_ROBERTA = Architecture(_roberta, narrowing=_AFTER_ATTENTION)
_PLAIN = Architecture(lambda model, hidden: hidden, causal=True)
_GEMMA = Architecture(lambda model, hidden: hidden, causal=True, may_cap=True)

ARCHITECTURES = {
    "bert": _BERT,
    "roberta": _ROBERTA,
    "xlm-roberta": _ROBERTA,
    "camembert": _ROBERTA,
    "distilbert": Architecture(_distilbert, narrowing=Narrowing("sa_layer_norm")),
    "modernbert": Architecture(
        lambda model, hidden: model.head(hidden), narrowing=Narrowing("mlp_norm", "mlp")
    ),
    "deberta-v2": _BERT,
    "eurobert": Architecture(
        lambda model, hidden: hidden, narrowing=Narrowing("post_attention_layernorm", "mlp")
    ),
    "gemma2": _GEMMA,
    "gemma3_text": _GEMMA,
    **dict.fromkeys(
        ("gpt2", "llama", "mistral", "qwen2", "qwen3", "gemma", "olmo", "olmo2", "phi3"), _PLAIN
    ),
}
# Those, and decoders that find a row's documents by position ids; others would not notice them.
# DeBERTa's relative positions know one document a row.
SEPARATE_DOCUMENTS = frozenset(ARCHITECTURES) - {"deberta-v2"} | {
    "gpt_neo", "gpt_neox", "gptj", "phi", "smollm3", "stablelm",
}  # fmt: skip


def model_type(model: Any) -> str:
    """The architecture's name; factorized embeddings do not change it."""
    return str(model.config.model_type).removeprefix(PREFIX)


def architecture_of(model: Any) -> Architecture | None:
    """How to take the head of this model apart; None if we do not know."""
    found = ARCHITECTURES.get(model_type(model))
    is_bent = logit_cap(model) is not None and (found is None or not found.may_cap)
    return None if is_bent else found


def logit_cap(model: Any) -> float | None:
    """Where a model bends its logits by tanh after the last linear layer, as Gemma 2 does."""
    names = ("final_logit_softcapping", "logits_soft_cap")
    return next((cap for name in names if (cap := getattr(model.config, name, None))), None)


def bent(logits: Tensor, cap: float | None) -> Tensor:
    """Logits as a model with this `logit_cap` gives them."""
    return logits if cap is None else cap * torch.tanh(logits / cap)


def output_layer(output: Any, hidden_PH: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
    """Hidden states, weight (V, width of the hidden states) and bias of the last linear layer.

    With factorized embeddings this layer is as narrow as their coordinates: the hidden states go
    through the primitives first, and the dense matrix is never made.
    """
    if not hasattr(output, "coordinates"):
        return hidden_PH, output.weight, output.bias
    narrow_PR = nn.functional.linear(hidden_PH, output.primitives.weight.T)
    return narrow_PR, output.coordinates.weight, output.bias


def hidden_states(model: Any, ids_NL: Tensor, **inputs: Any) -> Tensor:
    """The last hidden states (N, L, H) of a model's body."""
    output: Tensor = model.base_model(input_ids=ids_NL, **inputs, **without_cache(model))[0]
    return output


def states_at(model: Any, ids_NL: Tensor, positions_P: Tensor, **inputs: Any) -> Tensor:
    """The last hidden states (P, H) at flat positions; the last layer computes no others.

    Args:
        model: of one of the `ARCHITECTURES`.
        ids_NL: input ids.
        positions_P: row * L + place; none twice.
        inputs: further inputs of the model's body (attention mask, position ids).
    """
    narrowing = ARCHITECTURES[model_type(model)].narrowing
    with narrowed(model, narrowing, positions_P) as are_alone:
        states_MH = hidden_states(model, ids_NL, **inputs).flatten(0, 1)
    return states_MH if are_alone else states_MH[positions_P]


def without_cache(model: Any) -> dict[str, bool]:
    """With a cache a decoder takes a row for one document, whatever its position ids say."""
    return {"use_cache": False} if getattr(model.config, "use_cache", None) else {}


def originals(
    model: Any, ids_NL: Tensor, positions_P: Tensor, targets_P: Tensor
) -> dict[str, Tensor]:
    """The row before tokens were hidden, as an input of models that find words by it.

    Args:
        model: only one that reads bytes wants it.
        ids_NL: input ids.
        positions_P: row * L + place of the predictions.
        targets_P: ids of the right tokens.
    """
    if not getattr(model, "reads_originals", False):
        return {}
    return {"original_ids": ids_NL.flatten().scatter(0, positions_P, targets_P).view_as(ids_NL)}


def prediction_loss(
    model: Any, ids_NL: Tensor, positions_P: Tensor, targets_P: Tensor, **inputs: Any
) -> Tensor:
    """Summed cross-entropy in nats of the predictions at flat positions, exactly as the model's
    own loss sums them up.

    Args:
        model: a Hugging Face model with a language modeling head.
        ids_NL: input ids.
        positions_P: row * L + place of the hidden states that predict.
        targets_P: ids of the right tokens.
        inputs: further inputs of the model's body (attention mask, position ids).
    """
    architecture = architecture_of(model)
    if architecture is None:
        inputs |= originals(model, ids_NL, positions_P, targets_P)
        logits_NLV = model(input_ids=ids_NL, **inputs, **without_cache(model)).logits
        logits_PV = logits_NLV.flatten(0, 1)[positions_P].float()
        return nn.functional.cross_entropy(logits_PV, targets_P, reduction="sum")
    return summed_nats(model, states_at(model, ids_NL, positions_P, **inputs), targets_P)


def summed_nats(model: Any, hidden_PH: Tensor, targets_P: Tensor, output: Any = None) -> Tensor:
    """Summed cross-entropy in nats of what hidden states predict.

    Args:
        model: of one of the `ARCHITECTURES`.
        hidden_PH: hidden states of the model's body.
        targets_P: ids of the right tokens.
        output: another layer over the vocabulary than the model's own.
    """
    layer = last_layer(model, hidden_PH, output)
    return linear_cross_entropy(*layer, targets_P, logit_cap(model))


def last_layer(
    model: Any, hidden_PH: Tensor, output: Any = None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """What the last linear layer of the head is given, its weight and its bias.

    Args:
        model: of one of the `ARCHITECTURES`.
        hidden_PH: hidden states of the model's body.
        output: another layer over the vocabulary than the model's own.
    """
    architecture = ARCHITECTURES[model_type(model)]
    output = model.get_output_embeddings() if output is None else output
    return output_layer(output, architecture.transform(model, hidden_PH))


def logits_at(model: Any, ids_NL: Tensor, positions_P: Tensor, **inputs: Any) -> Iterator[Tensor]:
    """Yield the logits at flat positions, some predictions at a time, in order.

    Args:
        model: a Hugging Face model with a language modeling head.
        ids_NL: input ids.
        positions_P: row * L + place.
        inputs: further inputs of the model's body (attention mask, position ids).
    """
    architecture = architecture_of(model)
    if architecture is None:
        logits_NLV = model(input_ids=ids_NL, **inputs, **without_cache(model)).logits
        yield logits_NLV.flatten(0, 1)[positions_P]
        return
    hidden_PH = architecture.transform(model, states_at(model, ids_NL, positions_P, **inputs))
    output, cap = model.get_output_embeddings(), logit_cap(model)
    size = max(1, _LOGITS // model.config.vocab_size)
    for begin in range(0, len(hidden_PH), size):
        yield bent(output(hidden_PH[begin : begin + size]), cap)


def output_parameters(model: Any) -> list[nn.Parameter]:
    """The parameters that ZeRO-3 must know are used outside their own module."""
    return (
        [] if architecture_of(model) is None else list(model.get_output_embeddings().parameters())
    )


def embedding_parameters(model: Any) -> set[int]:
    """Identities of the parameters of the token embeddings and of the layer over the vocabulary."""
    modules = [model.get_input_embeddings(), model.get_output_embeddings()]
    return {id(p) for module in modules if module is not None for p in module.parameters()}


def head_parameters(model: Any) -> set[int]:
    """Identities of the parameters above the body that it does not share (tied embeddings)."""
    body = {id(p) for p in model.base_model.parameters()}
    return {id(p) for p in model.parameters()} - body


def attention_inputs(
    model: Any, real_NL: Tensor | None, documents_NL: Tensor | None
) -> dict[str, Any]:
    """Inputs that keep padding, and other documents where given, out of sight.

    Args:
        model: the model, whose architecture decides the form.
        real_NL: False for padding; None if there is none.
        documents_NL: which document a token is of, -1 for padding; None if all see all.
    """
    if documents_NL is None:
        return {} if real_NL is None else {"attention_mask": real_NL.long()}
    places_NL = _places(documents_NL)
    architecture = architecture_of(model) or _PLAIN
    if architecture.causal:
        return {"position_ids": places_NL}  # transformers finds the documents by these
    # True where two places are of the same document. The axis of length 1 is that of the attention
    # heads.
    same_N1LL = documents_NL[:, None, :, None] == documents_NL[:, None, None, :]
    mask = _by_layer_type(model, same_N1LL)
    return {"attention_mask": mask, "position_ids": places_NL + first_position(model)}


def _places(documents_NL: Tensor) -> Tensor:
    """Position of each token in its document as this row shows it."""
    begins_NL = torch.ones_like(documents_NL, dtype=torch.bool)
    begins_NL[:, 1:] = documents_NL[:, 1:] != documents_NL[:, :-1]
    return since_last(begins_NL)


def since_last(begins_NL: Tensor) -> Tensor:
    """How many places before each place the last beginning is; a row's first place counts as one.

    Args:
        begins_NL: True where something begins.
    """
    counter_L = torch.arange(begins_NL.shape[1], device=begins_NL.device)
    # The place of each beginning, and 0 elsewhere; the running maximum repeats it to the next.
    return counter_L - torch.where(begins_NL, counter_L, 0).cummax(dim=1).values


def _by_layer_type(model: Any, same_N1LL: Tensor) -> Any:
    if model_type(model) != "modernbert":
        return _seen(model, same_N1LL)
    counter_L = torch.arange(same_N1LL.shape[-1], device=same_N1LL.device)
    # ModernBERT's `sliding_window` counts to one side: it is half of `local_attention`.
    near_LL = (counter_L[:, None] - counter_L).abs() <= model.config.sliding_window
    return {
        "full_attention": _seen(model, same_N1LL),
        "sliding_attention": _seen(model, same_N1LL & near_LL),
    }


def _seen(model: Any, seen_N1LL: Tensor) -> Tensor:
    """A mask of attention in the form that the model's layers read."""
    if not computes_plainly(model):
        return seen_N1LL
    hidden = torch.finfo(model.dtype).min
    return torch.zeros_like(seen_N1LL, dtype=model.dtype).masked_fill_(~seen_N1LL, hidden)
