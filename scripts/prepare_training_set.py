"""Make a set of examples that sentence encoders are trained on."""

from pathlib import Path

from lingraft.arguments import named_folders, split_paths
from lingraft.config.checking import check_choice
from lingraft.encoders.sets import AnySet
from lingraft.program import go_offline, read_settings, run, use_threads


def main(
    settings: str,
    output: Path,
    downloads: str = "",
    corpora: str = "",
    sets: str = "",
    models: str = "",
    held_out: str = "",
    threads: int = 1,
) -> None:
    """Make a set of examples that sentence encoders are trained on.

    Args:
        settings: the set's block of the configuration, as YAML text or file.
        output: folder of the resulting artifact.
        downloads: downloads that the settings name, as name=folder,name=folder.
        corpora: corpora that the settings name.
        sets: training sets that the settings name.
        models: models that the settings name.
        held_out: corpora and datasets whose held-out texts must not be among the examples, as
            folder,folder.
        threads: CPU threads.
    """
    go_offline()
    use_threads(threads)
    from lingraft.encoders.data.stage import prepare_training_set
    from lingraft.encoders.training_set import SetInputs

    given = SetInputs(
        downloads=named_folders(downloads),
        corpora=named_folders(corpora),
        sets=named_folders(sets),
        models=named_folders(models),
    )
    block = check_choice(AnySet, read_settings(settings), "training_set")
    prepare_training_set(output.name, block, given, split_paths(held_out), output)


if __name__ == "__main__":
    run(main)
