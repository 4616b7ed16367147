"""The ways to refine word vectors, one class in one file each: settings, and `refine`.

- `refiner`: what they all have.
- `retrofitting`: words come closer to their neighbors in graphs and dictionaries.
- `knowledge`: distances of connected words are minimal.
- `counter_fitting`: synonyms attract, antonyms repel.
- `all_but_the_top`: without the mean and the strongest directions.
- `pca`: the first principal components, whitened if wanted.
- `quantization`: rounded to codes of a few bytes.

To add a refiner, write one file with a class that derives from `Refiner`. How the configuration,
the key reference and the programs find it, and why the file must not import anything heavy at its
top, is said in `lingraft.config.registry`.
"""

from typing import TYPE_CHECKING

from lingraft.config.registry import declared, one_of
from lingraft.vectors.refiners.refiner import Refiner

REFINERS = declared(__name__, Refiner, "name")

if TYPE_CHECKING:
    AnyRefiner = Refiner
else:
    AnyRefiner = one_of(REFINERS, "name")
