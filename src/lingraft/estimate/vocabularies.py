"""What a vocabulary costs a model: weights, operations for a byte of text, memory, and context.

A vocabulary acts on costs in two ways. Its rows are weights, and the head multiplies with them
wherever a token is predicted. And it says how many tokens a byte of text is: operations, the cache
of a decoder, and the text that fits into a model are all counted in tokens.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lingraft.artifacts import ModelFacts, open_partly
from lingraft.artifacts.weights import weight_shapes
from lingraft.config.pretraining import Objective, Pretraining
from lingraft.errors import ArtifactError, InputError
from lingraft.estimate.catalogue import ModelShape
from lingraft.estimate.compute import embedding_weights, forward_operations, operations

_CACHE_BYTES = 2  # of a number in the cache of keys and values: bfloat16
# They count positions from the id of the padding token plus one, by `model_type`.
_PADDED_POSITIONS = frozenset((
    "camembert", "data2vec-text", "esm", "ibert", "longformer", "mpnet", "roberta",
    "roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl", "xmod",
))  # fmt: skip


@dataclass(frozen=True)
class ModelSizes:
    """The sizes of a model that is on this machine, counted and not estimated.

    Attributes:
        shape: what operations depend on.
        row: weights that one token more makes in all tables: embeddings, an untied head, a bias.
        total: all weights.
        untied: the head has a matrix of its own.
        objective: what the head predicts.
        cached: numbers that a decoder keeps of each token; None where this is not known.
        longest: the most tokens of a text, special ones included; None without a limit.
    """

    shape: ModelShape
    row: int
    total: int
    untied: bool
    objective: Objective
    cached: int | None
    longest: int | None


@dataclass(frozen=True)
class VocabularyCosts:
    """What a model costs with a vocabulary. Operations, cache and context follow the text.

    Attributes:
        embeddings: weights of all tables with a row for each token.
        body: the others.
        training: operations of training on a byte of text.
        inference: operations of reading a byte; of decoders, of writing it.
        cache: bytes of keys and values that a decoder keeps for a byte of text; None for others.
        context: bytes of text that the model reads at once; None without a limit.
    """

    embeddings: int
    body: int
    training: float
    inference: float
    cache: float | None
    context: float | None

    @property
    def total(self) -> int:
        """All weights."""
        return self.embeddings + self.body


def sizes_of(folder: Path) -> ModelSizes:
    """Count the weights of a model from the headers of its files.

    Args:
        folder: a "model" artifact.

    Raises:
        ArtifactError: it does not exist, or its weights are not those of its manifest.
        InputError: its configuration does not say what is needed.
    """
    artifact = open_partly(folder, ModelFacts)
    config = _text_part(json.loads(artifact.file("config.json").read_text("utf-8")))
    shapes = weight_shapes(folder) or {}
    total = sum(map(math.prod, shapes.values()))
    if artifact.facts.parameters not in (None, total) or not total:
        raise ArtifactError(
            f"{folder} has {total:,} weights and not the {artifact.facts.parameters or 0:,} of its "
            "manifest; make it again"
        )
    try:
        rows = int(config["vocab_size"])
        layers = int(_first(config, "num_hidden_layers", "n_layer", "n_layers"))
        dimension = int(_first(config, "hidden_size", "n_embd", "d_model", "dim"))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{folder / 'config.json'} does not say {error}: the costs of this model are not known"
        ) from None
    tables = {name: shape for name, shape in shapes.items() if shape[:1] == [rows]}
    matrices = {name: shape for name, shape in tables.items() if len(shape) == 2}
    if not matrices:
        raise InputError(f"{folder} has no table of {rows:,} tokens: its costs are not known")
    # Only matrices multiply, and a table of positions is looked up.
    body = sum(
        math.prod(shape)
        for name, shape in shapes.items()
        if len(shape) > 1 and name not in tables and not _is_of_positions(name)
    )
    width = min(shape[1] for shape in matrices.values())
    inner = int(_first(config, "intermediate_size", "n_inner", default=None) or 4 * dimension)
    return ModelSizes(
        ModelShape(layers, dimension, inner, rows, counted=body, width=width),
        row=sum(math.prod(shape[1:]) for shape in tables.values()),
        total=total,
        untied=sum(shape[1] == width for shape in matrices.values()) > 1,
        objective=_objective(config),
        cached=_cached(config, layers, dimension),
        longest=_longest(config),
    )


def vocabulary_costs(
    model: ModelSizes,
    rows: int,
    bytes_per_token: float,
    recipe: Pretraining,
    width: int | None = None,
    specials: int = 0,
) -> VocabularyCosts:
    """What the model costs with a vocabulary, by the rules of `lingraft.estimate.compute`.

    Args:
        model: the source model.
        rows: of the tables that the vocabulary needs.
        bytes_per_token: of the text that is read.
        recipe: of the training, of whose stages the mean is taken; it knows what is predicted.
        width: the width of factorized embeddings; None: full width.
        specials: tokens that stand around a text.
    """
    shape, is_causal = model.shape, recipe.predicts == "causal"
    trained = sum(s.steps * s.batch_size * s.sequence_length for s in recipe.all_stages)
    length = max(stage.sequence_length for stage in recipe.all_stages)
    each = forward_operations(shape, rows, width, length, float(is_causal))
    untied = model.untied or bool(recipe.untie)
    return VocabularyCosts(
        embeddings=_embeddings(model, rows, width, untied),
        body=model.total - model.shape.vocabulary * model.row,
        training=operations(shape, rows, width, recipe) / trained / bytes_per_token,
        inference=each / bytes_per_token,
        cache=model.cached * _CACHE_BYTES / bytes_per_token
        if is_causal and model.cached is not None
        else None,
        context=None if model.longest is None else (model.longest - specials) * bytes_per_token,
    )


def _embeddings(model: ModelSizes, rows: int, width: int | None, untied: bool) -> int:
    full = model.shape.width or model.shape.dimension
    more = rows * full if untied and not model.untied else 0
    if width is None:
        return rows * model.row + more
    # The two matrices stand for one table, or for each of two; a bias has its number a token still.
    tables = 1 + untied
    rest = model.row - full * (1 + model.untied)
    return tables * embedding_weights(model.shape, rows, width) + rows * rest


def _text_part(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The configuration of the language model, which one for several kinds of input holds."""
    part = config.get("text_config")
    return {**config, **part} if isinstance(part, dict) else config


