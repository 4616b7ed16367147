"""Show what a run would do, fetch and compute, without doing it and without network."""

from pathlib import Path

from lingraft.program import run, show


def main(
    config: Path,
    profile: str = "default",
    peak_teraflops: float = 312.0,
    utilization: float = 0.35,
    device: str = "A100",
    reasons: bool = False,
) -> None:
    """Show what a run would do, fetch and compute, without doing it.

    Args:
        config: the configuration file.
        profile: a folder of profiles/.
        peak_teraflops: what the GPU does at best, in 10^12 operations a second (bfloat16).
        utilization: share of it that training gets.
        device: the GPU's name, for the text alone.
        reasons: show Snakemake's own dry run too, with the reason for each job.
    """
    from lingraft.config.loading import load
    from lingraft.estimate.compute import Device
    from lingraft.estimate.foreseen import refuse_foreseen
    from lingraft.estimate.overview import count_jobs, overview
    from lingraft.supervision.planned import dry_run
    from lingraft.supervision.request import require_profile

    checked = load(config)
    require_profile(profile)
    refuse_foreseen(checked)
    planned = dry_run(config, profile)
    if reasons:
        show(planned.printed)
    jobs = count_jobs((job.rule, job.wildcards) for job in planned.jobs)
    used = Device(device, peak_teraflops * 1e12, utilization)
    show(overview(checked, jobs, used).rstrip())


if __name__ == "__main__":
    run(main)
