"""Architectures without weights: for tests, and for small models of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lingraft.models.formats.format import ModelFormat

if TYPE_CHECKING:
    from pathlib import Path

    from lingraft.config.pretraining import Objective
    from lingraft.models.door import Opened


class Untrained(ModelFormat):
    """A configuration and a tokenizer; all weights are drawn at random."""

    name = "untrained"
    content = (
        "config.json and the tokenizer only, weights drawn at random (tests, own small models)"
    )
    is_random = True

    def read(self, path: Path, objective: Objective | None) -> Opened:
        """Draw the weights as the architecture does it, from torch's seed."""
        from lingraft.errors import foreign
        from lingraft.models.door import Opened
        from lingraft.models.objective import auto_class
        from lingraft.models.stored import read_architecture
        from lingraft.models.ties import require_matrices

        config = read_architecture(path)
        with foreign(f"model in {path}"):
            model = auto_class(config, objective).from_config(config, trust_remote_code=False)
        require_matrices(model)
        model.train(False)
        return Opened(model, ())
