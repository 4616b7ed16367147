"""Train a generator of rows: a network that learns a source model's embeddings."""

from pathlib import Path

from lingraft.arguments import named_folders
from lingraft.config.checking import check_choice
from lingraft.initialization.generators import AnyGenerator
from lingraft.program import go_offline, read_settings, run, use_threads


def main(
    settings: str,
    models: str,
    output: Path,
    vectors: str = "",
    alignments: str = "",
    corpora: str = "",
    state: Path | None = None,
    threads: int = 1,
) -> None:
    """Train a generator of rows: a network that learns a source model's embeddings.

    Args:
        settings: the generator's block of the configuration, as YAML text or file.
        models: the source model, as name=folder.
        output: folder of the resulting artifact.
        vectors: word vectors that describe tokens, as name=folder,name=folder.
        alignments: the alignments that bring them into one space.
        corpora: text for lessons on the source model's predictions, as name=folder,name=folder.
        state: folder from which a killed training goes on.
        threads: CPU threads.
    """
    go_offline()
    use_threads(threads)
    from lingraft.initialization.generation.stage import GeneratorInputs, train_generator

    block = check_choice(AnyGenerator, read_settings(settings), "generator")
    given = GeneratorInputs(
        models=named_folders(models),
        vectors=named_folders(vectors),
        alignments=named_folders(alignments),
        corpora=named_folders(corpora),
    )
    train_generator(block, given, output, state)


if __name__ == "__main__":
    run(main)
