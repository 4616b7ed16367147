"""Clean one shard of a corpus that is shared out among several jobs."""

from pathlib import Path

from lingraft.arguments import named_folders
from lingraft.config.checking import check_block
from lingraft.corpus.settings import Corpus
from lingraft.program import go_offline, read_settings, run, use_threads


def main(
    name: str, settings: str, downloads: str, shard: int, output: Path, threads: int = 1
) -> None:
    """Clean one shard of a corpus.

    Args:
        name: name of the corpus, for messages.
        settings: its block of the configuration, as YAML text or file.
        downloads: downloaded sources as name=folder,name=folder.
        shard: number of the shard, from 0.
        output: folder of all shards; this one becomes output/SHARD.
        threads: CPU threads.
    """
    go_offline()
    use_threads(threads)
    block = check_block(Corpus, read_settings(settings), f"corpora.{name}")
    from lingraft.corpus.stage import clean_shard
    from lingraft.corpus.texts import downloads_of

    clean_shard(block, downloads_of(name, block, named_folders(downloads)), shard, output)


if __name__ == "__main__":
    run(main)
