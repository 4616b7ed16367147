"""The losses of encoders, one class in one file each: settings, and the module that they make.

- `distillation`: a translation's vector learns to be the teacher's vector of the original;
- `infonce`: a text's vector is nearest to that of the text that belongs to it;
- `cosent`, `angle`: pairs with a higher score are more similar;
- `margin_mse`, `kl_divergence`: documents get the scores of a teacher;
- `softmax_nli`: a classifier of pairs on their two vectors;
- `dse`: such a classifier, with a teacher that reads both texts together;
- `defsent`, `defsent_plus`: a definition's vector finds its word;
- `e2rank`: one model that embeds, and ranks lists;
- `simcse`, `tsdae`: from texts alone.

To add a loss, write one file with a class that derives from `Loss`. How the configuration, the key
reference and the programs find it, and why the file must not import anything heavy at its top, is
said in `lingraft.config.registry`. A module that no library has is in `lingraft.encoders.modules`.
"""

from typing import TYPE_CHECKING

from lingraft.config.registry import declared, one_of
from lingraft.encoders.loss import Loss

LOSSES = declared(__name__, Loss, "name")

if TYPE_CHECKING:
    AnyLoss = Loss
else:
    AnyLoss = one_of(LOSSES, "name")
