"""Decoding through an index: the next token is the row of the head with the best inner product.

The last linear layer of a head adds a bias where it has one, as one dimension more; a logit that is
bent by tanh stays the largest one. So the token is that of the model's own logits, as far as the
index finds it.

Shapes: P places, H width of what the last layer is given, K neighbors, V rows.
"""

import time
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from lingraft.evaluation.measures.continuations import NONE, chosen_tokens
from lingraft.evaluation.measures.large_vocabulary import LargeVocabulary
from lingraft.models.heads import architecture_of, last_layer, model_type
from lingraft.numeric.arrays import Float32, Float64, Int64
from lingraft.numeric.inverted_lists import InvertedLists


class OutputIndex:
    """The rows of a head as keys of an index."""

    def __init__(self, lists: InvertedLists, rows_N: Int64) -> None:
        """Use `of`.

        Args:
            lists: the keys.
            rows_N: the row of each key.
        """
        self.lists, self.rows_N = lists, rows_N

    @classmethod
    def of(cls, model: Any, rows_N: Int64, probes: int | None) -> Self:
        """An index of rows of a head.

        Args:
            model: with its head.
            rows_N: those that belong to a token, rising.
            probes: lists that a query reads; None searches exactly.
        """
        _, weight_VH, bias_V = last_layer(model, _any_state(model))
        keys_NH = weight_VH.detach().float().cpu().numpy()[rows_N]
        if bias_V is not None:
            keys_NH = np.column_stack([keys_NH, bias_V.detach().float().cpu().numpy()[rows_N]])
        return cls(InvertedLists(keys_NH, probes), rows_N)

    @property
    def exact(self) -> Self:
        """The same keys without lists: a search looks at all of them."""
        return type(self)(InvertedLists(self.lists.keys_NE, None), self.rows_N)

    def nearest(self, model: Any, hidden_PH: Tensor, k: int) -> Int64:
        """The rows (P, K) of the largest logits that the index finds; `NONE` where it finds no
        more."""
        places_PK, _ = self.lists.nearest(queries(model, hidden_PH), k)
        return np.where(places_PK < 0, NONE, self.rows_N[places_PK])


def why_no_index(model: Any) -> str:
    """Why a model's head cannot be searched; empty where it can."""
    if architecture_of(model) is None:
        return f"lingraft cannot take the head of a {model_type(model)} model apart"
    return ""


def queries(model: Any, hidden_PH: Tensor) -> Float32:
    """What the last layer of the head multiplies its rows by, with a 1 where it adds a bias."""
    narrow_PH, _, bias_V = last_layer(model, hidden_PH)
    queries_PH = narrow_PH.detach().float().cpu().numpy()
    return queries_PH if bias_V is None else np.pad(queries_PH, ((0, 0), (0, 1)), constant_values=1)


def recalls(found_PK: Int64, exact_PK: Int64, k: int) -> Float64:
    """The share of the exact k neighbors of each place that are among the k found ones (P,)."""
    pairs = zip(found_PK[:, :k].tolist(), exact_PK[:, :k].tolist(), strict=True)
    return np.array([len(set(found) & set(exact)) / len(exact) for found, exact in pairs])


def seconds_a_search(index: OutputIndex, model: Any, hidden_PH: Tensor) -> float:
    """The processor's mean time for a search of one token, one after the other as in decoding.

    Args:
        index: of the model's head; without lists all keys are multiplied.
        model: the model.
        hidden_PH: what is looked for.
    """
    queries_PH, lists = queries(model, hidden_PH), index.lists
    start = time.process_time()
    for query_1H in np.split(queries_PH, len(queries_PH)):
        if lists.lists:
            lists.nearest(query_1H, 1)
        else:
            (lists.keys_NE @ query_1H[0]).argmax()
    return (time.process_time() - start) / len(queries_PH)


@torch.no_grad()
def continued_by_index(
    model: Any,
    vocabulary: LargeVocabulary,
    index: OutputIndex,
    prompt: str,
    tokens: int,
    prefix: int | None = None,
) -> str:
    """The text that a model puts behind a prompt, whose tokens are read and found as long ones.

    Args:
        model: has the rows of the vocabulary, in evaluation mode.
        vocabulary: the larger one.
        index: of the model's head.
        prompt: the beginning of a document.
        tokens: the most that are added; fewer where the model reads no more.
        prefix: the token before the prompt; None takes that of the tokenizer.
    """
    (own,) = vocabulary.cut([prompt])

    def choose(inputs_1L: Tensor, past: Any) -> tuple[int, Any]:
        found = model.base_model(input_ids=inputs_1L, past_key_values=past, use_cache=True)
        (chosen,) = index.nearest(model, found[0][0, -1:], 1)[:, 0].tolist()
        return chosen, getattr(found, "past_key_values", None)

    added = chosen_tokens(model, vocabulary.tokenizer, own, tokens, prefix, choose)
    begun, whole = (_text(vocabulary, part) for part in (own, [*own, *added]))
    return whole[len(begun) :]


def _text(vocabulary: LargeVocabulary, rows: Sequence[int]) -> str:
    tokens = [vocabulary.token_of(row) for row in rows]
    return str(vocabulary.tokenizer.decode(tokens, skip_special_tokens=True))


def _any_state(model: Any) -> Tensor:
    """A hidden state (1, H) of the body: it shows the shapes of the head alone."""
    width = model.config.get_text_config().hidden_size
    return torch.zeros(1, width, device=model.device, dtype=model.dtype)
