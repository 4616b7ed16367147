"""Bring the word vectors of two languages into one space with dictionaries."""

from pathlib import Path

from lingraft.arguments import named_folders
from lingraft.config.checking import check_choice
from lingraft.program import go_offline, read_settings, run, use_threads
from lingraft.vectors.settings import AnyAlignment


def main(
    settings: str,
    source_vectors: Path,
    target_vectors: Path,
    output: Path,
    downloads: str = "",
    corpora: str = "",
    state: Path | None = None,
    alignments: str = "",
    vectors: str = "",
    threads: int = 1,
) -> None:
    """Bring the word vectors of two languages into one space with dictionaries.

    Args:
        settings: the alignment's block of the configuration, as YAML text or file.
        source_vectors: vectors of the source language: artifact folder, .vec, .vec.gz or .bin.
        target_vectors: vectors of the target language.
        output: folder of the resulting artifact.
        downloads: downloads that dictionaries name, as name=folder,name=folder.
        corpora: corpora that dictionaries name, as name=folder,name=folder.
        state: folder that lets a killed self-learning resume.
        alignments: alignments that this one is fitted jointly with.
        vectors: vectors of their target languages, by the alignments' names.
        threads: CPU threads.
    """
    go_offline()
    use_threads(threads)
    from lingraft.vectors.inputs import VectorInputs
    from lingraft.vectors.stage import align_vectors

    places = named_folders(downloads), named_folders(corpora)
    block = check_choice(AnyAlignment, read_settings(settings), "alignment")
    joint = VectorInputs(alignments=named_folders(alignments), vectors=named_folders(vectors))
    align_vectors(block, source_vectors, target_vectors, *places, output, state, joint)


if __name__ == "__main__":
    run(main)
