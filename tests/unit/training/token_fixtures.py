"""Small token files for the tests of training."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lingraft.corpus.token_files import Counts, Specials, TokenFile, TokenMeta, write_tokens

SPECIALS = Specials(
    vocabulary_size=40,
    separator=3,
    prefix=(2,),
    suffix=(3,),
    mask=4,
    pad=0,
    special=(0, 1, 2, 3, 4),
)


def make_file(
    folder: Path, documents: Sequence[Sequence[int]], specials: Specials = SPECIALS
) -> TokenFile:
    """Write documents (lists of ids, separator not included) as a token file."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = [token for document in documents for token in (*document, specials.separator)]
    lengths = [len(document) + 1 for document in documents]
    counts = {}
    for split in ("train", "valid"):
        batch = (np.array(ids, np.int64), np.array(lengths, np.int64))
        tokens, number = write_tokens(folder / f"{split}.ds", [batch], "uint16")
        counts[split] = Counts(tokens, number, 4 * tokens, 4 * tokens, 0)
    TokenMeta("uint16", specials, counts, "v", "c").save(folder)  # type: ignore[arg-type]
    return TokenFile.open(folder, "train")


def counting(total: int, size: int = 7) -> list[list[int]]:
    """Documents of `size` tokens with ids 5, 6, ... that go round within the vocabulary."""
    ids = [5 + number % 35 for number in range(total)]
    return [ids[begin : begin + size] for begin in range(0, total, size)]
