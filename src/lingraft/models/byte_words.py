"""Models that read words as bytes and predict the bytes of hidden words (after Byte2Word).

Lee, Guo and Qiu (2022), *Byte2Word*: learned queries pool the bytes of a word into one vector, the
transformer sees one vector a word, and a hidden word is predicted below the level of words from its
state. Only the abstract was public, so the shapes are ours.

From outside such a model is one over symbols: special tokens, the 256 bytes that begin a word, and
the 256 inside of words. So rows, masks and hidden states have a place for each symbol, as those of
other models do; in between the body sees words, and each symbol gets the state of its word. A word
with a special token in it (the mask, most of all) is that token to the body.

As with factorized embeddings, each Auto class gets a subclass made from the architecture's own
class, here under the model type `byte-words-<type>`, and `import lingraft` registers them.

Shapes: N rows, L symbols of the longest row, W words of the longest row, V symbols, D dimensions.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from lingraft.errors import InputError
from lingraft.models.auto_classes import register_classes
from lingraft.models.byte_network import ByteNetwork
from lingraft.models.byte_path import BytePath, Spelling
from lingraft.models.byte_words_config import CONFIGURATIONS, byte_words_config
from lingraft.models.byte_words_types import PREFIX
from lingraft.models.counterparts import carry_over
from lingraft.models.heads import ARCHITECTURES


class ByteWordsMixin:
    """Put in front of an architecture's class: its body reads words."""

    def __init__(self, config: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(config, *arguments, **options)  # type: ignore[call-arg]
        model: Any = self
        body = model.base_model
        if body is self:
            model.set_input_embeddings(BytePath(config))
        else:
            has_pooler = getattr(body, "pooler", None) is not None
            reading = byte_words_class(type(body))(config, add_pooling_layer=has_pooler)
            setattr(self, model.base_model_prefix, reading)
        # What the head has twice is tied: the matrix is not, as there is no other one.
        self._tied_weights_keys = {
            name: twin
            for name, twin in (getattr(type(self), "_tied_weights_keys", None) or {}).items()
            if name.endswith(".bias")
        }
        # The architecture called `post_init` before its modules were swapped. The second call
        # prepares the new ones.
        model.post_init()

    def resize_token_embeddings(self, *arguments: Any, **options: Any) -> Any:
        """Refused: there are as many bytes as there are."""
        raise InputError("a model that reads bytes has no vocabulary that could be resized")


class ReadingBody(ByteWordsMixin):
    """A body: symbols in, the state of its word for each symbol out."""

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        original_ids: Tensor | None = None,
        **options: Any,
    ) -> Any:
        """The architecture's own output, with a place for each symbol.

        Args:
            input_ids: symbols (N, L).
            attention_mask: 0 for padding (N, L).
            token_type_ids: types of the symbols (N, L).
            inputs_embeds: refused.
            original_ids: the symbols before some were hidden: they say where words begin.
            options: the architecture's further arguments.

        Raises:
            InputError: there are no symbols, or the mask hides more than padding.
        """
        if input_ids is None or inputs_embeds is not None:
            raise InputError("a model that reads bytes takes input_ids, and no embeddings")
        is_plain = attention_mask is None or attention_mask.dim() == 2
        if not is_plain or options.pop("position_ids", None) is not None:
            raise InputError("a model that reads bytes knows one document a row, and no positions")
        path: Any = self.get_input_embeddings()  # type: ignore[attr-defined]
        words = path.find(input_ids if original_ids is None else original_ids, attention_mask)
        types_NW = None if token_type_ids is None else token_type_ids.gather(1, words.firsts_NW)
        options["return_dict"] = True
        output: Any = super().forward(  # type: ignore[misc]
            inputs_embeds=path(input_ids, words),
            attention_mask=words.real_NW.long(),
            token_type_ids=types_NW,
            **options,
        )
        output.last_hidden_state = words.spread(output.last_hidden_state)
        if output.hidden_states is not None:
            output.hidden_states = tuple(map(words.spread, output.hidden_states))
        return output


