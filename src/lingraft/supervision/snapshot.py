"""The configuration of a run: a copy that no editor changes, and a digest that jobs compare.

On a cluster each job starts a Snakemake of its own, which reads the configuration again, hours
later. `make run` therefore hands on a copy, named by its digest. Beside it the digest of the
checked configuration goes to every job, however Snakemake was started, and a job that sees another
one refuses to work.
"""

import hashlib
from pathlib import Path
from typing import Any

from lingraft.artifacts import atomic_path, fingerprint
from lingraft.errors import ConfigError, LingraftError
from lingraft.experiment.configuration import Config
from lingraft.experiment.loading import load
from lingraft.stages.settings import STAGE_VERSION, config_text

KEY = "lingraft_planned"  # an entry of Snakemake's `--config`, which every executor hands on
_FOLDER = Path(".snakemake") / "lingraft"


def take(config: Path) -> tuple[Config, Path]:
    """Check a configuration file and copy it; returns its content and the copy.

    Raises:
        ConfigError: the file is wrong, or was changed while it was read.
    """
    before = config.read_bytes() if config.is_file() else b""
    checked = load(config)
    if config.read_bytes() != before:
        raise ConfigError(f"{config} was changed while it was read; start again")
    digest = hashlib.sha256(before).hexdigest()[:16]
    copy = _FOLDER / f"{checked.experiment}-{digest}{config.suffix}"
    with atomic_path(copy) as temporary:
        temporary.write_bytes(before)
    return checked, copy


def digest(config: Config) -> str:
    """A digest of what all results depend on: the settings, and the versions of the stages."""
    return fingerprint([config_text(config), dict(STAGE_VERSION)])


def bind(config: Config, settings: Any, *, is_main: bool) -> None:
    """In the process that plans: send the digest to all jobs. In a job: compare it.

    Args:
        config: the checked configuration.
        settings: Snakemake's settings of the configuration (`workflow.config_settings`).
        is_main: whether this process plans, or is a job.

    Raises:
        LingraftError: this is a job of another configuration, or of another version of a stage.
    """
    # The prefix keeps the value a text: Snakemake would read a digest of digits alone as a number.
    own = f"sha256-{digest(config)}"
    if is_main:  # modules of one workflow may each have a configuration
        others = [word for word in settings.config_args if not word.startswith(f"{KEY}=")]
        sent = [word.partition("=")[2] for word in settings.config_args if word not in others]
        settings.config_args = [*others, f"{KEY}={','.join([*sent, own])}"]
        return
    planned = str(settings.config.get(KEY, own))
    if own not in planned.split(","):
        raise LingraftError(
            "the configuration, or a stage of lingraft, has changed since this job was planned, so "
            "that it would make something else; nothing was made: start the run again"
        )
