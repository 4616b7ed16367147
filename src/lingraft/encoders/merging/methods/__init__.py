"""The methods of merging, one class in one file each: settings, and `merge`.

- `method`: what they all have.
- `average`: the mean of the weights.
- `task_arithmetic`: the base plus the sum of all changes.
- `slerp`: between two models along the arc.
- `ties`: the largest changes on which the members agree in sign.
- `self_positioning`: the base plus a mixture of the changes that a probe likes best.

To add a method, write one file with a class that derives from `Merging`. How the configuration, the
key reference and the programs find it, and why the file must not import anything heavy at its top,
is said in `lingraft.config.registry`.
"""

from lingraft.config.registry import declared, one_of
from lingraft.encoders.merging.methods.method import Merging

MERGINGS = declared(__name__, Merging, "method")

AnyMerging = one_of(MERGINGS, "method", "average")
