"""The losses of encoders, one class in one file each: settings, and the module that they make.

- `distillation`: a translation's vector learns to be the teacher's vector of the original;
- `infonce`: a text's vector is nearest to that of the text that belongs to it.

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
