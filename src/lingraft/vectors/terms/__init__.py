"""The ways to find terms of several words, one class in one file each: settings, and `find`.

- `finder`: what they all have.
- `npmi`: words that stand together more often than by chance.
- `c_value`: frequent sequences, not only inside of longer ones.
- `listed`: a file with a term on each line.
- `ontology`: the words of a graph.

To add a way, write one file with a class that derives from `TermFinder`. How the configuration,
the key reference and the programs find it, and why the file must not import anything heavy at its
top, is said in `lingraft.config.registry`.
"""

from typing import TYPE_CHECKING

from lingraft.config.registry import declared, one_of
from lingraft.vectors.terms.finder import TermFinder

FINDERS = declared(__name__, TermFinder, "method")

if TYPE_CHECKING:
    AnyTermFinder = TermFinder
else:
    AnyTermFinder = one_of(FINDERS, "method")
