"""Reads sentence encoders, the only place: folders of sentence-transformers, without remote code.

A folder names the classes of its modules, and sentence-transformers imports what a local folder
names, from the folder too. So the names are checked first.
"""

import json
from pathlib import Path
from typing import Any

from lingraft.errors import InputError, foreign

MODULES = "modules.json"
ENCODER_FILES = (MODULES, "sentence_bert_config.json", "config_sentence_transformers.json")
_KNOWN = ("sentence_transformers.", "lingraft.encoders.modules.")


def is_sentence_encoder(folder: Path) -> bool:
    """Whether a model's folder says how its token vectors become the vector of a text."""
    return (folder / MODULES).is_file()


def open_sentence_encoder(folder: Path, device: str = "cpu") -> Any:
    """The SentenceTransformer in a folder, fp32, in evaluation mode.

    Args:
        folder: of sentence-transformers.
        device: where its weights are put.

    Raises:
        InputError: the folder is damaged, or names classes that are neither of
            sentence-transformers nor of lingraft.
    """
    _require_known(folder)
    with foreign(f"the sentence encoder in {folder}"):
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(
            str(folder), device=device, local_files_only=True, trust_remote_code=False
        )
    return model.float().eval()


def _require_known(folder: Path) -> None:
    path = folder / MODULES
    try:
        names = [str(module["type"]) for module in json.loads(path.read_text("utf-8"))]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is damaged ({error!r}); make the encoder again") from None
    for name in names:
        if not name.startswith(_KNOWN):
            raise InputError(f"{path} names {name}, code that lingraft does not run")
