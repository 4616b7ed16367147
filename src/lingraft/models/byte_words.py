"""Models that read words as bytes and predict the bytes of hidden words (after Byte2Word).

Lee, Guo and Qiu (2022), *Byte2Word*: learned queries pool the bytes of a word into one vector, the
transformer sees one vector a word, and a hidden word is predicted below the level of words from its
state. Only the abstract was public, so the shapes are ours.

From outside such a model is one over symbols: special tokens, the 256 bytes that begin a word, and
the 256 inside of words. So rows, masks and hidden states have a place for each symbol, as everywhere
else; in between the body sees words, and each symbol gets the state of its word. A word with a
special token in it (the mask, most of all) is that token to the body.

As with factorized embeddings, each Auto class gets a subclass made from the architecture's own
class, here under the model type `byte-words-<type>`, and `import lingraft` registers them.

Shapes: N rows, L symbols of the longest row, W words of the longest row, B bytes of the longest
word, D dimensions, P predictions.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from lingraft.errors import InputError
from lingraft.models.byte_network import ByteNetwork
from lingraft.models.byte_words_config import CONFIGURATIONS, PREFIX, byte_words_config
from lingraft.models.classes_on_demand import register_classes
from lingraft.models.heads import ARCHITECTURES
from lingraft.tokenizers.byte_words import BYTES

BUDGET = 0.1
"""The most numbers of the byte path, as a share of the source's embedding matrix (the paper's)."""
_SPACE = 0x20  # the byte in front of a word, as generators of rows read tokens
_CONTEXT = 3  # bytes of a word that are known where the next one is predicted


class Words(NamedTuple):
    """Where the words of rows are."""

    of_symbol_NL: Tensor
    """Which word of its row a symbol is of; padding is of the last one."""
    places_NL: Tensor
    """Place of a symbol in its word; 0 for padding."""
    firsts_NW: Tensor
    """Place in the row of the first symbol of a word; 0 where a row has fewer words."""
    real_NW: Tensor
    """False where a row has fewer words."""

    def spread(self, states_NWD: Tensor) -> Tensor:
        """The state of its word for each symbol (N, L, D)."""
        index_NL1 = self.of_symbol_NL.unsqueeze(-1)
        return states_NWD.gather(1, index_NL1.expand(-1, -1, states_NWD.shape[-1]))


def find_words(ids_NL: Tensor, real_NL: Tensor, specials: int, longest: int) -> Words:
    """The words of rows of symbols.

    Special tokens are words of their own. A word of more than `longest` symbols is several.

    Args:
        ids_NL: symbols; none of them hidden.
        real_NL: False for padding.
        specials: number of special tokens, which have the first ids.
        longest: the most symbols of a word.
    """
    is_byte_NL = ids_NL >= specials
    begins_NL = ids_NL < specials + BYTES
    begins_NL[:, 1:] |= ~is_byte_NL[:, :-1]
    begins_NL &= real_NL
    begins_NL[:, 0] = True
    places_NL = _since_last(begins_NL)
    begins_NL |= is_byte_NL & real_NL & (places_NL % longest == 0)
    words_NL = begins_NL.cumsum(1) - 1
    counts_N1 = words_NL[:, -1:] + 1
    rows, words = len(ids_NL), int(counts_N1.max())
    firsts_NW = ids_NL.new_zeros(rows, words)
    counter_L = torch.arange(ids_NL.shape[1], device=ids_NL.device)
    # All symbols of a word are written to its place; the least of them is the first.
    firsts_NW = firsts_NW.scatter_reduce(
        1, words_NL, counter_L.expand_as(words_NL), "amin", include_self=False
    )
    real_NW = torch.arange(words, device=ids_NL.device) < counts_N1
    return Words(words_NL, torch.where(real_NL, _since_last(begins_NL), 0), firsts_NW, real_NW)


def _since_last(begins_NL: Tensor) -> Tensor:
    """How many places before each place the last beginning is."""
    counter_L = torch.arange(begins_NL.shape[1], device=begins_NL.device)
    return counter_L - torch.where(begins_NL, counter_L, 0).cummax(dim=1).values


class BytePath(nn.Module):
    """Symbols to one vector a word; in the place of the architecture's nn.Embedding."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.symbols = config.byte_specials + 2 * BYTES
        self.longest = config.byte_maximum - 1  # the space before a word is a byte, too
        self.specials = nn.Embedding(config.byte_specials, config.hidden_size)
        self.network = ByteNetwork(
            config.hidden_size,
            width=config.byte_width,
            queries=config.byte_queries,
            heads=config.byte_heads,
            dropout=config.byte_dropout,
            maximum=config.byte_maximum,
            inner=config.byte_inner,
        )

    @property
    def weight(self) -> Tensor:
        """The vectors of words of one symbol (V, D), computed; not a parameter."""
        ids_V1 = torch.arange(self.symbols, device=self.specials.weight.device)[:, None]
        return self(ids_V1, self.find(ids_V1, torch.ones_like(ids_V1)))[:, 0]

    def find(self, ids_NL: Tensor, mask_NL: Tensor | None) -> Words:
        """The words of rows of which nothing is hidden."""
        real_NL = torch.ones_like(ids_NL) if mask_NL is None else mask_NL
        return find_words(ids_NL, real_NL.bool(), self.specials.num_embeddings, self.longest)

    def forward(self, ids_NL: Tensor, words: Words) -> Tensor:
        """The vector of each word (N, W, D).

        Args:
            ids_NL: symbols, some of them hidden by special tokens.
            words: where the words are when nothing is hidden.
        """
        specials = self.specials.num_embeddings
        shape = words.firsts_NW.shape
        # Of padding only the last word has symbols that are not its own; it is a special token.
        special_NW = ids_NL.new_full(shape, -1).scatter_reduce(
            1, words.of_symbol_NL, torch.where(ids_NL < specials, ids_NL, -1), "amax"
        )
        vectors_NWD: Tensor = self.specials(special_NW.clamp(min=0))
        bytes_NWB, present_NWB = self._bytes(ids_NL, words)
        read_M = ((special_NW < 0) & words.real_NW).flatten().nonzero().squeeze(1)
        if not len(read_M):
            return vectors_NWD
        bytes_MB, present_MB = (x.flatten(0, 1)[read_M] for x in (bytes_NWB, present_NWB))
        found_MD = self.network(bytes_MB, present_MB).to(vectors_NWD.dtype)
        return vectors_NWD.flatten(0, 1).index_copy(0, read_M, found_MD).unflatten(0, shape)

    def _bytes(self, ids_NL: Tensor, words: Words) -> tuple[Tensor, Tensor]:
        """The bytes of each word (N, W, B), and False behind its end."""
        specials = self.specials.num_embeddings
        first_NW = ids_NL.gather(1, words.firsts_NW)
        # As a token of a vocabulary has it, a word begins with a space.
        spaced_NW = (first_NW >= specials) & (first_NW < specials + BYTES)
        places_NL = words.places_NL + spaced_NW.gather(1, words.of_symbol_NL)
        is_byte_NL = ids_NL >= specials
        size = int(torch.where(is_byte_NL, places_NL, 0).max()) + 1
        bytes_NWB = ids_NL.new_full((*first_NW.shape, size), _SPACE)
        present_NWB = torch.zeros_like(bytes_NWB, dtype=torch.bool)
        present_NWB[..., 0] = spaced_NW
        row_S, place_S = is_byte_NL.nonzero(as_tuple=True)
        index = (row_S, words.of_symbol_NL[row_S, place_S], places_NL[row_S, place_S])
        bytes_NWB[index] = (ids_NL[row_S, place_S] - specials) % BYTES
        present_NWB[index] = True
        return bytes_NWB, present_NWB


