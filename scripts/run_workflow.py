"""Run the workflow: Snakemake, started so that a killed run simply continues."""

import shlex
from pathlib import Path

from lingraft.program import run


def main(
    config: Path,
    profile: str = "default",
    cores: str = "all",
    target: str = "all",
    arguments: str = "",
) -> None:
    """Run the workflow; after a kill, continue where it was.

    Args:
        config: the configuration file; it stands alone.
        profile: a folder of profiles/.
        cores: how many cores to use at most, or "all".
        target: the rule (or file) to bring up to date.
        arguments: more options for Snakemake, as in a shell.
    """
    from lingraft.config.loading import load
    from lingraft.restart import run_snakemake

    load(config)  # a mistake is answered in a second, before Snakemake starts
    run_snakemake(
        [
            target,
            *("--configfile", str(config)),
            *("--workflow-profile", f"profiles/{profile}"),
            *("--cores", cores),
            *shlex.split(arguments),
        ]
    )


if __name__ == "__main__":
    run(main)
