"""Merge models of a run to one sentence encoder."""

from pathlib import Path

from lingraft.arguments import named_folders
from lingraft.config.checking import check_block
from lingraft.encoders.merging.settings import MergedEncoder
from lingraft.program import go_offline, read_settings, run, use_threads


def main(
    settings: str,
    members: str,
    output: Path,
    base: Path | None = None,
    sets: str = "",
    teacher: Path | None = None,
    seed: int = 1,
    threads: int = 1,
) -> None:
    """Merge models of one architecture and vocabulary.

    Args:
        settings: the recipe (a block of `encoders` with `merge`), as YAML text or file.
        members: the models to merge by the names of the recipe, as name=folder,name=folder.
        output: folder of the encoder.
        base: folder of the model from which they were trained, for methods that need it.
        sets: training sets of the probe, as name=folder,name=folder.
        teacher: folder of the model whose vectors the probe's loss compares with.
        seed: decides which examples the probe has.
        threads: CPU threads.
    """
    go_offline()
    use_threads(threads)
    from lingraft.encoders.merging.stage import merge_encoders

    recipe = check_block(MergedEncoder, read_settings(settings), "encoder settings")
    merge_encoders(
        recipe,
        named_folders(members),
        output,
        base=base,
        sets=named_folders(sets),
        teacher=teacher,
        seed=seed,
    )


if __name__ == "__main__":
    run(main)
