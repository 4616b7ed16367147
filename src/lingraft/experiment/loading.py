"""Read and check the configuration of an experiment."""

from pathlib import Path
from typing import Any

from lingraft.config.checking import check_block
from lingraft.config.yaml_files import read_yaml
from lingraft.experiment.configuration import Config


def load(path: Path) -> Config:
    """Read and check a configuration file, which is complete in itself.

    Raises:
        ConfigError: naming the file, the key and how to repair it.
    """
    return check(read_yaml(path), str(path))


def check(content: Any, origin: str) -> Config:
    """Check parsed content against the models; `origin` names it in errors."""
    return check_block(Config, content, origin)
