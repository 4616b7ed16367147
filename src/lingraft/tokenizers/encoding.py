"""Encodes text, without dropping anything, by the fastest engine that gives the same ids."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lingraft.corpus.token_files import Counts, Specials
from lingraft.errors import InputError
from lingraft.tokenizers.backend import row_count
from lingraft.tokenizers.engines.choosing import check_some, choose
from lingraft.tokenizers.engines.engine import Disagreement, EncodedTexts, EncodingEngine
from lingraft.tokenizers.engines.whole import Whole
from lingraft.tokenizers.separators import separator_id, surroundings

logger = logging.getLogger(__name__)

T = TypeVar("T")
_BATCH_CHARACTERS = 1 << 17  # larger batches leave the processor's cache
_SAMPLE_CHARACTERS = 1 << 14  # of the first batch
_WORTH_A_CHOICE = 3  # batches; what a choice costs is more than it saves with less text


def read_specials(tokenizer: Any) -> Specials:
    """What a fast tokenizer puts around a text, and its special ids.

    Raises:
        InputError: it has neither a separator nor an end-of-text token.
    """
    separator = separator_id(tokenizer)
    if separator is None:
        raise InputError(f"tokenizer {tokenizer.name_or_path} has no sep_token and no eos_token")
    prefix, suffix = surroundings(tokenizer)
    return Specials(
        vocabulary_size=row_count(tokenizer),
        separator=separator,
        prefix=prefix,
        suffix=suffix,
        mask=tokenizer.mask_token_id,
        pad=tokenizer.pad_token_id,
        special=tuple(sorted(set(tokenizer.all_special_ids))),
    )


@dataclass
class Encoder:
    """Encodes texts in batches and counts what it has seen.

    Args:
        tokenizer: a fast one; it is left as one that takes special tokens in a text for text.
        specials: its special tokens.
        refused: names of engines that gave other ids for these texts.
    """

    tokenizer: Any
    specials: Specials
    counts: Counts = field(default_factory=lambda: Counts(0, 0, 0, 0, 0))
    refused: frozenset[str] = frozenset()
    engine: str = Whole.name  # that has been taken

    def encode(
        self, texts: Iterable[str]
    ) -> Iterator[tuple[NDArray[np.uint32], NDArray[np.int64]]]:
        """Yield (ids with separators, document lengths) for about 130,000 characters at a time.

        Raises:
            Disagreement: the engine gave other ids than the tokenizer; `encode_agreed` begins anew.
        """
        backend = self.tokenizer.backend_tokenizer
        # A text that spells out a special token ("[MASK]") must not become one.
        backend.encode_special_tokens = True
        backend.no_truncation()
        backend.no_padding()
        batches = _batches(texts)
        head = list(islice(batches, _WORTH_A_CHOICE))
        whole = Whole(backend)
        engine: EncodingEngine = whole
        ready: list[EncodedTexts] = []
        if len(head) == _WORTH_A_CHOICE:
            engine, ready = choose(backend, head[0], head[1], self.refused)
            self.engine = engine.name
        for turn, batch in enumerate(chain(head, batches)):
            encoded = ready.pop(0) if ready else engine.encode(batch)
            check_some(engine, batch, encoded, turn, whole)
            yield self._collect(batch, encoded)

    def _collect(
        self, texts: list[str], encoded: EncodedTexts
    ) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        ends_D = np.cumsum(encoded.lengths_D)
        ids_N = np.insert(encoded.ids_N, ends_D, np.uint32(self.specials.separator))
        self._count(texts, ids_N)
        return ids_N, encoded.lengths_D + 1  # with the separator

    def _count(self, texts: list[str], ids_N: NDArray[np.uint32]) -> None:
        unknown = self.tokenizer.unk_token_id
        seen = self.counts
        everything = "".join(texts)
        self.counts = Counts(
            tokens=seen.tokens + len(ids_N),
            documents=seen.documents + len(texts),
            bytes=seen.bytes + len(everything.encode()),
            characters=seen.characters + len(everything),
            unknown=seen.unknown
            + (int((ids_N == unknown).sum()) if _is_distinct(unknown, self.specials) else 0),
        )


def encode_agreed(tokenizer: Any, specials: Specials, use: Callable[[Encoder], T]) -> T:
    """What `use` makes with an encoder; again from the beginning if an engine gave other ids.

    Args:
        tokenizer: as `Encoder` takes it.
        specials: its special tokens.
        use: encodes texts, from their first one at each call.
    """
    refused: frozenset[str] = frozenset()
    while True:
        try:
            return use(Encoder(tokenizer, specials, refused=refused))
        except Disagreement as error:
            logger.warning("%s; the text is encoded again", error)
            refused |= {error.engine}


def _is_distinct(unknown: int | None, specials: Specials) -> bool:
    # GPT-2 uses one token for everything; its separators are not unknown words.
    return unknown is not None and unknown != specials.separator


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """Texts that are not empty; the first batch, the sample, is smaller than the others."""
    batch: list[str] = []
    size, enough = 0, _SAMPLE_CHARACTERS
    for text in texts:
        if not text:
            continue
        batch.append(text)
        size += len(text)
        if size >= enough:
            yield batch
            batch, size, enough = [], 0, _BATCH_CHARACTERS
    if batch:
        yield batch
