"""From clean documents to those of the corpus, each with the keys that the split needs."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lingraft.corpus.documents import ORIGINAL, Document
from lingraft.corpus.normalizing import Normalizing
from lingraft.corpus.pivot import Pivot
from lingraft.corpus.settings import Cleaning
from lingraft.corpus.splitting import Keys, Part, hash_of, keys_of
from lingraft.errors import InputError


@dataclass(frozen=True, slots=True)
class Candidate:
    """A clean document on its way into the corpus.

    pivot: the pivot's text with the same id, or None.
    same: id of an earlier document with the same text, or None. Such a document is left out of the
    corpus, but it can still be one side of another translation pair.
    """

    id: str
    text: str
    metadata: dict[str, Any]
    pivot: str | None = None
    same: str | None = None

    @property
    def original(self) -> str:
        """The text as people write it: the text itself unless it is normalized."""
        return str(self.metadata.get(ORIGINAL, self.text))


@dataclass
class Collector:
    """Finds repeated and untranslated documents and counts them.

    rules: cleaning rules of the corpus.
    pivot: texts of the pivot, by id.
    normalizing: what writes the text anew, once nothing asks for the original any more.
    keys: the keys of each candidate, for the split.
    repeated: ids of documents whose text a later one repeats.
    counts: what was dropped, by reason.
    """

    rules: Cleaning
    pivot: Pivot
    normalizing: Normalizing
    keys: list[Keys] = field(default_factory=list)
    repeated: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._ids: set[int] = set()
        self._first: dict[int, str] = {}  # hash of a text -> id of the first document with it

    def collect(self, documents: Iterable[Document]) -> Iterator[Candidate]:
        """Yield the candidates among clean documents; `keys` gets the keys of each.

        Raises:
            InputError: two documents have the same id.
        """
        for document in documents:
            self._check_id(document.id)
            if self.rules.drop_untranslated and self.pivot.original(document.id) == document.text:
                self.counts["dropped_untranslated"] += 1
                continue
            yield self._candidate(document)

    def _candidate(self, document: Document) -> Candidate:
        normal = self.normalizing.document(document)
        text = normal.text
        first = self._first.setdefault(hash_of(text), document.id)
        pivot = self.pivot.texts.get(document.id)
        given = self.pivot.parts.get(document.id)
        said = self.pivot.original(document.id)
        read = self.normalizing.key(document.text) if self.normalizing.mark else None
        if first == document.id or not self.rules.deduplicate:
            group = document.metadata.get("group")
            self.keys.append(keys_of(document.text, group, said, given, read))
            return Candidate(document.id, text, normal.metadata, pivot)
        self.counts["dropped_duplicates"] += 1
        self.repeated.add(first)
        # Whether a repeated text is held out depends on its first document alone.
        self.keys.append(keys_of(document.text, None, said, Part.TRAIN, read))
        return Candidate(document.id, text, {}, pivot if given is Part.TRAIN else None, first)

    def _check_id(self, identifier: str) -> None:
        key = hash_of(identifier)
        if key in self._ids:
            raise InputError(
                f"two documents have the id {identifier!r}; give each input of the corpus its own "
                "`namespace`, or an `id_field` whose values differ"
            )
        self._ids.add(key)
