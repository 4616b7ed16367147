"""Train a tokenizer on corpora and measure it on their held-out parts."""

from pathlib import Path

from lingraft.config.corpora import Tokenizer
from lingraft.config.loading import check_block
from lingraft.program import go_offline, paths, read_settings, run, use_threads


def main(settings: str, corpora: str, output: Path, threads: int = 1) -> None:
    """Train a tokenizer on corpora and measure it on their held-out parts.

    Args:
        settings: The tokenizer's block of the configuration, as a YAML file or as text.
        corpora: Folders of the corpora, as folder,folder.
        output: Folder that the tokenizer is written to.
        threads: Threads to use; the result does not depend on them.
    """
    use_threads(threads)
    go_offline()
    from lingraft.tokenizers.artifact import make_tokenizer

    block = check_block(Tokenizer, read_settings(settings), "settings")
    make_tokenizer(block, paths(corpora), output)


if __name__ == "__main__":
    run(main)
