"""What tasks on static word vectors measure: an alignment of two spaces, or one space."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lingraft.corpus.normalizing import NormalizerMark
from lingraft.errors import InputError
from lingraft.evaluation.data.digests import digest_of_files
from lingraft.evaluation.subject import Subject, by_role, languages_of

if TYPE_CHECKING:
    from lingraft.vectors.vectorset import VectorSet

SIDES = ("source", "target")  # of an alignment
MOST_WORDS = 200_000  # of a vector space, as MUSE has them: fewer candidates inflate precision


@dataclass
class WordSubject(Subject):
    """A subject that is made of static word vectors.

    Attributes:
        data: datasets that the settings of tasks name.
        corpora: corpora of its language, by name.
    """

    data: Mapping[str, Path] = field(default_factory=dict)
    corpora: Mapping[str, Path] = field(default_factory=dict)
    _loaded: dict[tuple[Path, int], "VectorSet"] = field(
        default_factory=dict, init=False, repr=False
    )

    def dataset(self, name: str) -> dict[str, Path]:
        """Language -> folder of a dataset artifact; of translations, both: `eng_Latn-swh_Latn`.

        Raises:
            InputError: the dataset was not given, or has no languages.
        """
        return self.alike.of(languages_of(self.data, name))

    def _mark(self) -> NormalizerMark:
        from lingraft.vectors.text_doors import mark_of_vectors

        return mark_of_vectors(self.folder)

    def _text_folders(self) -> dict[str, Path]:
        return by_role(corpora=self.corpora)

    def _frequent_words(self, folder: Path, words: int = MOST_WORDS) -> "VectorSet":
        from lingraft.vectors.vectorset import VectorSet

        if (folder, words) not in self._loaded:
            self._loaded[folder, words] = VectorSet.load(folder, words)
        return self._loaded[folder, words]

    def _own_digests(self) -> dict[str, str]:
        return {"folder": digest_of_files(self.folder)}


@dataclass
class AlignmentSubject(WordSubject):
    """An alignment of two vector spaces.

    Attributes:
        data: the spaces (`source`, `target`), and the datasets that the settings name.
        corpora: corpora of the target language, by name.
        pivots: for each of these corpora the corpus of the source language that it follows.
    """

    kind = "alignment"

    pivots: Mapping[str, Path] = field(default_factory=dict)

    def vectors(self, side: str) -> "VectorSet":
        """The most frequent words of the `source` or the `target` space.

        Raises:
            InputError: the space was not given.
        """
        if side not in self.data:
            raise InputError(f"this task needs `data={side}=PATH`")
        return self._frequent_words(self.data[side])

    def _mark(self) -> NormalizerMark:
        from lingraft.vectors.text_doors import mark_of_vectors

        sides = [self.data[side] for side in SIDES if side in self.data]
        return next(filter(None, map(mark_of_vectors, sides)), {})

    def _data_folders(self) -> dict[str, Path]:
        sides = {name: folder for name, folder in self.data.items() if name in SIDES}
        data = {name: folder for name, folder in self.data.items() if name not in SIDES}
        return by_role(vectors=sides, data=data, corpora=self.corpora, pivots=self.pivots)


@dataclass
class VectorsSubject(WordSubject):
    """Static word vectors of one language."""

    kind = "vectors"

    def vectors(self, words: int = MOST_WORDS) -> "VectorSet":
        """The most frequent words."""
        return self._frequent_words(self.folder, words)

    def _data_folders(self) -> dict[str, Path]:
        return by_role(corpora=self.corpora, data=self.data)
