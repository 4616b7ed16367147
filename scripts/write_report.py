"""Write the report of an experiment: one offline page, its tables and its figures."""

from pathlib import Path

from lingraft.program import go_offline, read_settings, run


def main(
    config: str, results: Path | None = None, output: Path | None = None, summary: bool = True
) -> None:
    """Compare everything in a results folder and write index.html, report.md, tables, figures.

    Args:
        config: the experiment's whole configuration: a YAML file, or its text.
        results: folder of the experiment's results; by default results/<experiment>.
        output: folder of the report; by default `report` in it.
        summary: print the outcome in a few lines at the end.
    """
    go_offline()
    from lingraft.experiment.folders import results_folder
    from lingraft.experiment.loading import check
    from lingraft.reporting.stage import build
    from lingraft.reporting.writing.summary import print_content

    checked = check(read_settings(config), "--config")
    results = results or results_folder(checked.experiment)
    output = output or results / "report"
    content = build(checked, results, output)
    if summary:
        print_content(content, output / "index.html")


if __name__ == "__main__":
    run(main)
