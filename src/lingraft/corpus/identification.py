"""Identifies a corpus's language with a fastText model, such as GlotLID or lid.176."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lingraft.corpus.fasttext_files import SUPERVISED, check_fasttext
from lingraft.corpus.reading.files import find_files
from lingraft.corpus.settings import Corpus, Identification
from lingraft.errors import InputError

_PREFIX = "__label__"
_SMALLEST = 0.01  # labels less probable than this do not count


class LanguageIdentifier:
    """Decides whether a text is in the language of a corpus."""

    def __init__(self, model: Any, labels: Sequence[str], minimum: float) -> None:
        """Take a loaded model.

        Args:
            model: a supervised model of fastText.
            labels: labels of the language, without `__label__`.
            minimum: probability that they must have together.
        """
        self._model = model
        self._labels = {_PREFIX + label for label in labels}
        self._minimum = minimum

    @classmethod
    def load(cls, settings: Identification, language: str, folder: Path) -> "LanguageIdentifier":
        """Load the model from the files of a download.

        Args:
            settings: what to load, and what to keep.
            language: language of the corpus, the label where the settings give none.
            folder: the files of the download.

        Raises:
            InputError: there is no such file, it is damaged or not a classifier, or it does not
                know a label.
        """
        path, *others = find_files(folder, settings.file, (), settings.source)
        if others:
            raise InputError(f"source {settings.source} has several files {settings.file!r}")
        if check_fasttext(path).model != SUPERVISED:
            raise InputError(
                f"{path} has word vectors; a model that identifies languages is needed"
            )
        import fasttext

        model = fasttext.load_model(str(path))
        labels = settings.labels or (language,)
        known = set(model.get_labels(on_unicode_error="replace"))
        for label in labels:
            if _PREFIX + label not in known:
                raise InputError(
                    f"the language model {path.name} has no label {label!r}; set "
                    "cleaning.identification.labels to what it calls the language"
                )
        return cls(model, labels, settings.minimum)

    def accepts(self, text: str) -> bool:
        """Whether the labels together are as probable as the settings ask."""
        # fastText refuses line breaks; -1 asks for all labels, not only the best.
        labels, probabilities = self._model.predict(
            text.replace("\n", " "), -1, _SMALLEST, on_unicode_error="replace"
        )
        found = zip(labels, probabilities, strict=True)
        total = sum(float(value) for label, value in found if label in self._labels)
        return total >= self._minimum


def language_identifier(settings: Corpus, folders: Mapping[str, Path]) -> LanguageIdentifier | None:
    """The identifier that a corpus asks for, from its downloads by source; None without one."""
    block = settings.cleaning.identification
    if block is None:
        return None
    return LanguageIdentifier.load(block, settings.language, folders[block.source] / "files")
