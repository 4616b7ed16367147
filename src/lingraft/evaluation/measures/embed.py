"""Vectors of texts from a model's hidden states, each text computed once.

Shapes: N texts, T tokens (padded), E hidden size.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from lingraft.config.dynamic import Dynamic
from lingraft.evaluation.dynamic.costs import ReadingCosts
from lingraft.evaluation.dynamic.reader import DynamicReader
from lingraft.evaluation.dynamic.rows import StringRows
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.models.arithmetic import Arithmetic, compute_in
from lingraft.models.loading import load_model
from lingraft.models.rows import batch_tokens, batches_by_length, longest_input, padded
from lingraft.models.sentence_encoder import is_sentence_encoder, open_sentence_encoder
from lingraft.models.states import states_of_rows
from lingraft.numeric.arrays import Float32
from lingraft.tokenizers.loading import load_tokenizer


class Embedder:
    """Embeds texts with one model; a text is computed once for each way of embedding.

    Args:
        model: a Hugging Face encoder or decoder without head, in evaluation mode.
        tokenizer: the tokenizer of that model.
        reader: merges tokens of texts; None reads them as the tokenizer cuts them.
        costs: counts what is read.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        reader: DynamicReader | None = None,
        costs: ReadingCosts | None = None,
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._reader = reader
        self.costs = ReadingCosts() if costs is None else costs
        # Of texts whose tokens were merged: what they were read beside counts, too.
        self._together: dict[tuple[Any, ...], Float32] = {}
        # By layer, pooling and treatment of special tokens; then by text and where it was cut.
        self._vectors: dict[tuple[Any, ...], dict[tuple[str, int], npt.NDArray[np.float32]]] = {}
        self._lengths: dict[str, int] = {}  # tokens of texts that were read whole
        self._cut: dict[int, set[str]] = {}

    def embed(self, texts: Sequence[str], how: Embedding) -> Float32:
        """Embed texts as `how` says; float32, N x E, not normalized.

        A text without any token to average (empty, or special tokens left out) becomes zeros.
        """
        key, limit = (how.layer, how.pooling, how.special_tokens), self._limit(how)
        if self._reader is not None and texts:
            return self._read_together(texts, how, (*key, limit))
        known = self._vectors.setdefault(key, {})
        # dict.fromkeys removes repeated texts and keeps their order, so that batches are the same
        # in each run.
        new = [text for text in dict.fromkeys(texts) if self._place(text, limit) not in known]
        for batch, vectors_NE in self._forward(new, how):
            known.update(zip((self._place(t, limit) for t in batch), vectors_NE, strict=True))
        if not texts:
            return np.zeros((0, self._model.config.hidden_size), dtype=np.float32)
        return np.stack([known[self._place(text, limit)] for text in texts])

    def _read_together(self, texts: Sequence[str], how: Embedding, key: tuple[Any, ...]) -> Float32:
        new = tuple(dict.fromkeys(texts))
        if (new, *key) not in self._together:
            found = {
                text: vector_E
                for batch, vectors_NE in self._forward(list(new), how)
                for text, vector_E in zip(batch, vectors_NE, strict=True)
            }
            self._together[new, *key] = np.stack([found[text] for text in new])
        places = {text: place for place, text in enumerate(new)}
        vectors_NE = self._together[new, *key]
        return vectors_NE[[places[text] for text in texts]]

    def anew(self, dynamic: Dynamic | None, rows: StringRows | None = None) -> "Embedder":
        """What embeds with the same model and has read nothing yet.

        Args:
            dynamic: how it merges tokens; None for not at all.
            rows: makes rows of merged strings; None takes the means of the model's rows.

        Raises:
            InputError: the model cannot read merged strings.
        """
        costs = ReadingCosts()
        if dynamic is None:
            return self._with(None, costs)
        reader = DynamicReader(self._model, self._tokenizer, dynamic, costs, rows)
        return self._with(reader, costs)

    def _with(self, reader: DynamicReader | None, costs: ReadingCosts) -> "Embedder":
        return Embedder(self._model, self._tokenizer, reader, costs)

    def for_queries(self) -> "Embedder":
        """What embeds texts that are asked for: most models embed them as all others."""
        return self

    def plain(self) -> "Embedder":
        """What embeds texts as they are: most models put nothing before a text."""
        return self

    def _place(self, text: str, limit: int) -> tuple[str, int]:
        """A text that fits has one vector, whatever the limit: tasks with other limits share it."""
        length = self._lengths.get(text)
        return (text, 0) if length is not None and length <= limit else (text, limit)

    def count_cut(self, texts: Sequence[str], how: Embedding) -> int:
        """How many of these texts were longer than the model reads."""
        cut = self._cut.get(self._limit(how), set())
        return sum(text in cut for text in texts)

    def _limit(self, how: Embedding) -> int:
        return min(how.maximum_length, longest_input(self._model, self._tokenizer))

    def _forward(self, texts: list[str], how: Embedding) -> Iterator[tuple[list[str], Float32]]:
        if not texts:
            return
        device = self._model.device.type
        with self.costs.timed(device):
            rows, special = self._rows(texts, self._limit(how))
        lengths = [len(row) for row in rows]
        progress = tqdm(total=len(texts), desc="embed", unit="text", disable=None, leave=False)
        for batch in batches_by_length(lengths, batch_tokens(self._model)):
            with self.costs.timed(device), self._reading([rows[i] for i in batch]) as ids:
                vectors_NE = self._pooled(ids, [special[i] for i in batch], how)
            yield [texts[i] for i in batch], vectors_NE
            progress.update(len(batch))
        progress.close()

    def _rows(self, texts: list[str], limit: int) -> tuple[list[list[int]], list[list[int]]]:
        """What the model reads of texts, and 1 where it is a special token."""
        encoded = self._tokenizer(
            texts, truncation=True, max_length=limit, return_special_tokens_mask=True
        )
        cut = self._cut.setdefault(limit, set())
        rows, special = encoded["input_ids"], encoded["special_tokens_mask"]
        for text, encoding, row in zip(texts, encoded.encodings, rows, strict=True):
            # `overflowing` has the parts that truncation cut off; it is empty if the text fits.
            if encoding.overflowing:
                cut.add(text)
            else:
                self._lengths[text] = len(row)
        self.costs.texts += len(rows)
        self.costs.tokens += sum(map(len, rows))
        if self._reader is not None:
            rows, starts = self._reader.read(rows, self._reader.spaced(encoded.encodings, texts))
            special = [
                [own[i] for i in places] for own, places in zip(special, starts, strict=True)
            ]
        self.costs.units += sum(map(len, rows))
        return rows, special

    def _reading(self, rows: list[list[int]]) -> AbstractContextManager[list[list[int]]]:
        """Rows as the model can read them for as long as this lasts."""
        return nullcontext(rows) if self._reader is None else self._reader.reading(rows)

    @torch.inference_mode()
    def _pooled(self, ids: list[list[int]], special: list[list[int]], how: Embedding) -> Float32:
        padding = self._tokenizer.pad_token_id or 0
        hidden_NTE, mask_NT = states_of_rows(self._model, ids, padding, how.layer)
        counted_NT = mask_NT
        if not how.special_tokens:
            special_NT = torch.tensor(padded(special, 1, width=1), device=mask_NT.device)
            counted_NT = mask_NT * (1 - special_NT)
        return np.asarray(pool(hidden_NTE, counted_NT, how.pooling).cpu().numpy())


