"""Show what a run would do, fetch and compute, without doing it and without network."""

import subprocess
import sys
from pathlib import Path

from lingraft.program import run


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
    from lingraft.errors import LingraftError
    from lingraft.estimate.compute import Device
    from lingraft.estimate.overview import overview, read_dry_run

    checked = load(config)
    command = [str(Path(sys.executable).with_name("snakemake")), "--dry-run", "--quiet", "host"]
    command += ["--configfile", str(config), "--workflow-profile", f"profiles/{profile}"]
    done = subprocess.run(
        [*command, "--cores", "1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise LingraftError(f"Snakemake cannot plan this:\n{done.stdout.strip()}")
    if reasons:
        print(done.stdout)
    used = Device(device, peak_teraflops * 1e12, utilization)
    print(overview(checked, read_dry_run(done.stdout), used), end="")


if __name__ == "__main__":
    run(main)
