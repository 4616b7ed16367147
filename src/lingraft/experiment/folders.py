"""Where the results of an experiment are: for programs that need nothing else of a configuration.

Checking a whole configuration takes most of a second, for the blocks of all stages are imported.
"""

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from lingraft.config.base import Name
from lingraft.config.yaml_files import read_yaml


def results_of(config: Path) -> Path:
    """The folder of the results of a configuration file; its other keys are not checked.

    Raises:
        ConfigError: the file is not valid YAML, or does not name its experiment.
    """
    content = read_yaml(config)
    name = content.get("experiment") if isinstance(content, dict) else None
    try:
        name = TypeAdapter[str](Name).validate_python(name)
    except ValidationError:
        from lingraft.experiment.loading import check

        name = check(content, str(config)).experiment  # it says what is wrong
    return results_folder(name)


def results_folder(experiment: str) -> Path:
    """The folder of the results of an experiment, which has nothing else."""
    return Path("results", experiment)
