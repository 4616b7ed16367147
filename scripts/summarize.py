"""Print the outcome of an experiment in short, and where its page is."""

from pathlib import Path

from lingraft.program import run, show


def main(config: Path, profile: str = "default", arguments: str = "") -> None:
    """Print the summary that the report wrote.

    Args:
        config: the experiment's configuration file.
        profile: the folder of profiles/ that it ran with.
        arguments: the options that Snakemake was given, as in a shell: a run of only a
            part of the workflow may end without a report.
    """
    from lingraft.errors import InputError
    from lingraft.experiment.folders import results_of
    from lingraft.supervision.request import understand

    report = results_of(config) / "report"
    if not understand(config, profile, arguments).is_whole:
        show("Done. ARGS or a profile asked for a part of the run only; make status lists the rest")
        return
    if not (report / "summary.txt").is_file():
        raise InputError(f"{report} has no summary yet; write it with: make report CONFIG={config}")
    show((report / "summary.txt").read_text(encoding="utf-8").rstrip())
    show(f"\nReport: {report / 'index.html'}")


if __name__ == "__main__":
    run(main)
