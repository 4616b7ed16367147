"""The evaluated model together with the data it is measured on; everything is loaded once."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lingraft.artifacts import (
    Facts,
    atomic_path,
    digest_file,
    fingerprint,
    open_given,
    read_sealed,
    write_sealed,
)
from lingraft.artifacts.sealed import append_digest, keeps_digest
from lingraft.config.evaluation import Embedding
from lingraft.errors import ArtifactError, InputError
from lingraft.evaluation.data.reading import digest_of, language_of

if TYPE_CHECKING:
    from lingraft.evaluation.measures.embed import Embedder, Vectors

logger = logging.getLogger(__name__)

PLAIN = "data"  # what a data folder is called that was given without a name

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
        state: where finished work is kept, so that a killed evaluation resumes.
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
        from lingraft.evaluation.measures.embed import Embedder

        return Embedder(self.model.base_model, self.tokenizer)

    @cached_property
    def source_embedder(self) -> "Embedder":
        """Embeds with the source model and its own tokenizer."""
        from lingraft.evaluation.measures.embed import Embedder
        from lingraft.tokenizers.loading import load_tokenizer

        return Embedder(_load(self.source()).base_model, load_tokenizer(self.source()))

    def embed_pivot(self, texts: Sequence[str], how: Embedding, by: str) -> "Vectors":
        """Vectors of pivot texts, by the `source` model or by the `same` that is evaluated.

        Every model of a run asks for the same vectors of the source model, so they are kept in
        `state`, which the evaluations of an experiment may share.
        """
        if by == "same":
            return self.embedder.embed(texts, how)
        if self.state is None:
            return self.source_embedder.embed(texts, how)
        settings = how.model_dump(include=set(Embedding.model_fields))
        key = fingerprint([_model_digests(self.source()), settings, list(texts)])
        path = self.state / "embeddings" / f"{key[:24]}.npy"
        vectors_NE = _kept_vectors(path)
        if vectors_NE is None:
            vectors_NE = self.source_embedder.embed(texts, how)
            with atomic_path(path) as temporary:
                with temporary.open("wb") as stream:
                    np.save(stream, vectors_NE, allow_pickle=False)
                append_digest(temporary)
        return np.asarray(vectors_NE, dtype=np.float32)

    def remembered(self, what: str, question: Any, answer: Callable[[], Any]) -> Any:
        """The answer (plain JSON) to a question that no model changes, kept in `state`."""
        if self.state is None:
            return answer()
        path = self.state / what / f"{fingerprint(question)[:24]}.json"
        try:
            return read_sealed(path)["answer"]
        except FileNotFoundError:
            pass
        except (ArtifactError, KeyError) as error:
            logger.warning("%s; it is made again", str(error).partition(";")[0])
        write_sealed(path, {"answer": answer()})
        return read_sealed(path)["answer"]

    def source(self) -> Path:
        """The source model's folder.

        Raises:
            InputError: none was given.
        """
        if self.source_folder is None:
            raise InputError("this task needs the source model: give --source-model DIR")
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


def _kept_vectors(path: Path) -> Any | None:
    """Vectors that an earlier evaluation kept; None where there are none, or damaged ones."""
    if not path.is_file():
        return None
    if not keeps_digest(path):
        logger.warning("%s is damaged (its digest differs); it is made again", path)
        return None
    return np.load(path, allow_pickle=False)


def dataset_folders(name: str, subject: Subject) -> dict[str, Path]:
    """Language -> folder of a dataset artifact.

    Raises:
        InputError: the dataset is not among the subject's data, or has no languages.
    """
    if name not in subject.data:
        raise InputError(f"this task's settings name the data {name}: give --data {name}=DIR")
    folder = subject.data[name]
    found = {path.name: path for path in sorted(folder.iterdir()) if path.is_dir()}
    if not found:
        raise InputError(f"data {name} ({folder}) has no folder for any language")
    return found


def _load(folder: Path) -> Any:
    import torch

    from lingraft.models.loading import load_model

    device = "cuda" if torch.cuda.is_available() else "cpu"
    return load_model(folder).to(device)  # type: ignore[arg-type]


def _model_digests(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise InputError(f"model folder {folder} does not exist")
    if artifact := open_given(folder, Facts):
        digests = {name: entry["sha256"] for name, entry in artifact.manifest.files.items()}
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
