"""Train static word vectors on a corpus, or take them from a download."""

from pathlib import Path

from lingraft.config.checking import check_choice
from lingraft.program import go_offline, read_settings, run, use_threads
from lingraft.vectors.trainers import AnyTrainer


def main(
    settings: str,
    output: Path,
    corpus: Path | None = None,
    download: Path | None = None,
    threads: int = 1,
) -> None:
    """Train static word vectors on a corpus, or take them from a download.

    Args:
        settings: the vectors' block of the configuration, as YAML text or file.
        output: folder of the resulting artifact.
        corpus: folder of the corpus to train on.
        download: folder of a download of pretrained vectors.
        threads: CPU threads; more than one trains faster but not reproducibly.
    """
    go_offline()
    use_threads(threads)
    from lingraft.vectors.stage import make_vectors

    block = check_choice(AnyTrainer, read_settings(settings), "vectors")
    make_vectors(block, output, corpus, download, threads)


if __name__ == "__main__":
    run(main)
