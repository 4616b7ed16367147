"""What every normalizer has: the languages that it writes anew, and the rules for one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, Protocol, get_args

from lingraft.config.base import Block
from lingraft.errors import ConfigError


class SpellingRules(Protocol):
    """The rules for one language, loaded once."""

    def normalize(self, text: str) -> str:
        """The text as models read it."""

    def invert(self, text: str) -> str | None:
        """The text as people write it, as far as it comes back; None where nothing does."""


class Normalizer(Block):
    """Text is written anew before anything reads it: tokenizers, vectors, models, evaluations."""

    name: str
    """How the text is written."""

    package: ClassVar[str] = ""
    """The package that has its tables; its version is part of what artifacts say of it."""
    revision: ClassVar[int] = 0
    """Raised by one where the same text comes out otherwise than in an earlier version of this
    project; corpora with the normalizer are then made again."""
    scripts: ClassVar[tuple[str, ...]] = ()
    """The scripts that it writes anew (ISO 15924)."""
    case_is_spelling: ClassVar[bool] = False
    """Whether an upper-case letter is another letter than the lower-case one."""

    def covers(self, language: str) -> bool:
        """Whether it writes text of a language anew; it leaves all other text as it is.

        Args:
            language: as in hin_Deva.
        """
        return language.rpartition("_")[2] in self.scripts

    def rules(self, language: str) -> SpellingRules:
        """The rules for a language that it covers.

        Raises:
            ConfigError: the package with its tables is not installed.
        """
        raise NotImplementedError

    @classmethod
    @contextmanager
    def tables(cls) -> Iterator[None]:
        """Around the import of the package.

        Raises:
            ConfigError: it is not installed.
        """
        try:
            yield
        except ImportError as error:
            (name,) = get_args(cls.model_fields["name"].annotation)
            raise ConfigError(
                f"the normalizer {name} needs the package {cls.package} (pip install "
                f"{cls.package}, or lingraft[normalizers]): {error}"
            ) from None
