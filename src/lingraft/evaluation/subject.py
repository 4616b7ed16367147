"""The evaluated model together with the data it is measured on; everything is loaded once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lingraft.artifacts import MANIFEST, digest_file, fingerprint, verify
from lingraft.errors import InputError
from lingraft.evaluation.data import digest_of, language_of

if TYPE_CHECKING:
    from lingraft.evaluation.embed import Embedder

_TOKENIZER_FILES = ("tokenizer*", "special_tokens_map.json", "vocab*", "merges.txt", "*.model")


@dataclass
class Subject:
    """What a task may ask for.

    Attributes:
        folder: the evaluated model (or tokenizer, or alignment, for the tasks on these).
        source_folder: the model it was made from, which embeds the pivot's texts.
        corpora: corpora of the model's languages, by name.
        pivots: for each of these corpora the corpus of the pivot language that it follows.
        data: other folders that the settings name: labelled sets, vectors.
        state: where a task may keep what lets it resume after a kill.
    """

    folder: Path
    source_folder: Path | None = None
    corpora: Mapping[str, Path] = field(default_factory=dict)
    pivots: Mapping[str, Path] = field(default_factory=dict)
    data: Mapping[str, Path] = field(default_factory=dict)
    state: Path | None = None

    @cached_property
    def model(self) -> Any:
        """The model with its head, in evaluation mode, on the GPU where there is one."""
        return _load(self.folder)

    @cached_property
    def tokenizer(self) -> Any:
        """The tokenizer in the model's folder."""
        from lingraft.tokenizers.loading import load_tokenizer

        return load_tokenizer(self.folder)

    @cached_property
    def embedder(self) -> "Embedder":
        """Embeds with the evaluated model."""
        from lingraft.evaluation.embed import Embedder

        return Embedder(self.model.base_model, self.tokenizer)

    @cached_property
    def source_tokenizer(self) -> Any:
        """The tokenizer of the source model."""
        from lingraft.tokenizers.loading import load_tokenizer

        return load_tokenizer(self.source())

    @cached_property
    def source_embedder(self) -> "Embedder":
        """Embeds with the source model and its own tokenizer."""
        from lingraft.evaluation.embed import Embedder

        return Embedder(_load(self.source()).base_model, self.source_tokenizer)

    def source(self) -> Path:
        """The source model's folder.

        Raises:
            InputError: none was given.
        """
        if self.source_folder is None:
            raise InputError("this task needs the source model: give --source_model DIR")
        return self.source_folder

    def languages(self) -> dict[str, str]:
        """Language of each corpus, by the corpus's name."""
        return {name: language_of(folder, name) for name, folder in self.corpora.items()}

    @cached_property
    def data_digests(self) -> dict[str, str]:
        """Digest of every data folder by its role; verifies the artifacts among them."""
        roles = {f"corpora/{name}": folder for name, folder in self.corpora.items()}
        roles |= {f"pivots/{name}": folder for name, folder in self.pivots.items()}
        roles |= {f"data/{name}": folder for name, folder in self.data.items()}
        seen: dict[Path, str] = {}
        for folder in roles.values():
            if folder not in seen:
                seen[folder] = digest_of(folder)
        return {role: seen[folder] for role, folder in roles.items()}

    @cached_property
    def model_digests(self) -> dict[str, str]:
        """Digests of the evaluated weights and tokenizer, and of the source model's if given."""
        digests = _model_digests(self.folder)
        if self.source_folder is not None:
            source = _model_digests(self.source_folder)
            digests |= {f"source_{name}": digest for name, digest in source.items()}
        return digests


def _load(folder: Path) -> Any:
    import torch

    from lingraft.models.loading import load_model

    device = "cuda" if torch.cuda.is_available() else "cpu"
    return load_model(folder).to(device)  # type: ignore[arg-type]


def _model_digests(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise InputError(f"model folder {folder} does not exist")
    if (folder / MANIFEST).is_file():
        digests = {name: entry["sha256"] for name, entry in verify(folder).files.items()}
    else:
        files = [path for path in sorted(folder.iterdir()) if path.is_file()]
        digests = {path.name: digest_file(path) for path in files}
    tokenizer = {
        name: digest
        for name, digest in digests.items()
        if any(Path(name).match(pattern) for pattern in _TOKENIZER_FILES)
    }
    weights = {
        name: digest
        for name, digest in digests.items()
        if name == "config.json" or name.endswith((".safetensors", ".bin"))
    }
    # Folders of another kind (an alignment) count as a whole.
    found = {"weights": weights, "tokenizer": tokenizer} if tokenizer else {"folder": digests}
    return {name: fingerprint(files) for name, files in found.items() if files}
