"""Train a tokenizer on corpora and measure it on their held-out parts, or take a published one."""

from pathlib import Path

from lingraft.arguments import split_paths
from lingraft.config.checking import check_block
from lingraft.config.tokenizers import PretrainedTokenizer, Tokenizer
from lingraft.program import go_offline, read_settings, run, use_threads


def main(
    settings: str,
    output: Path,
    corpora: str = "",
    download: Path | None = None,
    threads: int = 1,
) -> None:
    """Train a tokenizer on corpora and measure it on their held-out parts, or take a published one.

    Args:
        settings: The tokenizer's block of the configuration, as a YAML file or as text.
        output: Folder that the tokenizer is written to.
        corpora: Folders of the corpora, as folder,folder.
        download: The download that holds a published tokenizer; instead of corpora.
        threads: Threads to use; the result does not depend on them.
    """
    use_threads(threads)
    go_offline()
    from lingraft.tokenizers.stage import copy_tokenizer, make_tokenizer

    content = read_settings(settings)
    if download is not None:
        copy_tokenizer(check_block(PretrainedTokenizer, content, "settings"), download, output)
    else:
        make_tokenizer(check_block(Tokenizer, content, "settings"), split_paths(corpora), output)


if __name__ == "__main__":
    run(main)
