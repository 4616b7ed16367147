"""Train a tokenizer on corpora, take a published one, or make one from another; measure it."""

from pathlib import Path
from typing import Any, cast

from lingraft.arguments import split_paths
from lingraft.config.checking import check_choice
from lingraft.config.tokenizers import DerivedTokenizer, PretrainedTokenizer, Vocabulary
from lingraft.errors import ConfigError
from lingraft.program import go_offline, read_settings, run, use_threads


def main(
    settings: str,
    output: Path,
    corpora: str = "",
    download: Path | None = None,
    base: Path | None = None,
    threads: int = 1,
) -> None:
    """Train a tokenizer on corpora, take a published one, or make one from another; measure it.

    Args:
        settings: the tokenizer's block of the configuration, as YAML text or file.
        output: folder that the tokenizer is written to.
        corpora: folders of the corpora, as folder,folder.
        download: the download of a published tokenizer; instead of corpora.
        base: the tokenizer, or the model with the tokenizer, to extend, to prune or to keep.
        threads: CPU threads; the result does not depend on them.
    """
    go_offline()
    use_threads(threads)
    from lingraft.tokenizers.derived import derive_tokenizer
    from lingraft.tokenizers.stage import copy_tokenizer, make_tokenizer

    block: Any = check_choice(cast(Any, Vocabulary), read_settings(settings), "tokenizer")
    texts = split_paths(corpora)
    if isinstance(block, PretrainedTokenizer):
        copy_tokenizer(block, _given(download, "download", block), output)
    elif isinstance(block, DerivedTokenizer):
        derive_tokenizer(block, _given(base, "base", block), texts, output)
    else:
        make_tokenizer(block, texts, output)


def _given(path: Path | None, name: str, block: PretrainedTokenizer | DerivedTokenizer) -> Path:
    if path is None:
        raise ConfigError(f"algorithm {block.algorithm} needs `{name}=`, which is not given")
    return path


if __name__ == "__main__":
    run(main)
