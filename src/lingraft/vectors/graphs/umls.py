"""The UMLS Metathesaurus: names of concepts in MRCONSO.RRF, relations between them in MRREL.RRF.

Columns are split by `|` (UMLS reference manual, "Metathesaurus - Rich Release Format").
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lingraft.errors import InputError
from lingraft.vectors.graphs.graph import DownloadedGraph, GraphInputs, related, synonyms

if TYPE_CHECKING:
    from lingraft.vectors.edges import Edge

# MRCONSO: concept 0, language 1, string 14, suppressed 16. MRREL: concept 0, relation 3, concept 4,
# name of the relation 7.
_CONSO_COLUMNS, _REL_COLUMNS = 18, 16


class UmlsGraph(DownloadedGraph):
    """MRCONSO.RRF and MRREL.RRF of the UMLS, which needs a licence of its own.

    Relations are `synonym` (names of one concept), and MRREL's: RELA where it is given, such as
    `isa`, else REL, such as `PAR`.
    """

    format: Literal["umls"]
    language: str = "ENG"
    """Language of the names, as MRCONSO's column LAT has it."""

    def read(self, inputs: GraphInputs) -> Iterator[Edge]:
        """Yield names of one concept, then related names of two.

        Raises:
            InputError: a file is missing or cut off, or no name is in this language.
        """
        from lingraft.vectors.graph_files import only_file

        folder = inputs.given.download(self.source)
        names = self._names(only_file(folder, "MRCONSO.RRF"))
        for own in names.values():
            yield from synonyms(own)
        for row in _rows(only_file(folder, "MRREL.RRF"), _REL_COLUMNS):
            heads, tails = names.get(row[0], ()), names.get(row[4], ())
            yield from related(heads, tails, row[7] or row[3])

    def _names(self, path: Path) -> dict[str, dict[str, None]]:
        """Names of each concept, in the order of the file, each once."""
        found: dict[str, dict[str, None]] = {}
        for row in _rows(path, _CONSO_COLUMNS):
            if row[1] == self.language and row[16] not in ("O", "Y", "E"):
                found.setdefault(row[0], {})[row[14]] = None
        if not found:
            raise InputError(f"{path} has no name of language {self.language!r}")
        return found


def _rows(path: Path, columns: int) -> Iterator[list[str]]:
    from lingraft.vectors.graph_files import table

    for place, row in table(path, "|"):
        # Each column ends with a bar, so the split gives an empty one more.
        if len(row) < columns:
            raise InputError(f"{place} has {len(row)} columns, not {columns}; is the file cut off?")
        yield row
