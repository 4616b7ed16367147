"""Where a training may write its result: over nothing that a person would miss."""

from pathlib import Path

from lingraft.artifacts import MANIFEST
from lingraft.errors import ConfigError
from lingraft.training.metrics import METRICS

TOKENIZER_FILES = (
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    "vocab.txt", "vocab.json", "merges.txt", "spiece.model", "sentencepiece.bpe.model",
    "chat_template.jinja", "generation_config.json",
)  # fmt: skip
PROVENANCE, CARD = "provenance.json", "README.md"
_EXPORTED = frozenset({*TOKENIZER_FILES, "config.json", METRICS, PROVENANCE, CARD})


def check_output(output: Path, used: dict[str, Path]) -> None:
    """Refuse a folder where the finished model would replace something other than an earlier one.

    Args:
        output: where the finished model goes.
        used: option -> folder that the training reads or keeps its state in.

    Raises:
        ConfigError: naming what would be lost.
    """
    place = output.resolve()
    for option, folder in used.items():
        if place in (folder.resolve(), *folder.resolve().parents):
            raise ConfigError(
                f"--output {output} would replace what is in {option} {folder}; name a folder of "
                "its own"
            )
    if (place / MANIFEST).exists() or not place.is_dir():
        return
    # Without its manifest it may still be ours: Snakemake deletes that first.
    for path in sorted(place.iterdir()):
        is_ours = path.name in _EXPORTED or ".safetensors" in path.suffixes
        if not is_ours and path.name[0] != ".":
            raise ConfigError(
                f"--output {output} holds {path.name}, which is not of a model of lingraft's and "
                "would be deleted; name another folder"
            )
