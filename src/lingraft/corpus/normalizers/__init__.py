"""The ways to write text anew before any model reads it, one class in one file each.

- `normalizer`: what they all have: the languages they write, and rules for one of them.
- `none`: text stays as it is.
- `wx`: the Indic scripts in one ASCII notation, by wxconv.
- `iast`, `iso`, `itrans`: romanizations of the Indic scripts; `indic_schemes`: what they share.
- `romanize`: any script in ASCII letters, by anyascii.
- `marking`: Latin passages of a text in another script, marked so that they come back.

To add one, write one file with a class that derives from `Normalizer`. How the configuration, the
key reference and the programs find it, and why the file must not import anything heavy at its top,
is said in `lingraft.config.registry`. How artifacts carry it:
`lingraft.corpus.normalizing`.
"""

from typing import TYPE_CHECKING

from lingraft.config.registry import declared, one_of
from lingraft.corpus.normalizers.normalizer import Normalizer

NORMALIZERS = declared(__name__, Normalizer, "name")

if TYPE_CHECKING:
    AnyNormalizer = Normalizer
else:
    AnyNormalizer = one_of(NORMALIZERS, "name")
