"""Show what a run would do, fetch and compute, without doing it and without network."""

import shutil
from pathlib import Path

from lingraft.program import run, show


def main(
    config: Path,
    profile: str = "default",
    peak_teraflops: float | None = None,
    utilization: float = 0.35,
    device: str = "A100",
    reasons: bool = False,
) -> None:
    """Show what a run would do, fetch and compute, without doing it.

    Args:
        config: the configuration file.
        profile: a folder of profiles/.
        peak_teraflops: what a GPU does at best, in 10^12 operations a second (bfloat16); by
            default hours are those of an A100 where the profile gives trainings a GPU or this
            machine has one, and of a CPU core otherwise.
        utilization: share of it that training gets.
        device: the GPU's name, for the text alone.
        reasons: show Snakemake's own dry run too, with the reason for each job.
    """
    from lingraft.estimate.compute import CORE, Device
    from lingraft.estimate.foreseen import refuse_foreseen
    from lingraft.estimate.overview import count_jobs, overview
    from lingraft.experiment.loading import load
    from lingraft.supervision.planned import dry_run
    from lingraft.supervision.request import has_gpu, require_profile

    checked = load(config)
    require_profile(profile)
    refuse_foreseen(checked)
    planned = dry_run(config, profile)
    if reasons:
        show(planned.printed)
    jobs = count_jobs((job.rule, job.wildcards) for job in planned.jobs)
    used = Device(device, (peak_teraflops or 312.0) * 1e12, utilization)
    if peak_teraflops is None and not has_gpu(profile):
        used = CORE
    show(overview(checked, jobs, used, shutil.disk_usage(".").free).rstrip())


if __name__ == "__main__":
    run(main)
