"""Show what is done, running, failed and still to do, and the command that does it."""

from pathlib import Path

from lingraft.program import run, show


def main(config: Path, profile: str = "default") -> None:
    """Show the state of an experiment, without changing anything.

    Args:
        config: the experiment's configuration file.
        profile: the folder of profiles/ that it runs with.
    """
    from lingraft.experiment.loading import load
    from lingraft.supervision.planned import planned_jobs
    from lingraft.supervision.request import require_profile
    from lingraft.supervision.restart import going_on
    from lingraft.supervision.status import read_status, render

    command = f"make run CONFIG={config}" + (f" PROFILE={profile}" * (profile != "default"))
    content = load(config)
    require_profile(profile)
    show(render(read_status(content, planned_jobs(config, profile), going_on(), command)))


if __name__ == "__main__":
    run(main)
