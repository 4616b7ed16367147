"""Folders as `save_pretrained` of transformers writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lingraft.models.formats.format import ModelFormat

if TYPE_CHECKING:
    from pathlib import Path

    from lingraft.config.pretraining import Objective
    from lingraft.models.door import Opened


class HuggingFace(ModelFormat):
    """A folder with configuration, weights and tokenizer."""

    name = "huggingface"
    content = "a folder with config.json and weights"

    def read(self, path: Path, objective: Objective | None) -> Opened:
        """Read the weights, checked by name, shape and value; see `door.open_model`."""
        from lingraft.models.door import open_model

        return open_model(path, objective, pickles=True)