class SentenceEmbedder(Embedder):
    """Embeds with a sentence encoder: its own layers, pooling, length and prompts count.

    Of the settings of a task only `maximum_length` has an effect.

    Args:
        encoder: a SentenceTransformer, in evaluation mode.
        tokenizer: the tokenizer of that model.
        role: `query` or `document`: the encoder's prompt of this name stands before every text;
            `plain`: none does.
        reader: merges tokens of texts; None reads them as the tokenizer cuts them.
        costs: counts what is read.
    """

    def __init__(
        self,
        encoder: Any,
        tokenizer: Any,
        role: str,
        reader: DynamicReader | None = None,
        costs: ReadingCosts | None = None,
    ) -> None:
        super().__init__(encoder[0].model, tokenizer, reader, costs)
        self._encoder = encoder
        self._role = role
        self._prompt = "" if role == "plain" else encoder.prompts.get(role) or ""

    def for_queries(self) -> "Embedder":
        """What embeds texts that are asked for; itself, if the encoder tells them not apart."""
        return self._of_role("query")

    def plain(self) -> "Embedder":
        """What embeds texts as they are; itself, if the encoder puts nothing before them."""
        return self._of_role("plain")

    def _of_role(self, role: str) -> "Embedder":
        other = SentenceEmbedder(self._encoder, self._tokenizer, role, self._reader, self.costs)
        return self if other._prompt == self._prompt else other

    def _with(self, reader: DynamicReader | None, costs: ReadingCosts) -> Embedder:
        return SentenceEmbedder(self._encoder, self._tokenizer, self._role, reader, costs)

    def embed(self, texts: Sequence[str], how: Embedding) -> Float32:
        """Embed texts; float32, N x E, normalized if the encoder normalizes."""
        own = Embedding(maximum_length=how.maximum_length)
        prompted = [self._prompt + text for text in texts] if self._prompt else texts
        if not texts:
            return np.zeros((0, self._encoder.get_embedding_dimension()), dtype=np.float32)
        return super().embed(prompted, own)

    def count_cut(self, texts: Sequence[str], how: Embedding) -> int:
        """How many of these texts were longer than the encoder reads."""
        own = Embedding(maximum_length=how.maximum_length)
        return super().count_cut([self._prompt + text for text in texts], own)

    def _limit(self, how: Embedding) -> int:
        return min(super()._limit(how), int(self._encoder.max_seq_length))

    @torch.inference_mode()
    def _pooled(self, ids: list[list[int]], special: list[list[int]], how: Embedding) -> Float32:
        features = {
            "input_ids": torch.tensor(padded(ids, self._tokenizer.pad_token_id or 0, width=1)),
            "attention_mask": torch.tensor(padded([[1] * len(row) for row in ids], 0, width=1)),
        }
        features = {name: tensor.to(self._model.device) for name, tensor in features.items()}
        vectors_NE = self._encoder(features)["sentence_embedding"]
        return np.asarray(vectors_NE.float().cpu().numpy())