class Spelling(nn.Module):
    """What is known of a symbol before it is predicted: its place, and the bytes before it."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.places = nn.Embedding(config.byte_maximum, config.hidden_size)
        self.before = nn.ModuleList(
            nn.Embedding(config.byte_specials + 2 * BYTES, config.hidden_size)
            for _ in range(_CONTEXT)
        )

    def forward(self, ids_NL: Tensor, words: Words) -> Tensor:
        """What is added to the state of each symbol's word (N, L, D)."""
        known_NLD: Tensor = self.places(words.places_NL)
        for back, table in enumerate(self.before, 1):
            earlier_NLD = table(ids_NL.roll(back, 1))
            # Of the same word only, whatever `roll` brings from the end of the row.
            inside_NL1 = (words.places_NL >= back).unsqueeze(-1)
            known_NLD = known_NLD + torch.where(inside_NL1, earlier_NLD, 0.0)
        return known_NLD


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
            for name, twin in (type(self)._tied_weights_keys or {}).items()
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
        is_plain = attention_mask is None or attention_mask.dim() == 2  # noqa: PLR2004
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


def register_models() -> None:
    """Make every supported architecture loadable through the Auto classes; again does no harm."""
    register_classes(CONFIGURATIONS.values(), byte_words_class, causal=False)


@dataclass(frozen=True)
class Audit:
    """Where the parameters of a model are, and what the byte path stands for."""

    source_embedding: int
    byte_path: int
    body: int
    head: int

    @property
    def share(self) -> float:
        """Of the byte path, in the source's matrix."""
        return self.byte_path / self.source_embedding

    def as_record(self) -> dict[str, float]:
        """Plain JSON values: the numbers, the share, and the most that it may be."""
        return vars(self) | {"share": self.share, "budget": BUDGET}


def byte_words_model(
    plain: Any, network: ByteNetwork, *, specials: int, source_rows: int, seed: int
) -> tuple[PreTrainedModel, Audit]:
    """The counterpart of a masked model that reads bytes, with its weights but the embeddings.

    Args:
        plain: a masked language model whose vocabulary is special tokens and bytes; it stays as it
            is.
        network: from the bytes of a word to its vector, taught on the source's rows.
        specials: number of special tokens.
        source_rows: rows of the source's embedding matrix, of which the byte path may have a share.
        seed: of the weights that the source has nothing of.

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
    if own > BUDGET * matrix:
        raise InputError(
            f"the byte path has {own:,} numbers, more than {BUDGET:.0%} of the source's embedding "
            f"matrix ({matrix:,}); take fewer `queries` or a smaller `hidden` in the generator"
        )
    config = byte_words_config(plain.config, {"byte_specials": specials} | network.settings)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model: Any = byte_words_class(type(plain))(config)
    path = model.get_input_embeddings()
    known, wanted = plain.state_dict(), model.state_dict()
    state = {name: tensor for name, tensor in known.items() if name in wanted}
    prefix = next(name for name, module in model.named_modules() if module is path)
    others = (f"{prefix}.", "spelling.")
    if missing := [x for x in wanted if x not in state and not x.startswith(others)]:
        raise InputError(f"cannot carry over {', '.join(sorted(missing)[:3])}")
    model.load_state_dict(state, strict=False)
    path.network.load_state_dict(network.state_dict())
    with torch.no_grad():
        path.specials.weight.copy_(embeddings_VD[:specials])
    model.tie_weights()
    body = sum(p.numel() for p in model.base_model.parameters()) - own
    head = model.num_parameters() - body - own
    return model.to(plain.dtype).train(plain.training), Audit(matrix, own, body, head)


register_models()
