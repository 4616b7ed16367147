"""Run the workflow: Snakemake, started so that a killed run simply continues."""

import shlex
from pathlib import Path

from lingraft.program import run


def main(
    config: Path,
    profile: str = "default",
    cores: str = "all",
    target: str = "all",
    retrain: bool = False,
    expensive_minutes: float = 10.0,
    arguments: str = "",
) -> None:
    """Run the workflow; after a kill, continue where it was.

    Args:
        config: the configuration file; it stands alone.
        profile: a folder of profiles/.
        cores: how many cores to use at most, or "all".
        target: the rule (or file) to bring up to date.
        retrain: agree that finished trainings are repeated where their settings have changed.
        expensive_minutes: without that, none is repeated that took at least so long.
        arguments: more options for Snakemake, as in a shell.
    """
    from lingraft.config.loading import load
    from lingraft.supervision.planned import planned_jobs
    from lingraft.supervision.restart import run_snakemake
    from lingraft.supervision.retraining import has_expensive_models, refuse_retraining

    results = Path("results", load(config).experiment)
    more = shlex.split(arguments)
    if not retrain and has_expensive_models(results, expensive_minutes):
        refuse_retraining(planned_jobs(config, profile, [target, *more]), expensive_minutes)
    run_snakemake(
        [
            target,
            *("--configfile", str(config)),
            *("--workflow-profile", f"profiles/{profile}"),
            *("--cores", cores),
            *more,
        ]
    )


if __name__ == "__main__":
    run(main)
