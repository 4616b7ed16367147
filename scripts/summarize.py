"""Print the outcome of an experiment in short, and where its page is."""

from pathlib import Path

from lingraft.program import run


def main(config: Path) -> None:
    """Print the summary that the report wrote.

    Args:
        config: the experiment's configuration file.
    """
    from lingraft.config.loading import load
    from lingraft.errors import InputError

    report = Path("results", load(config).experiment, "report")
    if not (report / "summary.txt").is_file():
        raise InputError(f"{report} has no summary yet; write it with: make report CONFIG={config}")
    print((report / "summary.txt").read_text(encoding="utf-8").rstrip())
    print(f"\nReport: {report / 'index.html'}")


if __name__ == "__main__":
    run(main)
