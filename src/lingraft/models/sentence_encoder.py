"""Reads sentence encoders, the only place: folders of sentence-transformers, without remote code.

A folder names the classes of its modules, and might name any. So the names are checked first. Those
of lingraft are handed to sentence-transformers, which would take them from the folder alone, and
only where all code of the folder may run.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from lingraft.errors import InputError, foreign

MODULES = "modules.json"
ENCODER_FILES = (MODULES, "sentence_bert_config.json", "config_sentence_transformers.json")
_OURS = "lingraft.encoders.modules."
_KNOWN = ("sentence_transformers.", _OURS)


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
    names = _known_modules(folder)
    with foreign(f"the sentence encoder in {folder}"):
        from sentence_transformers import SentenceTransformer

        ours = {name: _class_of(name) for name in names if name.startswith(_OURS)}
        # The library has no public way to say which class a name means.
        model = SentenceTransformer._load_with_module_classes(
            str(folder), ours, device=device, local_files_only=True, trust_remote_code=False
        )
    return model.float().eval()


def _class_of(name: str) -> Any:
    module, _, own = name.rpartition(".")
    return getattr(import_module(module), own)


def _known_modules(folder: Path) -> list[str]:
    """The classes of the modules, all of them known."""
    path = folder / MODULES
    try:
        names = [str(module["type"]) for module in json.loads(path.read_text("utf-8"))]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is damaged ({error!r}); make the encoder again") from None
    for name in names:
        if not name.startswith(_KNOWN):
            raise InputError(f"{path} names {name}, code that lingraft does not run")
    return names
