"""Sources of data and models, one file each: what a source names becomes a folder of files.

To add a kind of source, write a module with a `fetch` function, add its block to
`lingraft.config.sources` and name the function in `FETCHERS`.
"""

from collections.abc import Callable
from typing import Any

from lingraft.config.sources import Source
from lingraft.corpus.fetching.place import Facts, Place
from lingraft.corpus.sources import debian, http, hub, local, npm, pypi

# kind -> function that puts the files into `place.files` and returns what is known about them
FETCHERS: dict[str, Callable[[Any, Place], Facts]] = {
    "debian": debian.fetch,
    "pypi": pypi.fetch,
    "npm": npm.fetch,
    "hub": hub.fetch,
    "http": http.fetch,
    "local": local.fetch,
}


def fetch(source: Source, place: Place) -> Facts:
    """Fetch a source of any kind.

    Raises:
        InputError: the source does not exist, has another digest, or is damaged.
    """
    return FETCHERS[source.kind](source, place)
