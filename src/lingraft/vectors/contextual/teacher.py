"""A teacher: a frozen language model that reads texts, whose states are averaged over their parts.

Legend: N texts of a batch, T tokens of the longest, P tokens of parts, G parts, E width of the
model.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from lingraft.models.loading import load_model
from lingraft.models.rows import batch_tokens, batches_by_length, longest_input
from lingraft.models.states import states_of_rows
from lingraft.numeric.arrays import Int64
from lingraft.tokenizers.loading import load_tokenizer

_CHUNK = 2048  # texts that are sorted by length together
Part = Literal["spans", "everything", "first"]


@dataclass(frozen=True)
class Passage:
    """A text that the teacher reads at once, and the parts of it that are asked for.

    Attributes:
        text: the text.
        keys: a number for each part, by which the caller knows it again.
        spans: where each part begins and ends, in characters; only for parts that are spans.
    """

    text: str
    keys: Sequence[int]
    spans: Sequence[tuple[int, int]] = ()


class TeacherModel:
    """A frozen model with its tokenizer.

    Args:
        model: of transformers, without its head, in evaluation mode.
        tokenizer: the tokenizer of that model.
        layer: whose states: 0 the embeddings, n the output of block n, -1 the last.
        maximum_length: tokens after which a text is cut; the model's own limit applies, too.
    """

    def __init__(
        self, model: Any, tokenizer: Any, layer: int = -1, maximum_length: int = 512
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._layer = layer
        self.longest = min(maximum_length, longest_input(model, tokenizer))

    @classmethod
    def open(cls, folder: Path, layer: int = -1, maximum_length: int = 512) -> "TeacherModel":
        """The model in a folder, on a GPU if there is one.

        Raises:
            InputError: the model is damaged.
        """
        device = "cuda" if torch.cuda.is_available() else "cpu"
        model = load_model(folder).base_model.to(device)
        return cls(model, load_tokenizer(folder), layer, maximum_length)

    @property
    def width(self) -> int:
        """Length of a state."""
        return int(self._model.config.hidden_size)

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """How many tokens texts have, special ones not counted."""
        return [len(ids) for ids in self._tokenizer(texts, add_special_tokens=False)["input_ids"]]

    @property
    def room(self) -> int:
        """How many tokens a passage may have besides the special ones."""
        return self.longest - int(self._tokenizer.num_special_tokens_to_add())

    def means(
        self, passages: Iterable[Passage], part: Part = "spans"
    ) -> Iterator[tuple[Int64, Tensor]]:
        """Mean states of parts of passages: their keys (G,) and the means (G, E), batch by batch.

        A part without a token (the text was cut before it) is left out. No more than one batch of
        states is in memory.

        Args:
            passages: texts; the order in which their parts come back is another one.
            part: spans: the tokens that overlap a span; everything: all tokens, special ones too;
                first: the first token ([CLS] of most encoders). The last two have one key a
                passage.
        """
        waiting = iter(passages)
        progress = tqdm(desc="teacher", unit=" texts", disable=None)
        while chunk := list(islice(waiting, _CHUNK)):
            texts = [passage.text for passage in chunk]
            encoded = self._tokenizer(texts, truncation=True, max_length=self.longest)
            encodings = [_Encoding.of(each) for each in encoded.encodings]
            lengths = [len(encoding.ids) for encoding in encodings]
            for batch in batches_by_length(lengths, batch_tokens(self._model)):
                pairs = [(chunk[index], encodings[index]) for index in batch]
                keys_G, means_GE = self._means_of_batch(pairs, part)
                if len(keys_G):
                    yield keys_G, means_GE
            progress.update(len(chunk))
        progress.close()

    def _means_of_batch(
        self, batch: Sequence[tuple[Passage, "_Encoding"]], part: Part
    ) -> tuple[Int64, Tensor]:
        padding = self._tokenizer.pad_token_id or 0
        rows = [encoding.ids for _, encoding in batch]
        states_NTE, _ = states_of_rows(self._model, rows, padding, self._layer)
        longest = states_NTE.shape[1]
        keys: list[int] = []
        tokens: list[Int64] = []
        for row, (passage, encoding) in enumerate(batch):
            for key, tokens_P in zip(passage.keys, encoding.parts(passage, part), strict=True):
                if len(tokens_P):
                    keys.append(key)
                    tokens.append(tokens_P + row * longest)
        return np.array(keys, np.int64), _group_means(states_NTE.flatten(0, 1), tokens)


@dataclass(frozen=True)
class _Encoding:
    """A text's token ids, and of the tokens that are not special: positions, begins, ends."""

    ids: list[int]
    positions_T: Int64
    starts_T: Int64
    ends_T: Int64

    @classmethod
    def of(cls, encoding: Any) -> "_Encoding":
        positions_T = np.flatnonzero(np.array(encoding.special_tokens_mask, np.int64) == 0)
        offsets_T2 = np.array(encoding.offsets, np.int64).reshape(-1, 2)[positions_T]
        return cls(encoding.ids, positions_T, offsets_T2[:, 0], offsets_T2[:, 1])

    def parts(self, passage: Passage, part: Part) -> list[Int64]:
        """The positions of the tokens of each part."""
        if part != "spans":
            return [np.arange(len(self.ids) if part == "everything" else min(1, len(self.ids)))]
        spans_G2 = np.array(passage.spans, np.int64).reshape(-1, 2)
        # Offsets rise: the tokens that end after a span begins, and begin before it ends.
        first_G = np.searchsorted(self.ends_T, spans_G2[:, 0], side="right")
        last_G = np.searchsorted(self.starts_T, spans_G2[:, 1], side="left")
        return [self.positions_T[a:b] for a, b in zip(first_G, last_G, strict=True)]


def _group_means(states_RE: Tensor, tokens: Sequence[Int64]) -> Tensor:
    """Means (G, E) of the states (rows of a batch, R, E) of groups of tokens, on the CPU."""
    if not tokens:
        return states_RE.new_zeros((0, states_RE.shape[1])).cpu()
    sizes_G = np.array([len(each) for each in tokens])
    groups_P = torch.from_numpy(np.repeat(np.arange(len(tokens)), sizes_G)).to(states_RE.device)
    tokens_P = torch.from_numpy(np.concatenate(tokens)).to(states_RE.device)
    sums_GE = states_RE.new_zeros((len(tokens), states_RE.shape[1]))
    sums_GE.index_add_(0, groups_P, states_RE[tokens_P])
    return sums_GE.cpu() / torch.from_numpy(sizes_G)[:, None]
