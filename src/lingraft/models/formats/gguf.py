"""GGUF, the one-file format of llama.cpp: dequantized once, on conversion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lingraft.models.formats.format import ModelFormat

if TYPE_CHECKING:
    from pathlib import Path

    from lingraft.config.pretraining import Objective
    from lingraft.models.door import Opened


class Gguf(ModelFormat):
    """Configuration, tokenizer and weights, most of them in blocks of a few bits, in one file."""

    name = "gguf"
    content = "one file of llama.cpp with its tokenizer, dequantized once"

    def read(self, path: Path, objective: Objective | None) -> Opened:
        """Read the weights as fp32; see `models.gguf`."""
        from lingraft.models.gguf import read_gguf

        return read_gguf(path, objective)

    def read_tokenizer(self, path: Path) -> Any:
        """Read the tokenizer of the same file; see `tokenizers.gguf`."""
        from lingraft.tokenizers.gguf import read_gguf_tokenizer

        return read_gguf_tokenizer(path)
