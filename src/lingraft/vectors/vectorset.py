"""VectorSet: words with vectors, and subword vectors for any text where there is a model.

Legend: W words (most frequent first), E dimension, N texts.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lingraft.artifacts import VectorsFacts, open_given, write_json
from lingraft.errors import InputError
from lingraft.numeric.arrays import AnyFloats, Float32, Int64
from lingraft.numeric.rows import all_finite
from lingraft.vectors import fasttext_model, text_format
from lingraft.vectors.fasttext_model import SubwordModel
from lingraft.vectors.matrix_file import read_matrix, write_matrix
from lingraft.vectors.sentence_end import SentenceEnd, put_back, rows_with_end, take_out
from lingraft.vectors.subwords import load_subwords, save_subwords

_FILES = ("vectors.npy", "vocab.txt", "counts.npy", "meta.json")


@dataclass(frozen=True)
class VectorSet:
    """Words, their vectors and counts, and optionally the fastText model they came from.

    Args:
        words: unique words, most frequent first.
        vectors_WE: float32 vectors, finite.
        counts_W: int64 occurrences in the training text; None where unknown.
        model: gives any text a vector from its character n-grams; None without subwords.
        language: as in swh_Latn; None where unknown.
        lowercase: the words are lower-cased, so text is too before it is looked up.
        facts: what else `meta.json` should say (trainer, settings).
        sentence_end: fastText's `</s>`, which is not a word and therefore not among them.
        translated: words whose translations the vectors were made with; they cannot measure how
            well an alignment translates.
        metrics: what was measured while they were made, for `metrics.json`; not read again.
        tables: further arrays of the words by file and name, for `<file>.npz`; not read again.
    """

    words: list[str]
    vectors_WE: Float32
    counts_W: Int64 | None = None
    model: SubwordModel | None = None
    language: str | None = None
    lowercase: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    sentence_end: SentenceEnd | None = None
    translated: frozenset[str] = frozenset()
    metrics: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, AnyFloats]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = self.vectors_WE.shape
        if len(shape) != 2 or shape[0] != len(self.words):
            raise InputError(f"{len(self.words)} words cannot have vectors of shape {shape}")
        if len(self.index) != len(self.words):
            raise InputError("the words of a vector set must be unique")
        if self.counts_W is not None and self.counts_W.shape != (len(self.words),):
            raise InputError(f"{len(self.words)} words cannot have {self.counts_W.size} counts")

    def __len__(self) -> int:
        return len(self.words)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self.vectors_WE.shape[1])

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each word."""
        return {word: position for position, word in enumerate(self.words)}

    def vectors_of(self, texts: Iterable[str]) -> Float32:
        """Vectors (N, E) of texts: of known words, else from subwords where there is a model.

        A text that is empty, unknown, or too short for an n-gram has the zero vector.
        """
        texts = [text.lower() for text in texts] if self.lowercase else list(texts)
        vectors_NE = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            if text in self.index:
                vectors_NE[row] = self.vectors_WE[self.index[text]]
            elif text and self.model is not None:
                vectors_NE[row] = self.model.get_word_vector(text)
        return vectors_NE

    def with_sentence_end(self) -> "VectorSet":
        """All entries of the vocabulary: the words, and `</s>` at its place among them.

        For vectors whose entries are tokens, and for methods whose authors count it as a word.
        """
        if self.sentence_end is None:
            return self
        words, counts_W = put_back(self.words, self.counts_W, self.sentence_end)
        vectors_WE = np.concatenate(rows_with_end(self.vectors_WE, self.sentence_end))
        return replace(
            self, words=words, vectors_WE=vectors_WE, counts_W=counts_W, sentence_end=None
        )

    def save(self, folder: Path) -> None:
        """Write `vectors.npy`, `vocab.txt`, `counts.npy`, `meta.json` and what else there is
        (`model.bin` or `parts.npz`, `steps.npz`, `translated.txt`, `metrics.json`, the tables)
        into an existing folder, usually one that `new_artifact` gave.

        Raises:
            InputError: a word is empty or has a line break.
        """
        for word in self.words:
            if "\n" in word or not word:
                raise InputError(f"word {word!r} cannot be saved: it is empty or has a line break")
        # The files have `</s>` at its place among the words; loading takes it out again.
        words, counts_W = self.words, self.counts_W
        if self.sentence_end is not None:
            words, counts_W = put_back(words, counts_W, self.sentence_end)
        write_matrix(folder / "vectors.npy", rows_with_end(self.vectors_WE, self.sentence_end))
        unknown_W = np.zeros(len(words), np.int64)
        np.save(folder / "counts.npy", unknown_W if counts_W is None else counts_W)
        _write_words(folder / "vocab.txt", words)
        if self.translated:
            _write_words(folder / "translated.txt", sorted(self.translated))
        if self.model is not None:
            save_subwords(self.model, folder)
        if self.metrics:
            write_json(folder / "metrics.json", self.metrics)
        for name, arrays in self.tables.items():
            np.savez(folder / f"{name}.npz", allow_pickle=False, **arrays)
        write_json(folder / "meta.json", self._meta())

    def _meta(self) -> dict[str, Any]:
        return {
            **self.facts,
            "language": self.language,
            "lowercase": self.lowercase,
            "words": len(self),
            "dimension": self.dimension,
            "has_counts": self.counts_W is not None,
            "has_subwords": self.model is not None,
        }

    @classmethod
    def load(cls, path: Path, maximum_words: int | None = None) -> "VectorSet":
        """Read a vector set from an artifact folder, a `.bin` of fastText, or word2vec text.

        Args:
            path: artifact folder, `.bin`, or text (`.vec`, `.txt`, also `.gz`).
            maximum_words: keep only so many words, the first.

        Raises:
            ArtifactError: a file of the artifact is missing or damaged.
            InputError: the file is not a vector file, or a number is NaN or infinite; the message
                names the file, and the line of a text.
        """
        if path.is_dir():
            found = cls._load_folder(path, maximum_words)
        elif not path.is_file():
            raise InputError(f"vectors {path} do not exist")
        elif path.suffix == ".bin":
            found = cls.of_model(fasttext_model.load(path), maximum_words)
        else:
            entries = text_format.read_text_vectors(path, _entries(maximum_words))
            found = cls._of_entries(*entries, None, maximum_words)
        if not all_finite(found.vectors_WE):
            raise InputError(f"vectors {path} have NaN or infinity; train or download them again")
        return found

    @classmethod
    def of_model(
        cls, model: Any, maximum_words: int | None = None, *, language: str | None = None
    ) -> "VectorSet":
        """The words of a loaded fastText model with their vectors (subwords included).

        Args:
            model: as `fasttext.load_model` returns it.
            maximum_words: keep only so many words, the first.
            language: as in swh_Latn.
        """
        words, counts = model.get_words(include_freq=True, on_unicode_error="replace")
        kept: dict[str, int] = {}
        for word, count in zip(words, counts, strict=True):
            # Replaced bytes can make two words equal: the first, more frequent one counts.
            kept.setdefault(word, int(count))
        chosen = list(kept)[: _entries(maximum_words)]
        vectors_WE = np.empty((len(chosen), model.get_dimension()), dtype=np.float32)
        for row, word in enumerate(chosen):
            vectors_WE[row] = model.get_word_vector(word)
        counts_W = np.array([kept[word] for word in chosen], dtype=np.int64)
        subwords = model if fasttext_model.has_subwords(model) else None
        return cls._of_entries(
            chosen, vectors_WE, counts_W, maximum_words, model=subwords, language=language
        )

    @classmethod
    def _of_entries(
        cls,
        words: list[str],
        vectors_WE: Float32,
        counts_W: Int64 | None,
        maximum_words: int | None,
        **more: Any,
    ) -> "VectorSet":
        """The first words of a file or model; its `</s>` is kept beside them."""
        words, vectors_WE, counts_W, end = take_out(words, vectors_WE, counts_W)
        counts_W = None if counts_W is None else counts_W[:maximum_words]
        return cls(
            words[:maximum_words], vectors_WE[:maximum_words], counts_W, sentence_end=end, **more
        )

    @classmethod
    def _load_folder(cls, folder: Path, maximum_words: int | None) -> "VectorSet":
        open_given(folder, VectorsFacts)
        missing = [name for name in _FILES if not (folder / name).is_file()]
        if missing:
            raise InputError(f"{folder} is not a vector set: {missing[0]} is missing")
        try:
            return cls._read_folder(folder, maximum_words)
        except (ValueError, KeyError, EOFError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise InputError(f"vectors {folder} are damaged ({reason}); make them again") from None

    @classmethod
    def _read_folder(cls, folder: Path, maximum_words: int | None) -> "VectorSet":
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        counts_W = np.load(folder / "counts.npy", allow_pickle=False)
        translated = folder / "translated.txt"
        entries = slice(_entries(maximum_words))
        return cls._of_entries(
            _read_words(folder / "vocab.txt")[entries],
            read_matrix(folder / "vectors.npy")[entries],
            counts_W[entries] if meta["has_counts"] else None,
            maximum_words,
            model=load_subwords(folder),
            language=meta["language"],
            lowercase=meta["lowercase"],
            translated=frozenset(_read_words(translated) if translated.is_file() else ()),
        )


def _entries(maximum_words: int | None) -> int | None:
    """How many entries to read for so many words: `</s>` may be among them."""
    return None if maximum_words is None else maximum_words + 1


def _write_words(path: Path, words: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(f"{word}\n" for word in words)


def _read_words(path: Path) -> list[str]:
    # Not splitlines(), which also cuts at characters such as U+2028 inside a word.
    return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
