"""Turn a downloaded model into a plain Hugging Face folder with a language modeling head."""

from pathlib import Path

from lingraft.arguments import named_folders
from lingraft.config.checking import check_block
from lingraft.config.pretraining import Pretraining
from lingraft.models.settings import Model
from lingraft.program import go_offline, read_settings, run, use_threads


def main(
    settings: str,
    downloads: str,
    output: Path,
    recipes: str | None = None,
    threads: int = 1,
) -> None:
    """Convert a downloaded model.

    Args:
        settings: the model's block of the configuration, as YAML text or file.
        downloads: the downloads that it names, as name=folder,name=folder.
        output: folder of the resulting artifact.
        recipes: blocks of `pretraining` by name, as YAML text or file: the model must fit each.
        threads: CPU threads.
    """
    go_offline()
    use_threads(threads)
    from lingraft.models.stage import convert_model

    block = check_block(Model, read_settings(settings), "model settings")
    given = read_settings(recipes) if recipes else {}
    checked = {name: check_block(Pretraining, content, name) for name, content in given.items()}
    convert_model(block, named_folders(downloads), output, checked)


if __name__ == "__main__":
    run(main)
