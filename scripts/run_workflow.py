"""Run the workflow: Snakemake, started so that a killed run simply continues."""

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
        config: the configuration file; no default is merged into it.
        profile: a folder of profiles/.
        cores: how many cores to use at most, or "all".
        target: the rule (or file) to bring up to date.
        retrain: agree that finished trainings are repeated where their settings have changed.
        expensive_minutes: without `retrain`, no training is repeated that took at least this long.
        arguments: more options for Snakemake, as in a shell.
    """
    from lingraft.estimate.foreseen import refuse_foreseen
    from lingraft.experiment.folders import results_folder
    from lingraft.launch.slurm import without_waiting
    from lingraft.stages.targets import require_products
    from lingraft.supervision import snapshot
    from lingraft.supervision.cleaning import clean_up
    from lingraft.supervision.planned import planned_jobs
    from lingraft.supervision.request import understand
    from lingraft.supervision.restart import become_snakemake, run_snakemake
    from lingraft.supervision.retraining import has_expensive_models, refuse_retraining

    checked, copy = snapshot.take(config)
    request = understand(copy, profile, arguments, cores, target)
    if not request.makes_files:
        become_snakemake(request.words, **without_waiting())  # it submits nothing
    if target == "all" and request.is_whole:
        require_products(checked, str(config))
        refuse_foreseen(checked)
    results = results_folder(checked.experiment)
    if not retrain and has_expensive_models(results, expensive_minutes):
        refuse_retraining(planned_jobs(copy, profile, [target, *request.more]), expensive_minutes)
    run_snakemake(request.words, lambda: clean_up(results), is_local=request.is_local)


if __name__ == "__main__":
    run(main)
