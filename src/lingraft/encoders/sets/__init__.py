"""The kinds of training sets, one class in one file each: settings, and `read`.

- `definitions`: entries of dictionaries.
- `mined`: pairs of another set with hard negatives.
- `records`: the user's own files, in any form.
- `texts`: single documents or sentences of corpora.
- `titles`: headings and titles of corpora, and the texts behind them.
- `translations`: the parallel text of corpora.

To add a kind, write one file with a class that derives from `TrainingSet`. How the configuration,
the key reference and the programs find it, and why the file must not import anything heavy at its
top, is said in `lingraft.config.registry`.
"""

from typing import TYPE_CHECKING

from lingraft.config.registry import declared, one_of
from lingraft.encoders.training_set import TrainingSet

SETS = declared(__name__, TrainingSet, "kind")

if TYPE_CHECKING:
    AnySet = TrainingSet
else:
    AnySet = one_of(SETS, "kind")
