"""The kinds of sources, one class in one file each: settings, and `fetch`.

- `source`: what they all have.
- `debian`: a Debian or Ubuntu package.
- `http`: a file at an address.
- `hub`: a repository of the Hugging Face hub.
- `local`: a file or folder of this machine.
- `npm`: a package of the npm registry.
- `pypi`: a package of the Python index.

To add a kind, write one file with a class that derives from `Source` (or `ArchiveSource`). How the
configuration, the key reference and the programs find it, and why the file must not import anything
heavy at its top, is said in `lingraft.config.registry`.
"""

from typing import TYPE_CHECKING

from lingraft.config.registry import declared, one_of
from lingraft.corpus.sources.source import Source

SOURCES = declared(__name__, Source, "kind")

if TYPE_CHECKING:
    AnySource = Source
else:
    AnySource = one_of(SOURCES, "kind")
