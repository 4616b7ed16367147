"""The generators of rows: one file each, with settings, reader and network.

- `byte2word`: bytes of a token, looked at by learned queries.
- `hypernetwork`: source rows of a token's pieces, through a transformer (ZeTT).
- `hyperofa`: vectors of the words that a token is in, through an LSTM or a set transformer.

To add a generator, write one file with a class that derives from `Generator`. How the
configuration, the key reference and the programs find it, and why the file must not import anything
heavy at its top, is said in `lingraft.config.registry`.
"""

from typing import TYPE_CHECKING

from lingraft.config.registry import declared, one_of
from lingraft.initialization.generator import Generator

GENERATORS = declared(__name__, Generator, "method")

if TYPE_CHECKING:
    AnyGenerator = Generator
else:
    AnyGenerator = one_of(GENERATORS, "method")
