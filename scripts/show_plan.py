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
        peak_teraflops: peak speed of a GPU in 10^12 operations a second (bfloat16). By default the
            hours are those of an A100 if the profile gives trainings a GPU or this machine has one,
            and those of a CPU core otherwise.
        utilization: share of the peak speed that training reaches.
        device: the GPU's name, as it is printed.
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
