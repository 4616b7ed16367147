"""Clean, split and align the text of one language."""

from pathlib import Path

from lingraft.config.checking import check_block
from lingraft.config.corpora import Corpus
from lingraft.corpus.stage import prepare_corpus
from lingraft.program import folders, go_offline, paths, read_settings, run


def main(
    name: str,
    settings: str,
    downloads: str,
    output: Path,
    pivot: Path | None = None,
    shards: str = "",
) -> None:
    """Clean, split and align the text of one language.

    Args:
        name: Name of the corpus, for messages.
        settings: Its block of the configuration, as a YAML file or as text.
        downloads: Downloaded sources as name=folder,name=folder.
        output: Folder that the corpus is written to.
        pivot: Folder of the pivot's corpus, where the settings name one.
        shards: Folders of the cleaned shards in order, where the settings ask for several.
    """
    go_offline()
    block = check_block(Corpus, read_settings(settings), f"corpora.{name}")
    prepare_corpus(name, block, folders(downloads), pivot, output, paths(shards))


if __name__ == "__main__":
    run(main)