def open_embedder(folder: Path, device: str, arithmetic: Arithmetic = "fp32") -> Embedder:
    """What embeds with the model in a folder: a sentence encoder in its own way, another model as
    a task says.

    Args:
        folder: of a model, with its tokenizer.
        device: where the model is put.
        arithmetic: of its forward passes; what an encoder has above its model stays fp32.

    Raises:
        InputError: the model is damaged.
    """
    tokenizer = load_tokenizer(folder)
    if is_sentence_encoder(folder):
        encoder = open_sentence_encoder(folder, device)
        compute_in(encoder[0].model, arithmetic, caller=encoder[0])
        return SentenceEmbedder(encoder, tokenizer, "document")
    return Embedder(compute_in(load_model(folder).base_model.to(device), arithmetic), tokenizer)


def pool(hidden_NTE: torch.Tensor, counted_NT: torch.Tensor, pooling: str) -> torch.Tensor:
    """Reduce hidden states to one vector a text.

    Args:
        hidden_NTE: hidden states.
        counted_NT: 1 at the positions that count, else 0.
        pooling: mean, first or last.
    """
    weights_NT = counted_NT.to(hidden_NTE.dtype)
    if pooling != "mean":
        # The first counted position, or from behind the last one.
        order_NT = counted_NT if pooling == "first" else counted_NT.flip(1)
        index_N = order_NT.argmax(dim=1)
        if pooling == "last":
            index_N = counted_NT.shape[1] - 1 - index_N
        # Where no position counts, argmax is 0. The product with the weights sets this row to zero
        # again.
        weights_NT = torch.nn.functional.one_hot(index_N, counted_NT.shape[1]) * weights_NT
    # A row without a counted position becomes 0 / 1 = 0 instead of NaN.
    total_N1 = weights_NT.sum(dim=1, keepdim=True).clamp(min=1)
    return torch.einsum("nte,nt->ne", hidden_NTE, weights_NT) / total_N1
