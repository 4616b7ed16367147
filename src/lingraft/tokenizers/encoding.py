"""Encodes text, without dropping anything; each word only once if that gives the same ids."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.corpus.token_files import Counts, Specials
from lingraft.errors import InputError
from lingraft.tokenizers.backend import row_count
from lingraft.tokenizers.locality import cuts_at_spaces
from lingraft.tokenizers.separators import separator_id, surroundings
from lingraft.tokenizers.word_cache import WordCache, encode_whole

logger = logging.getLogger(__name__)

_BATCH_CHARACTERS = 1 << 17  # larger batches leave the processor's cache


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
    """Encodes texts in batches and counts what it has seen."""

    tokenizer: Any
    specials: Specials
    counts: Counts = field(default_factory=lambda: Counts(0, 0, 0, 0, 0))

    def encode(
        self, texts: Iterable[str]
    ) -> Iterator[tuple[NDArray[np.uint32], NDArray[np.int64]]]:
        """Yield (ids with separators, document lengths) for about 130,000 characters at a time."""
        backend = self.tokenizer.backend_tokenizer
        # A text that spells out a special token ("[MASK]") must not become one.
        backend.encode_special_tokens = True
        backend.no_truncation()
        backend.no_padding()
        cache = WordCache(backend) if cuts_at_spaces(backend) else None
        for number, batch in enumerate(_batches(texts)):
            documents = cache.encode(batch) if cache else encode_whole(backend, batch)
            if cache and number == 0 and documents != (whole := encode_whole(backend, batch)):
                logger.warning(
                    "words of this tokenizer depend on their neighbors: encoding whole texts"
                )
                cache, documents = None, whole
            yield self._collect(batch, documents)

    def _collect(
        self, texts: list[str], documents: list[bytes]
    ) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        separator = np.uint32(self.specials.separator).tobytes()
        # join puts a separator between documents; the empty last entry adds one behind the last.
        ids_N = np.frombuffer(separator.join([*documents, b""]), np.uint32)
        # 4 bytes an id, plus the separator.
        lengths_D = np.array([len(document) // 4 + 1 for document in documents], np.int64)
        self._count(texts, ids_N)
        return ids_N, lengths_D

    def _count(self, texts: list[str], ids_N: NDArray[np.uint32]) -> None:
        unknown = self.tokenizer.unk_token_id
        seen = self.counts
        self.counts = Counts(
            tokens=seen.tokens + len(ids_N),
            documents=seen.documents + len(texts),
            bytes=seen.bytes + sum(len(text.encode()) for text in texts),
            characters=seen.characters + sum(map(len, texts)),
            unknown=seen.unknown
            + (int((ids_N == unknown).sum()) if _is_distinct(unknown, self.specials) else 0),
        )


def _is_distinct(unknown: int | None, specials: Specials) -> bool:
    # GPT-2 uses one token for everything; its separators are not unknown words.
    return unknown is not None and unknown != specials.separator


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        if not text:
            continue
        batch.append(text)
        size += len(text)
        if size >= _BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
