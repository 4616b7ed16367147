"""Bilingual dictionaries: one reader per format, each an iterator of word pairs.

A new format is one file with one function, a block in `lingraft.config.vectors`, and an entry
in `READERS`.
"""

from lingraft.vectors.dictionaries.places import Places
from lingraft.vectors.dictionaries.reading import READERS, read_dictionaries, read_pairs_file

__all__ = ["READERS", "Places", "read_dictionaries", "read_pairs_file"]
