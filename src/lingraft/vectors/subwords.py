"""The files of a model that gives vectors to any text: fastText's or ours, and steps behind it."""

from pathlib import Path

from lingraft.vectors import fasttext_model
from lingraft.vectors.fasttext_model import StoredModel, SubwordModel
from lingraft.vectors.parts import PartsModel
from lingraft.vectors.transformation import TransformedModel, load_steps

_FASTTEXT, _PARTS, _STEPS = "model.bin", "parts.npz", "steps.npz"


def save_subwords(model: SubwordModel, folder: Path) -> None:
    """Write `model.bin` (fastText) or `parts.npz`, and `steps.npz` where refiners moved words.

    Raises:
        OSError: the disk took only a part.
    """
    own = model.model if isinstance(model, TransformedModel) else model
    if isinstance(own, PartsModel):
        own.save_model(str(folder / _PARTS))
    else:
        fasttext_model.save(own, folder / _FASTTEXT)
    if isinstance(model, TransformedModel):
        model.save_steps(folder / _STEPS)


def load_subwords(folder: Path) -> SubwordModel | None:
    """The model of an artifact, with the steps that its refined words took; None without one.

    Raises:
        InputError: a file is damaged.
    """
    model: SubwordModel
    if (folder / _PARTS).is_file():
        model = PartsModel.load(folder / _PARTS)
    elif (folder / _FASTTEXT).is_file():
        model = StoredModel(folder / _FASTTEXT)
    else:
        return None
    steps = folder / _STEPS
    return TransformedModel(model, load_steps(steps)) if steps.is_file() else model
