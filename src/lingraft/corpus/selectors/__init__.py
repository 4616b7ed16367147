"""The ways to choose training text that is near a sample, one class in one file each.

- `selector`: what they all have: the sample, how much is kept, and `scores`.
- `binary_paragraph_vectors`: by codes and vectors of documents that predict their words.
- `cross_entropy_difference`: by n-grams that the sample has more often than the corpus.

To add one, write one file with a class that derives from `Selector`. How the configuration, the key
reference and the programs find it, and why the file must not import anything heavy at its top, is
said in `lingraft.config.registry`.
"""

from typing import TYPE_CHECKING

from lingraft.config.registry import declared, one_of
from lingraft.corpus.selectors.selector import Selector

SELECTORS = declared(__name__, Selector, "method")

if TYPE_CHECKING:
    AnySelector = Selector
else:
    AnySelector = one_of(SELECTORS, "method")
