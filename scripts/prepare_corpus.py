"""Clean, split and align the text of one language."""

from pathlib import Path

from lingraft.arguments import named_folders, split_paths
from lingraft.config.checking import check_block
from lingraft.corpus.settings import Corpus
from lingraft.corpus.stage import prepare_corpus
from lingraft.program import go_offline, read_settings, run, use_threads


def main(
    name: str,
    settings: str,
    downloads: str,
    output: Path,
    pivot: Path | None = None,
    shards: str = "",
    compared: str = "",
    threads: int = 1,
) -> None:
    """Clean, split and align the text of one language.

    Args:
        name: name of the corpus, for messages.
        settings: its block of the configuration, as YAML text or file.
        downloads: downloaded sources as name=folder,name=folder.
        output: folder that the corpus is written to.
        pivot: folder of the pivot's corpus, where the settings name one.
        shards: folders of the cleaned shards in order, where the settings ask for several.
        compared: the corpora that decide what is left out, as name=folder,name=folder.
        threads: CPU threads.
    """
    go_offline()
    use_threads(threads)
    block = check_block(Corpus, read_settings(settings), f"corpora.{name}")
    prepare_corpus(
        name,
        block,
        named_folders(downloads),
        pivot,
        output,
        split_paths(shards),
        named_folders(compared),
    )


if __name__ == "__main__":
    run(main)
