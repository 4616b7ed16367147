"""Text that is written anew, and what artifacts say of it: the same for all text of a model.

The text of a corpus is normalized once, where the corpus is made, and keeps its original beside it.
Everything that is made from the corpus carries the mark of the normalizer (`NormalizerMark`), up to
the tokenizer in the folder of a trained model. Other text, such as labelled sets, comes to a model
through `TextDoor`, which normalizes by the mark of the model's tokenizer. So no text can reach a
model that is written otherwise than the text that the model learned.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import regex

from lingraft.artifacts import fingerprint
from lingraft.config.base import LANGUAGE_PATTERN
from lingraft.config.checking import check_block
from lingraft.corpus.documents import ORIGINAL, Document
from lingraft.corpus.normalizers import NORMALIZERS
from lingraft.corpus.normalizers.normalizer import Normalizer, SpellingRules
from lingraft.corpus.scripts import characters_of
from lingraft.corpus.splitting import fold, fold_signs
from lingraft.corpus.words import split_words
from lingraft.errors import InputError

NormalizerMark = dict[str, Any]
"""A normalizer, its options, and the version of its tables, as manifests have it; empty: none."""

_PACKAGE, _REVISION = _BESIDE = "package", "revision"  # in marks, beside the normalizer's options
_MEASURED = 5_000_000  # characters of a corpus; more changes no digit that matters
_SHOWN = 10  # characters that come back least


def mark_of(normalizer: Normalizer) -> NormalizerMark:
    """What artifacts say of a normalizer; empty for none."""
    if normalizer.name == "none":
        return {}
    mark = {**normalizer.model_dump(mode="json"), _PACKAGE: _version(normalizer.package)}
    return mark | ({_REVISION: normalizer.revision} if normalizer.revision else {})


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:  # whoever asks for rules says what to install
        return package


def normalizer_of(mark: NormalizerMark, place: str) -> Normalizer:
    """The normalizer that made a mark, whatever tables are installed.

    Args:
        mark: of an artifact.
        place: where it is, for messages.

    Raises:
        InputError: this version does not know it.
    """
    if not mark:
        return NORMALIZERS["none"](name="none")
    kind = NORMALIZERS.get(str(mark.get("name")))
    if kind is None:
        raise InputError(
            f"{place} is normalized by {mark.get('name')!r}, which this version does not know"
        )
    return check_block(kind, _options(mark), f"the normalizer of {place}")


def _options(mark: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in mark.items() if key not in _BESIDE}


def _tables(mark: Mapping[str, Any]) -> str:
    """The version of what writes the text: `wxconv 1.0.0.0`, or `wxconv 1.0.0.0, revision 1`."""
    revision = [f"{_REVISION} {mark[_REVISION]}"] if _REVISION in mark else []
    return ", ".join([str(mark.get(_PACKAGE)), *revision])


def require_tables(mark: NormalizerMark, place: str) -> None:
    """Refuse to write text by other tables than those that made a mark.

    Args:
        mark: of an artifact, not empty.
        place: where it is, for messages.

    Raises:
        InputError: another version of its package is installed, or none.
    """
    normalizer, made_by = normalizer_of(mark, place), str(mark.get(_PACKAGE))
    package = normalizer.package
    if mark.get(_REVISION, 0) != normalizer.revision:
        raise InputError(
            f"{place} is normalized by rules of {normalizer.name} that were changed since: make "
            "the corpora again, and what is made from them"
        )
    if (installed := _version(package)) == made_by:
        return
    if installed == package:
        raise InputError(
            f"{place} is normalized by {made_by}, which is not installed: pip install "
            f"{made_by.replace(' ', '==')}, or lingraft[normalizers]"
        )
    raise InputError(
        f"{place} is normalized by {made_by}, and {installed} is installed: install that version, "
        "or make the corpora again"
    )


def described(mark: Mapping[str, Any]) -> str:
    """A mark in words: `wx (latin: marked; wxconv 1.0.0.0)`; `none` for an empty one."""
    if not mark:
        return "none"
    options = [f"{key}: {value}" for key, value in _options(mark).items() if key != "name"]
    return f"{mark['name']} ({'; '.join([*options, _tables(mark)])})"


def same_text(one: NormalizerMark, other: NormalizerMark, language: str) -> bool:
    """Whether two marks mean the same text of a language: equal, or both leave it as it is."""
    return one == other or not any(
        normalizer_of(mark, f"text of {language}").covers(language) for mark in (one, other)
    )


def is_language(name: str) -> bool:
    """Whether a name is the code of a language in its script, as hin_Deva."""
    return regex.match(LANGUAGE_PATTERN, name) is not None


def require_same_text(
    mark: NormalizerMark, place: str, other: NormalizerMark, other_place: str, language: str
) -> None:
    """Refuse text that is written otherwise than what it is to meet.

    Args:
        mark: of the text.
        place: where the text is.
        other: of what it meets.
        other_place: what that is.
        language: of the text.

    Raises:
        InputError: they differ, or the language of the text is not known.
    """
    if mark != other and not is_language(language):
        raise InputError(
            f"{place}: {language!r} is not the code of a language, as hin_Deva is, so nobody knows "
            f"whether {other_place} ({described(other)}) reads its text as it is; name the folder "
            "by its language, as in hin_Deva=FOLDER"
        )
    if same_text(mark, other, language):
        return
    if mark and other and _options(mark) == _options(other):
        raise InputError(
            f"{place} ({language}) is normalized by {_tables(mark)}, and {other_place} by "
            f"{_tables(other)}: make both again with the same version"
        )
    raise InputError(
        f"{place} ({language}) has the normalizer {described(mark)}, and {other_place} has "
        f"{described(other)}: give the corpora the same `normalizer`"
    )


def common_mark(texts: Mapping[str, tuple[NormalizerMark, str]]) -> NormalizerMark:
    """The mark of what is made from several texts.

    Args:
        texts: place of each text -> its mark and its language.

    Raises:
        InputError: the texts are not written alike.
    """
    found = {place: mark for place, (mark, _) in texts.items() if mark}
    if not found:
        return {}
    chosen, common = next(iter(found.items()))
    for place, (mark, language) in texts.items():
        require_same_text(mark, place, common, chosen, language)
    return common


@dataclass(frozen=True)
class TextDoor:
    """The door through which text comes to a model or to vectors: as their own text was written."""

    mark: NormalizerMark
    place: str
    """What the text comes to, for messages."""
    _rules: dict[str, SpellingRules | None] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def normalizer(self) -> Normalizer:
        """The normalizer of the mark."""
        return normalizer_of(self.mark, self.place)

    @property
    def fingerprint(self) -> str:
        """A short digest of the mark; empty for none."""
        return fingerprint(self.mark)[:16] if self.mark else ""

    def rules(self, language: str) -> SpellingRules | None:
        """The rules for a language; None where its text stays as it is."""
        if language not in self._rules:
            covers = self.normalizer.covers(language)
            if covers:
                require_tables(self.mark, self.place)
            self._rules[language] = self.normalizer.rules(language) if covers else None
        return self._rules[language]

    def text(self, text: str, language: str) -> str:
        """The text as it was learned."""
        rules = self.rules(language)
        return text if rules is None else rules.normalize(text)

    def original(self, text: str, language: str) -> str:
        """A text that a model wrote, as people write it, as far as it comes back."""
        rules = self.rules(language)
        found = text if rules is None else rules.invert(text)
        return text if found is None else found

    def values(self, value: Any, language: str) -> Any:
        """The texts in a value of JSON, wherever they are, as they were learned."""
        if isinstance(value, str):
            return self.text(value, language)
        if isinstance(value, list | tuple):
            return [self.values(each, language) for each in value]
        return value


class Normalizing:
    """Normalizes the documents of a corpus, and measures what does not come back."""

    def __init__(self, normalizer: Normalizer, language: str) -> None:
        """Take the rules for the corpus.

        Args:
            normalizer: of the corpus's block.
            language: of the corpus, which the normalizer covers, unless it is `none`.

        Raises:
            ConfigError: the package with the tables is not installed.
        """
        self.language = language
        self.mark = mark_of(normalizer)
        self._rules = normalizer.rules(language) if self.mark else None
        self._losses = _Losses(language)

    def document(self, document: Document) -> Document:
        """The document as models read it; its original text goes into its metadata."""
        if self._rules is None:
            return document
        text = self._rules.normalize(document.text)
        self._losses.add(document.text, text, self._rules)
        return replace(document, text=text, metadata={**document.metadata, ORIGINAL: document.text})

    def text(self, text: str) -> str:
        """One text as models read it."""
        return text if self._rules is None else self._rules.normalize(text)

    def key(self, text: str) -> str:
        """What decides whether a text says the same as another one, to a person or a model.

        Args:
            text: not normalized. Its case goes first: in romanized text case can be spelling.
        """
        folded = fold_signs(self.text(text.casefold()))
        return folded or fold(text)

    def losses(self) -> dict[str, Any]:
        """Shares of the original text that do not come back, and what is of another script."""
        return self._losses.summary()

    def statistics(self) -> dict[str, Any]:
        """What the corpus's statistics say of it; nothing without a normalizer."""
        return {"normalizer": {**self.mark, **self.losses()}} if self.mark else {}