class MaskedMixin(ByteWordsMixin):
    """A masked language model: each symbol of a word is predicted from the word's state, the
    symbol's place, and the bytes before it; no layer has a row a word."""

    reads_originals = True

    def __init__(self, config: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(config, *arguments, **options)
        self.spelling = Spelling(config)
        model: Any = self
        model.post_init()

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        labels: Tensor | None = None,
        original_ids: Tensor | None = None,
        **options: Any,
    ) -> Any:
        """Logits (N, L, V) of all symbols.

        Args:
            input_ids: symbols, some of them hidden (N, L).
            attention_mask: 0 for padding (N, L).
            labels: the hidden symbols, -100 elsewhere (N, L); with them there is a loss.
            original_ids: the symbols before some were hidden; by default the labels say so. The
                bytes before a symbol are read of these.
            options: further arguments of the body.
        """
        from transformers.modeling_outputs import MaskedLMOutput

        if original_ids is None:
            original_ids = input_ids if labels is None else labels.where(labels >= 0, input_ids)
        model: Any = self
        body = model.base_model
        output = body(input_ids, attention_mask, original_ids=original_ids, **options)
        words = body.get_input_embeddings().find(original_ids, attention_mask)
        states_NLD = output.last_hidden_state + self.spelling(original_ids, words)
        kind = model.config.model_type.removeprefix(PREFIX)
        logits_NLV = model.get_output_embeddings()(ARCHITECTURES[kind].transform(self, states_NLD))
        loss = None
        if labels is not None:
            loss = nn.functional.cross_entropy(logits_NLV.flatten(0, 1), labels.flatten())
        return MaskedLMOutput(
            loss, logits_NLV, hidden_states=output.hidden_states, attentions=output.attentions
        )


def byte_words_class(plain_class: type[PreTrainedModel]) -> type[PreTrainedModel]:
    """The counterpart of an architecture's class that reads bytes, e.g. of `BertModel`."""
    if plain_class not in _CLASSES:
        name = plain_class.__name__
        mixin: type = ByteWordsMixin
        if name.endswith("ForMaskedLM"):
            mixin = MaskedMixin
        elif name.endswith("Model"):
            mixin = ReadingBody
        configuration: Any = plain_class.config_class
        attributes = {
            "config_class": CONFIGURATIONS[configuration.model_type],
            "__module__": __name__,
            "__doc__": f"ByteWords{name}",
        }
        _CLASSES[plain_class] = type(f"ByteWords{name}", (mixin, plain_class), attributes)
    return _CLASSES[plain_class]


_CLASSES: dict[type[PreTrainedModel], type[PreTrainedModel]] = {}


def register_byte_words_models() -> None:
    """Make every supported architecture loadable through the Auto classes; again does no harm."""
    register_classes(CONFIGURATIONS.values(), byte_words_class, causal=False)


@dataclass(frozen=True)
class Audit:
    """Where the parameters of a model are, and what the byte path stands for."""

    source_embedding: int
    byte_path: int
    body: int
    head: int
    budget: float

    @property
    def share(self) -> float:
        """Of the byte path, in the source's matrix."""
        return self.byte_path / self.source_embedding

    def as_record(self) -> dict[str, float]:
        """Plain JSON values: the numbers, the share, and the most that it may be."""
        return vars(self) | {"share": self.share}


def byte_words_model(
    plain: Any,
    network: ByteNetwork,
    *,
    specials: int,
    source_rows: int,
    seed: int,
    budget: float = 0.1,
) -> tuple[PreTrainedModel, Audit]:
    """The counterpart of a masked model that reads bytes, with its weights but the embeddings.

    Args:
        plain: a masked language model whose vocabulary is special tokens and bytes; it stays as it
            is.
        network: from the bytes of a word to its vector, taught on the source's rows.
        specials: number of special tokens.
        source_rows: rows of the source's embedding matrix, of which the byte path may have a share.
        seed: of the weights that the source has nothing of.
        budget: this share.

    Raises:
        InputError: the architecture is not supported, or the byte path is over the budget.
    """
    kind = plain.config.model_type
    if kind not in CONFIGURATIONS:
        raise InputError(
            f"words as bytes support {', '.join(sorted(CONFIGURATIONS))}; not {kind}: take one of "
            "these encoders"
        )
    embeddings_VD = plain.get_input_embeddings().weight
    matrix = source_rows * embeddings_VD.shape[1]
    own = specials * embeddings_VD.shape[1] + sum(p.numel() for p in network.parameters())
    if own > budget * matrix:
        raise InputError(
            f"the byte path has {own:,} numbers, more than {budget:.0%} of the source's embedding "
            f"matrix ({matrix:,}); take fewer `queries` or a smaller `hidden` in the generator, or "
            "raise `budget` in the initialization"
        )
    settings = {"specials": specials, **network.settings}
    config = byte_words_config(plain.config, settings)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model: Any = byte_words_class(type(plain))(config)
    path = model.get_input_embeddings()
    place = next(name for name, module in model.named_modules() if module is path)
    carry_over(plain, model, [place, "spelling"])
    path.network.load_state_dict(network.state_dict())
    with torch.no_grad():
        path.specials.weight.copy_(embeddings_VD[:specials])
    model.tie_weights()
    body = sum(p.numel() for p in model.base_model.parameters()) - own
    head = model.num_parameters() - body - own
    return model.to(plain.dtype).train(plain.training), Audit(matrix, own, body, head, budget)


register_byte_words_models()
