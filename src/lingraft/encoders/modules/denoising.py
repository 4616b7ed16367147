"""TSDAE: a decoder writes a text again that it knows by the vector of its damaged copy alone.

The library's DenoisingAutoEncoderLoss reads the decoder from a folder and puts its weights into the
student. Here the decoder takes the student's weights as they are, so that the student stays what
the stage before made it, and keeps the weights that it shares with its language model's head.

Shapes: N texts, T tokens (padded at the right), E hidden size.
"""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from lingraft.encoders.modules.prediction_head import PREFIX, body_config
from lingraft.errors import ConfigError


class Denoising(nn.Module):
    """The decoder's cross-entropy, in nats per token of the whole text.

    Args:
        student: a SentenceTransformer.
        prepared: with the tensors of the language model's head.
        deletion: the share of the tokens that are deleted before the student reads a text.
    """

    def __init__(self, student: Any, prepared: Mapping[str, Tensor], deletion: float) -> None:
        super().__init__()
        self.model, self.deletion = student, deletion
        self.decoder = tied_decoder(student, prepared)
        tokenizer = student.tokenizer
        self._padding: int = tokenizer.pad_token_id
        self._kept = torch.tensor(tokenizer.all_special_ids)

    def forward(self, columns: Iterable[dict[str, Any]], labels: Tensor | None) -> Tensor:
        """The mean cross-entropy.

        Args:
            columns: the whole texts alone.
            labels: none.
        """
        (column,) = columns
        ids_NT, real_NT = column["input_ids"], column["attention_mask"].bool()
        vectors_NE = self.model(self.damaged(column))["sentence_embedding"]
        width = self.decoder.config.hidden_size
        vectors_NE = nn.functional.pad(vectors_NE, (0, width - vectors_NE.shape[1]))
        logits_NTV = self.decoder(
            input_ids=ids_NT[:, :-1], encoder_hidden_states=vectors_NE[:, None], use_cache=False
        ).logits
        targets_NT = ids_NT[:, 1:].masked_fill(~real_NT[:, 1:], -100)
        return nn.functional.cross_entropy(logits_NTV.flatten(0, 1), targets_NT.flatten())

    def damaged(self, column: Mapping[str, Any]) -> dict[str, Any]:
        """The same texts without some of their tokens, drawn anew at each call.

        Special tokens stay, and of the others one at least.
        """
        ids_NT, real_NT = column["input_ids"], column["attention_mask"].bool()
        ordinary_NT = real_NT & ~torch.isin(ids_NT, self._kept.to(ids_NT.device))
        draws_NT = torch.rand(ids_NT.shape, device=ids_NT.device).masked_fill(~ordinary_NT, -1.0)
        deleted_NT = ordinary_NT & (draws_NT < self.deletion)
        deleted_NT.scatter_(1, draws_NT.argmax(dim=1, keepdim=True), False)
        stays_NT = real_NT & ~deleted_NT
        # A stable sort moves what stays to the front, in its order.
        order_NT = (~stays_NT).int().argsort(dim=1, stable=True)[:, : int(stays_NT.sum(1).max())]
        damaged = {
            name: value.gather(1, order_NT)
            if isinstance(value, Tensor) and value.shape == ids_NT.shape
            else value
            for name, value in column.items()
        }
        mask_NT = stays_NT.gather(1, order_NT)
        damaged["attention_mask"] = mask_NT.to(column["attention_mask"].dtype)
        damaged["input_ids"] = damaged["input_ids"].masked_fill(~mask_NT, self._padding)
        return damaged


def tied_decoder(student: Any, prepared: Mapping[str, Tensor]) -> Any:
    """A causal language model with attention to the vector of a text.

    All weights that the student has are the student's own; the head is that of the language model,
    and the attention to the vector is drawn.

    Raises:
        ConfigError: the architecture has no attention to other vectors.
    """
    from transformers import AutoModelForCausalLM
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

    config = copy.deepcopy(body_config(student))
    config.is_decoder, config.add_cross_attention = True, True
    own = dict(student[0].model.named_parameters())
    decoder: Any = None
    if type(config) in MODEL_FOR_CAUSAL_LM_MAPPING:
        decoder = AutoModelForCausalLM.from_config(  # type: ignore[no-untyped-call]
            config, trust_remote_code=False
        )
    if decoder is None or set(own) >= {name for name, _ in decoder.base_model.named_parameters()}:
        raise ConfigError(
            f"tsdae needs a decoder that reads the vector, which a {config.model_type} model "
            "cannot be; choose another loss"
        )
    for name in own.keys() & {name for name, _ in decoder.base_model.named_parameters()}:
        owner, _, attribute = name.rpartition(".")
        setattr(decoder.base_model.get_submodule(owner), attribute, own[name])
    with torch.no_grad():
        for name, parameter in decoder.named_parameters(remove_duplicate=False):
            if PREFIX + name in prepared:
                parameter.copy_(prepared[PREFIX + name])
    if config.tie_word_embeddings:
        decoder.get_output_embeddings().weight = decoder.get_input_embeddings().weight
    return decoder
