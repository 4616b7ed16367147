"""What a model predicts: masked tokens, the next token, or something else.

Class names do not say it: XLMWithLMHeadModel predicts masked tokens, BertLMHeadModel sees the
whole row unless its configuration says `is_decoder`.
"""

import inspect
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, PreTrainedConfig
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_MASKED_LM_MAPPING,
    MODEL_FOR_MASKED_LM_MAPPING_NAMES,
)

from lingraft.config.pretraining import Objective
from lingraft.errors import InputError
from lingraft.models.byte_words_types import PREFIX as BYTE_WORDS
from lingraft.models.factorized_types import PREFIX
from lingraft.models.heads import without_cache

# What loads a model with such a head, and the classes that it knows by configuration.
_AUTO_CLASSES: dict[Objective, tuple[Any, Any]] = {
    "masked": (AutoModelForMaskedLM, MODEL_FOR_MASKED_LM_MAPPING),
    "causal": (AutoModelForCausalLM, MODEL_FOR_CAUSAL_LM_MAPPING),
}
_NOISE = 1e-5  # of the largest logit: rounding in fp32


def auto_class(config: PreTrainedConfig, objective: Objective | None = None) -> Any:
    """The Auto class that gives a model of this configuration its head.

    Args:
        config: the model's configuration.
        objective: what is asked for; by default what the architecture does.

    Raises:
        InputError: the architecture has no such head.
    """
    chosen = objective or objective_of(config)
    found, known = _AUTO_CLASSES[chosen]
    if type(config) not in known:
        raise InputError(f"a {config.model_type} model has no head for objective: {chosen}")
    return found


def objective_of(config: PreTrainedConfig) -> Objective:
    """What a model with this configuration predicts.

    Raises:
        InputError: neither masked tokens nor the next one; the message says what it is instead.
    """
    kind = str(config.model_type).removeprefix(PREFIX).removeprefix(BYTE_WORDS)
    if config.is_encoder_decoder:
        raise InputError(
            f"a {kind} model is an encoder-decoder; lingraft adapts encoders (masked) and "
            "decoders (causal) only"
        )
    masked = kind in MODEL_FOR_MASKED_LM_MAPPING_NAMES
    causal = kind in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    if not masked and not causal:
        raise InputError(
            f"a {kind} model is not a language model of transformers: it has neither a head for "
            "masked tokens nor one for the next token"
        )
    if not masked and _predicts_in_any_order(config):
        raise InputError(
            f"a {kind} model predicts tokens in permuted order; lingraft trains masked and causal "
            "models only"
        )
    # Of what both have, `is_decoder` makes the attention causal; XLM and FlauBERT call it `causal`.
    is_decoder = bool(getattr(config, "is_decoder", False) or getattr(config, "causal", False))
    return "causal" if causal and (is_decoder or not masked) else "masked"


def is_causal(config: PreTrainedConfig) -> bool:
    """Whether a model with this configuration predicts the next token, and not masked ones.

    Raises:
        InputError: it predicts neither.
    """
    return objective_of(config) == "causal"


def _predicts_in_any_order(config: PreTrainedConfig) -> bool:
    model_class: Any = MODEL_FOR_CAUSAL_LM_MAPPING[type(config)]
    return "perm_mask" in inspect.signature(model_class.forward).parameters


@torch.inference_mode()
def is_opened(config: Any) -> bool:
    """Whether a decoder's attention was made bidirectional, so that it predicts nothing."""
    return is_causal(config) and getattr(config, "is_causal", None) is False


def continues_text(config: Any) -> bool:
    """Whether a model with this configuration can write on behind a text.

    A decoder whose attention was opened cannot.

    Raises:
        InputError: as `is_causal`.
    """
    return is_causal(config) and not is_opened(config)


def sees_later_tokens(model: Any) -> bool:
    """Whether the prediction at the first place of a row depends on the tokens after it.

    Args:
        model: in evaluation mode.
    """
    rows = model.config.get_text_config().vocab_size
    ids_2L = torch.arange(1, 17).view(2, 8) * rows // 18  # far from each other
    # The two rows have the first token in common and nothing else. A model that sees only the past
    # predicts the same there.
    ids_2L[1, 0] = ids_2L[0, 0]
    mask_2L = torch.ones_like(ids_2L)
    first_2V = model(input_ids=ids_2L, attention_mask=mask_2L, **without_cache(model)).logits[:, 0]
    difference = (first_2V[0] - first_2V[1]).abs().max()
    return bool(difference > _NOISE * first_2V.abs().max())
