"""The methods of alignment, one class in one file each: settings, and `fit`.

- `aligner`: what they all have.
- `anchors`: a word as its similarities to translated words.
- `hyperalignment`: several target languages and the source in one space.
- `procrustes`: one orthogonal map.
- `rcsls`: trained for retrieval by CSLS.
- `refinement`: repeated on the mutual nearest neighbors that it finds (MUSE).
- `identity`: no map, for vectors that share a space already.
- `self_learning`: repeated on the translations of all frequent words, from 25 pairs or none.
- `auto`: the method that the number of pairs asks for.
- `wasserstein`: without a pair, by matching batches of words.
- `vecmap`: whiten, rotate, re-weight, de-whiten.

To add a method, write one file with a class that derives from `Aligner`. How the configuration, the
key reference and the programs find it, and why the file must not import anything heavy at its top,
is said in `lingraft.config.registry`.
"""

from lingraft.config.registry import declared
from lingraft.vectors.aligners.aligner import Aligner

ALIGNERS = declared(__name__, Aligner, "method")
