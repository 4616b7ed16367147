"""Make static word vectors: of a corpus, of a model, of other vectors, or from a download."""

from pathlib import Path

from lingraft.arguments import named_folders
from lingraft.config.checking import check_choice
from lingraft.program import go_offline, read_settings, run, use_threads
from lingraft.vectors.trainers import AnyTrainer


def main(
    settings: str,
    output: Path,
    downloads: str = "",
    corpora: str = "",
    models: str = "",
    vectors: str = "",
    alignments: str = "",
    threads: int = 1,
) -> None:
    """Make static word vectors: of a corpus, of a model, of other vectors, or from a download.

    Args:
        settings: the vectors' block of the configuration, as YAML text or file.
        output: folder of the resulting artifact.
        downloads: downloads that the settings name, as name=folder,name=folder.
        corpora: corpora that the settings name.
        models: models that the settings name.
        vectors: vectors that the settings name.
        alignments: alignments that the settings name.
        threads: CPU threads; more than one trains faster but not reproducibly.
    """
    go_offline()
    use_threads(threads)
    from lingraft.vectors.inputs import VectorInputs
    from lingraft.vectors.stage import make_vectors

    block = check_choice(AnyTrainer, read_settings(settings), "vectors")
    given = VectorInputs(
        downloads=named_folders(downloads),
        corpora=named_folders(corpora),
        models=named_folders(models),
        vectors=named_folders(vectors),
        alignments=named_folders(alignments),
    )
    make_vectors(block, given, output, threads)


if __name__ == "__main__":
    run(main)
