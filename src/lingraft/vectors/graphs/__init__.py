"""The formats of graphs of words, one class in one file each: settings, and `read`.

- `graph`: what they all have.
- `cldr`: names and keywords of symbols in the Unicode CLDR.
- `ontology`: OBO and OWL.
- `translations`: dictionaries, as edges between two languages.
- `tsv`: a text file with an edge on each line.
- `umls`: MRCONSO and MRREL of the UMLS.
- `wordnet`: Princeton WordNet in its own format.

To add a format, write one file with a class that derives from `WordGraph`. How the configuration,
the key reference and the programs find it, and why the file must not import anything heavy at its
top, is said in `lingraft.config.registry`.
"""

from typing import TYPE_CHECKING

from lingraft.config.registry import declared, one_of
from lingraft.vectors.graphs.graph import WordGraph

GRAPHS = declared(__name__, WordGraph, "format")

if TYPE_CHECKING:
    AnyGraph = WordGraph
else:
    AnyGraph = one_of(GRAPHS, "format")
