"""What the vocabularies of two languages share: a script of its own shares nothing with another.

Each text gets a small vocabulary of its own (BPE over words between spaces), and two of them are
compared by the Jaccard index. Entries of one character do not count: they would compare the scripts
and not the words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, combinations, product
from pathlib import Path

from lingraft.corpus.documents import Document
from lingraft.corpus.normalizing import NormalizerMark
from lingraft.corpus.records import draw, has_records, stream_texts
from lingraft.evaluation.data.reading import mark_of_corpus

_SPLITS = ("train", "valid")
_MOST = 20_000  # documents of a corpus: a small vocabulary needs no more


@dataclass(frozen=True)
class Entries:
    """The vocabularies of one corpus.

    Attributes:
        language: of its text.
        read: of the text as models read it.
        written: of the text as people write it; the same where nothing was written anew.
        is_normalized: whether the two texts differ.
        documents: how many the vocabularies are from.
    """

    language: str
    read: frozenset[str]
    written: frozenset[str]
    is_normalized: bool
    documents: int


def entries_of_text(texts: Iterable[str], size: int) -> frozenset[str]:
    """The entries of several characters of a vocabulary of these texts.

    Args:
        texts: whose words, between spaces, are merged; merges stay inside words.
        size: of the whole vocabulary, single characters included.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(vocab_size=size, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return frozenset(token for token in tokenizer.get_vocab() if len(token) > 1)


def shared_share(one: frozenset[str], other: frozenset[str]) -> float:
    """The Jaccard index of two vocabularies; 0 where both are empty."""
    return len(one & other) / max(1, len(one | other))


def pairs_of_corpora(trained: Iterable[str], alone: Iterable[str]) -> list[tuple[str, str]]:
    """The corpora that are compared: those of the training with each other and with the others.

    Args:
        trained: names of the corpora that a model learns from.
        alone: names of those that it is measured on alone.
    """
    trained = list(trained)
    return [*combinations(trained, 2), *product(trained, alone)]


def entries_of_corpora(
    folders: Mapping[str, Path], size: int, count: int | None
) -> dict[str, Entries]:
    """The vocabularies of each corpus that has text, by its name.

    Args:
        folders: the corpora, by name.
        size: of a vocabulary.
        count: documents of a corpus, drawn by the hash of their ids, so that translations are drawn
            together; never more than 20,000, which None takes.

    Raises:
        InputError: a file is malformed.
    """
    found = {}
    for name, folder in folders.items():
        documents = _documents(folder, count)
        if documents:
            mark, language = mark_of_corpus(folder, name)
            found[name] = _entries(documents, language, mark, size)
    return found


def _documents(folder: Path, count: int | None) -> list[Document]:
    parts = (stream_texts(folder, split) for split in _SPLITS if has_records(folder, split))
    return draw(chain.from_iterable(parts), min(count or _MOST, _MOST))


def _entries(documents: list[Document], language: str, mark: NormalizerMark, size: int) -> Entries:
    read = entries_of_text((document.text for document in documents), size)
    written = read
    if mark:
        written = entries_of_text((document.original for document in documents), size)
    return Entries(language, read, written, bool(mark), len(documents))
