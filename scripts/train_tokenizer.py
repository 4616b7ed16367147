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
        settings: the tokenizer's block of the configuration, as YAML text or file.
        output: folder that the tokenizer is written to.
        corpora: folders of the corpora, as folder,folder.
        download: the download of a published tokenizer; instead of corpora.
        threads: CPU threads; the result does not depend on them.
    """
    go_offline()
    use_threads(threads)
    from lingraft.tokenizers.stage import copy_tokenizer, make_tokenizer

    content, label = read_settings(settings), "tokenizer settings"
    if download is not None:
        copy_tokenizer(check_block(PretrainedTokenizer, content, label), download, output)
    else:
        make_tokenizer(check_block(Tokenizer, content, label), split_paths(corpora), output)


if __name__ == "__main__":
    run(main)