def _first(config: Mapping[str, Any], *names: str, default: Any = KeyError) -> Any:
    found = (config[name] for name in names if config.get(name) is not None)
    value = next(found, default)
    if value is KeyError:
        raise KeyError(" or ".join(names))
    return value


def _objective(config: Mapping[str, Any]) -> Objective:
    # lingraft writes the class of each model: BertForMaskedLM, LlamaForCausalLM, GPT2LMHeadModel.
    names = map(str, config.get("architectures") or ())
    return "causal" if any("CausalLM" in n or "LMHead" in n for n in names) else "masked"


def _is_of_positions(name: str) -> bool:
    return "position_embeddings" in name or "embed_positions" in name or name.endswith("wpe.weight")


def _cached(config: Mapping[str, Any], layers: int, dimension: int) -> int | None:
    """Keys and values of all layers; less where queries share them (Ainslie et al. 2023)."""
    heads = _first(config, "num_attention_heads", "n_head", default=None)
    if heads is None or config.get("kv_lora_rank"):
        return None  # of another form of attention, whose cache is not of keys and values
    of_head = int(config.get("head_dim") or dimension // int(heads))
    return 2 * layers * int(config.get("num_key_value_heads") or heads) * of_head


def _longest(config: Mapping[str, Any]) -> int | None:
    positions = _first(config, "max_position_embeddings", "n_positions", default=None)
    if not isinstance(positions, int) or positions <= 0:
        return None
    if config.get("model_type") in _PADDED_POSITIONS:
        return positions - int(config.get("pad_token_id") or 0) - 1
    return positions
