"""Write a model of lingraft as a folder for others: plain, or dense where it is factorized."""

from pathlib import Path

from lingraft.program import go_offline, run


def main(model: Path, output: Path, dense: bool = False) -> None:
    """Export a model with its tokenizer.

    Args:
        model: folder of a model, e.g. results/demo/models/swahili/ofa/seed-1/pretrained.
        output: folder to write.
        dense: multiply factorized embeddings out, so that the model loads without lingraft.
    """
    go_offline()
    from lingraft.models.stage import export_model

    export_model(model, output, dense=dense)


if __name__ == "__main__":
    run(main)
