"""Groups of documents that nearly repeat each other: MinHash with datatrove, in this process.

A document is the set of its n-grams of words. Two documents are near-duplicates if all hashes of
some bucket are equal; with 14 buckets of 8 hashes that is likely from a similarity (Jaccard) of
about 0.72 on. Groups are the connected components. A text with fewer words than an n-gram has is
never a near-duplicate. The signatures are in files (about 1 kB for a document).
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from datatrove.data import Document as PipelineDocument
from datatrove.pipeline.dedup import (
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupSignature,
)
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.utils.binaryio import read_tuples_from_file
from datatrove.utils.hashing import HashConfig
from datatrove.utils.logging import logger
from datatrove.utils.text import TextNormConfig
from datatrove.utils.word_tokenizers import WordTokenizer

from lingraft.corpus.words import split_words

Place = tuple[int, int]  # number of the collection, number of the document in it
_LINES = 1000  # signatures that are read at a time


class CorpusWords(WordTokenizer):  # type: ignore[misc]
    """Words of a corpus's language, as vectors and statistics count them."""

    def word_tokenize(self, text: str) -> list[str]:
        """The words."""
        return split_words(text, self.language)

    def sent_tokenize(self, text: str) -> list[str]:
        """MinHash needs no sentences."""
        raise NotImplementedError

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        """MinHash needs no spans."""
        raise NotImplementedError


def near_duplicate_groups(
    collections: Sequence[Iterable[str]],
    language: str,
    folder: Path,
    *,
    words: int = 5,
    buckets: int = 14,
    hashes: int = 8,
) -> list[list[Place]]:
    """Groups of two or more documents, each in order.

    Args:
        collections: documents; each is read once.
        language: as in swh_Latn; decides the segmentation.
        folder: an existing, empty folder for the signatures.
        words: words of an n-gram.
        buckets: chances that two documents have to meet.
        hashes: of a bucket, which all must be equal.
    """
    logger.disable("datatrove")  # our programs report errors themselves, in one line
    # Without marks, words of Hindi or Thai would lose their vowels.
    normal = TextNormConfig(norm_unicode_diacritics=False)
    # xxhash, the default, takes bytes alone in some versions.
    config = MinhashConfig(
        words, buckets, hashes, norm_config=normal, hash_config=HashConfig(hash_fc="sha1")
    )
    signatures, pairs, groups = (str(folder / name) for name in ("signatures", "pairs", "groups"))
    for rank, texts in enumerate(collections):
        step = MinhashDedupSignature(signatures, config, CorpusWords(language))
        step.run(_documents(texts), rank, len(collections))
    for bucket in range(buckets):
        step = MinhashDedupBuckets(signatures, pairs, config=config, lines_to_buffer=_LINES)
        step.run(None, bucket, buckets)
    MinhashDedupCluster(pairs, groups, config, save_cluster_id=True).run(None, 0, 1)
    return _read_groups(Path(groups), len(collections))


def _documents(texts: Iterable[str]) -> Iterator[PipelineDocument]:
    return (PipelineDocument(text, str(number)) for number, text in enumerate(texts))


def _read_groups(folder: Path, collections: int) -> list[list[Place]]:
    found: dict[Any, list[Place]] = {}
    for rank in range(collections):
        path = folder / f"{rank:06d}.clusters"
        if path.is_file():
            with path.open("rb") as file:
                for document, group in read_tuples_from_file(file, "2I", lines_to_buffer=_LINES):
                    found.setdefault(group, []).append((rank, document))
    return sorted(sorted(places) for places in found.values())
