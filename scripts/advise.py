"""Say whether another vocabulary pays for the models and texts of a configuration."""

from pathlib import Path

from lingraft.program import go_offline, run, show, use_threads


def main(
    config: Path,
    results: Path | None = None,
    maximum_bytes: int = 10_000_000,
    threads: int = 1,
) -> None:
    """Say whether another vocabulary pays: keep, extend, prune or replace.

    Args:
        config: the configuration file.
        results: the folder of its results, where models and text are; by default
            results/<experiment>.
        maximum_bytes: of the training text that vocabularies are made from which are not among the
            results.
        threads: CPU threads; the result does not depend on them.
    """
    go_offline()
    use_threads(threads)
    from lingraft.advice.questions import missing_inputs
    from lingraft.advice.stage import advise
    from lingraft.errors import ConfigError, InputError
    from lingraft.experiment.folders import results_folder
    from lingraft.experiment.loading import load

    if maximum_bytes < 1:
        raise ConfigError(f"`maximum_bytes={maximum_bytes}` must be above 0")
    checked = load(config)
    place = results or results_folder(checked.experiment)
    if missing := missing_inputs(checked, place):
        more = f", nor are {len(missing) - 1} more" if missing[1:] else ""
        raise InputError(
            f"{place / missing[0]} is not made yet{more}; make models and text first: make run "
            f"CONFIG={config} ARGS='--until prepare_corpus convert_model'"
        )
    show(advise(checked, place, maximum_bytes))


if __name__ == "__main__":
    run(main)
