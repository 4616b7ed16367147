"""Token files in datatrove's layout, memory-mapped.

For each split a folder has `<split>.ds` (ids, little-endian, 2 or 4 bytes) and
`<split>.ds.index` (where each document ends, uint64), and for all splits `meta.json`. Every
document ends with the tokenizer's separator ([SEP], </s>, <|endoftext|>), as datatrove writes it.

Shapes: N tokens, D documents.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from lingraft.artifacts import fingerprint, write_json
from lingraft.errors import InputError

Split = Literal["train", "valid"]
SPLITS: tuple[Split, ...] = ("train", "valid")
META = "meta.json"
FORMAT = 1
Tokens = NDArray[np.uint16] | NDArray[np.uint32]


@dataclass(frozen=True)
class Specials:
    """The special tokens that rows are built with; ids."""

    vocabulary_size: int
    separator: int  # ends every document in the file
    prefix: tuple[int, ...] = ()  # what the tokenizer puts before a text
    suffix: tuple[int, ...] = ()  # and after it
    mask: int | None = None
    pad: int | None = None
    special: tuple[int, ...] = ()  # all special ids: never predicted by a masked model

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        # JSON has lists where the class has tuples.
        lists = {name: tuple(content[name]) for name in ("prefix", "suffix", "special")}
        return cls(**{**content, **lists})


@dataclass(frozen=True)
class Counts:
    """Sizes of a split; text sizes are without what the tokenizer added."""

    tokens: int  # separators included
    documents: int
    bytes: int
    characters: int
    unknown: int

    @property
    def content_tokens(self) -> int:
        """Tokens without the separators."""
        return self.tokens - self.documents


@dataclass(frozen=True)
class TokenMeta:
    """What meta.json says about the token files beside it."""

    dtype: Literal["uint16", "uint32"]
    specials: Specials
    counts: dict[Split, Counts]
    vocabulary_digest: str
    corpus_digest: str

    def save(self, folder: Path) -> None:
        """Write meta.json into `folder`."""
        write_json(folder / META, {"format": FORMAT, **asdict(self)})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read meta.json.

        Raises:
            InputError: it is missing, damaged, or of a format that this version does not know.
        """
        path = folder / META
        try:
            content = json.loads(path.read_text("utf-8"))
            if (found := content.pop("format")) != FORMAT:
                raise InputError(f"{path} has format {found}, this version reads {FORMAT}")
            counts = {split: Counts(**entry) for split, entry in content.pop("counts").items()}
            return cls(
                counts=counts, specials=Specials.from_json(content.pop("specials")), **content
            )
        except FileNotFoundError:
            raise InputError(f"{folder} has no token files ({META} is missing)") from None
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path} is damaged: {error!r}") from None


@dataclass(frozen=True)
class TokenFile:
    """One split of a corpus as tokens."""

    path: Path
    tokens_N: Tokens
    ends_D: NDArray[np.uint64]
    meta: TokenMeta
    split: Split

    @classmethod
    def open(cls, folder: Path, split: Split) -> Self:
        """Map the tokens of `split` into memory.

        Raises:
            InputError: a file is missing or its size is not what meta.json says.
        """
        meta = TokenMeta.load(folder)
        path = folder / f"{split}.ds"
        if split not in meta.counts:
            raise InputError(f"{folder} has no split {split!r}")
        tokens_N = _map(path, np.dtype(meta.dtype).newbyteorder("<"))
        ends_D = _map(index_path(path), np.dtype("<u8"))
        expected = meta.counts[split]
        if len(tokens_N) != expected.tokens or len(ends_D) != expected.documents:
            raise InputError(
                f"{path} has {len(tokens_N)} tokens in {len(ends_D)} documents instead of "
                f"{expected.tokens} in {expected.documents}; encode the corpus again"
            )
        return cls(path, tokens_N, ends_D, meta, split)

    @property
    def counts(self) -> Counts:
        """Size of this split."""
        return self.meta.counts[self.split]

    @property
    def starts_D(self) -> NDArray[np.uint64]:
        """Where each document starts."""
        starts_D = np.zeros_like(self.ends_D)
        starts_D[1:] = self.ends_D[:-1]
        return starts_D


def token_dtype(vocabulary_size: int) -> Literal["uint16", "uint32"]:
    """The smallest of datatrove's two types that has every id."""
    # 65,536 ids are 0 to 65,535, which just fit into 16 bits.
    return "uint16" if vocabulary_size <= 1 << 16 else "uint32"


def vocabulary_digest(vocabulary: Mapping[str, int]) -> str:
    """Digest of ids and their tokens: equal for tokenizers whose token files fit each other."""
    return fingerprint(sorted(vocabulary.items(), key=lambda item: item[1]))


def index_path(path: Path) -> Path:
    """The document ends that belong to a `.ds` file."""
    return path.with_name(path.name + ".index")


def write_tokens(
    path: Path,
    batches: Iterable[tuple[NDArray[np.integer[Any]], NDArray[np.integer[Any]]]],
    dtype: str,
) -> tuple[int, int]:
    """Write a token file.

    Args:
        path: the `.ds` file; its index is written beside it.
        batches: pairs of ids (N,) and document lengths (D,).
        dtype: `uint16` or `uint32`.

    Returns:
        Number of tokens and of documents.
    """
    total = documents = 0
    with path.open("wb") as tokens, index_path(path).open("wb") as index:
        for ids_N, lengths_D in batches:
            # Not tofile(), which hides why a write failed.
            tokens.write(ids_N.astype(np.dtype(dtype).newbyteorder("<"), copy=False).tobytes())
            # Ends count from the start of the file, not of the batch.
            index.write((np.cumsum(lengths_D) + total).astype("<u8").tobytes())
            total += len(ids_N)
            documents += len(lengths_D)
    return total, documents


def _map(path: Path, dtype: Any) -> NDArray[Any]:
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise InputError(f"{path} is missing; encode the corpus again") from None
    if size % np.dtype(dtype).itemsize:
        raise InputError(f"{path} is cut off in the middle of a number; encode the corpus again")
    # np.memmap refuses an empty file.
    return np.memmap(path, dtype, "r") if size else np.empty(0, dtype)
