"""Download one source; the only program that uses the network."""

from pathlib import Path

from lingraft.config.checking import check_choice
from lingraft.corpus.sources import AnySource
from lingraft.corpus.stage import download
from lingraft.program import read_settings, run, use_threads


def main(settings: str, output: Path, threads: int = 1) -> None:
    """Download one source; the only program that uses the network.

    Args:
        settings: the source's block of the configuration, as YAML text or file.
        output: folder that the download is written to.
        threads: CPU threads.
    """
    use_threads(threads)
    download(check_choice(AnySource, read_settings(settings), "source"), output)


if __name__ == "__main__":
    run(main)
