"""Writes models: the only place; what is written is read again and compared."""

from pathlib import Path
from typing import Any

from lingraft.errors import InputError, reason_of
from lingraft.models.self_test import name_of, reload_equal
from lingraft.models.ties import settle_ties


def write_model(model: Any, staging: Path) -> Any:
    """Write weights and configurations to the staging folder of an artifact, and test them.

    Args:
        model: a Hugging Face model; its configuration is corrected where it does not say which
            weights are tied.
        staging: an empty folder; if the test fails, its files are not a model.

    Returns:
        The model as plain transformers reads it from the folder.

    Raises:
        InputError: what would be read from the folder is not `model`.
    """
    settle_ties(model)
    try:
        model.save_pretrained(staging)
    except (ValueError, TypeError, RuntimeError) as error:
        raise InputError(f"{name_of(model)} cannot be written: {reason_of(error)}") from error
    return reload_equal(staging, model)
