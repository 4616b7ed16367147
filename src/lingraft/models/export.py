"""Export a model folder, with factorized embeddings multiplied out if wanted."""

from pathlib import Path

from lingraft.artifacts import ModelFacts, new_artifact, open_given, opened
from lingraft.models.loading import load_model
from lingraft.models.writing import write_model
from lingraft.tokenizers.backend import TOKENIZER
from lingraft.tokenizers.saving import copy_tokenizer_files


def export_model(folder: Path, output: Path, *, dense: bool = False) -> None:
    """Write the model in `folder` and its tokenizer to `output`.

    Args:
        dense: make a model that loads without lingraft (a factorized one is multiplied out).

    Raises:
        InputError: `folder` holds no model that can be loaded.
    """
    open_given(folder, ModelFacts)
    model = load_model(folder)
    if dense and hasattr(model.config, "factorized_width"):
        from lingraft.models.factorized import dense_model

        model = dense_model(model)
    inputs = opened({"model": folder})
    with new_artifact(output, "model", settings={"dense": dense}, inputs=inputs) as staging:
        write_model(model, staging)
        if (folder / TOKENIZER).is_file():
            copy_tokenizer_files(folder, staging)
