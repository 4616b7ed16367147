"""Read the labelled texts or sentence pairs of a dataset, for all of its languages."""

from pathlib import Path

from lingraft.config.checking import check_block
from lingraft.config.datasets import block_of
from lingraft.program import go_offline, read_settings, run, use_threads


def main(settings: str, download: Path, output: Path, threads: int = 1) -> None:
    """Read the labelled texts or sentence pairs of a dataset, for all of its languages.

    Args:
        settings: the dataset's block of the configuration, as YAML text or file.
        download: folder of the download with the files.
        output: folder that the dataset is written to.
        threads: CPU threads.
    """
    go_offline()
    use_threads(threads)
    from lingraft.evaluation.data.stage import prepare_dataset

    content = read_settings(settings)
    prepare_dataset(check_block(block_of(content), content, "dataset settings"), download, output)


if __name__ == "__main__":
    run(main)
