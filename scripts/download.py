"""Download one source; the only program that uses the network."""

from pathlib import Path

from lingraft.config.base import Block
from lingraft.config.checking import check_block
from lingraft.corpus.sources import AnySource
from lingraft.corpus.stage import download
from lingraft.program import read_settings, run, use_threads


class _Settings(Block):
    source: AnySource


def main(settings: str, output: Path, threads: int = 1) -> None:
    """Download one source; the only program that uses the network.

    Args:
        settings: the source's block of the configuration, as YAML text or file.
        output: folder that the download is written to.
        threads: CPU threads.
    """
    use_threads(threads)
    content = {"source": dict(read_settings(settings))}
    download(check_block(_Settings, content, "source settings").source, output)


if __name__ == "__main__":
    run(main)
