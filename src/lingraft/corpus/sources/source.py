"""What every kind of source has: settings, a name, and a method that fetches its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import StringConstraints

from lingraft.config.base import Block
from lingraft.config.patterns import Pattern, is_kept

if TYPE_CHECKING:
    from lingraft.corpus.fetching.place import Place

# Package names and versions become arguments of apt-get, pip and npm: no options, no shell.
Version = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+:~!_-]*$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$", to_lower=True)]

SourceFacts = dict[str, Any]  # plain JSON values, for the manifest


class Source(Block):
    """A download: what it names becomes a folder of files."""

    if TYPE_CHECKING:
        kind: str  # a field of each kind, which names it

    keep: tuple[Pattern, ...] = ()
    """Shell patterns of the files to keep of an archive or repository, such as `*/i18n/*`, where
    `*` also matches slashes; empty keeps everything."""

    license: str | None = None
    """License of the content, for the report. Unset: the one that the package states."""

    # Settings that do not change the bytes that a server sends.
    not_asked: ClassVar[frozenset[str]] = frozenset({"license"})

    @property
    def origin(self) -> str:
        """What names the source where it comes from: a package, a repository, an address."""
        raise NotImplementedError

    def keeps(self, name: str) -> bool:
        """Whether a file, by its path inside the source, is kept."""
        return is_kept(name, self.keep)

    def fetch(self, place: Place) -> SourceFacts:
        """Put the files into `place.files` and return what is known about them.

        Raises:
            InputError: the source does not exist, has another digest, or is damaged.
        """
        raise NotImplementedError


class ArchiveSource(Source):
    """A source whose files come in one archive."""

    sha256: Digest | None = None
    """Expected SHA-256 of the downloaded archive; any other content is refused."""

    not_asked: ClassVar[frozenset[str]] = Source.not_asked | {"sha256"}