class _Losses:
    """What of the original text does not come back, and what was not of the language's script."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._foreign = _letters_of_other_scripts(language.rpartition("_")[2])
        self._latin = regex.compile(r"\p{Latin}+")
        self._counts: Counter[str] = Counter()
        self._lost: Counter[str] = Counter()
        self._inverts = True

    def add(self, original: str, text: str, rules: SpellingRules) -> None:
        counts = self._counts
        counts["original_bytes"] += len(original.encode())
        counts["latin_words"] += len(self._latin.findall(original))
        if self._foreign is not None:
            counts["letters_of_other_scripts"] += len(self._foreign.findall(original))
        if counts["measured_characters"] > _MEASURED or not self._inverts:
            return
        back = rules.invert(text)
        if back is None:
            self._inverts = False
            return
        # The order is left out of account: what is lost is missing somewhere in the text.
        lost = Counter(original) - Counter(back)
        words, found = (Counter(split_words(side, self._language)) for side in (original, back))
        counts["measured_characters"] += len(original)
        counts["measured_words"] += words.total()
        counts["measured_texts"] += 1
        counts["lost_characters"] += lost.total()
        counts["lost_words"] += (words - found).total()
        counts["whole_texts"] += back == original
        self._lost += lost

    def summary(self) -> dict[str, Any]:
        counts = self._counts
        told: dict[str, Any] = {
            name: counts[name]
            for name in ("original_bytes", "latin_words", "letters_of_other_scripts")
            if name != "letters_of_other_scripts" or self._foreign is not None
        }
        if not self._inverts:
            return told | {"comes_back": False}
        shares = {
            "lost_characters": counts["lost_characters"] / max(1, counts["measured_characters"]),
            "lost_words": counts["lost_words"] / max(1, counts["measured_words"]),
            "whole_texts": counts["whole_texts"] / max(1, counts["measured_texts"]),
        }
        # The most frequent first, and among equals by the character itself.
        ranked = sorted(self._lost.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN]
        return told | {
            "comes_back": True,
            **{name: round(share, 6) for name, share in shares.items()},
            "lost_most": {f"U+{ord(sign):04X} {sign}": count for sign, count in ranked},
        }


def _letters_of_other_scripts(script: str) -> "regex.Pattern[str] | None":
    """Letters that are neither Latin nor of a script; None for a code that nobody knows."""
    own = characters_of(script)
    return None if own is None else regex.compile(rf"[\p{{L}}--{own}--\p{{Latin}}]", regex.V1)
