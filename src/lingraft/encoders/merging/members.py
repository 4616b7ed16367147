"""Reads models to merge, and compares what is not in their weights."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lingraft.artifacts import Artifact, ModelFacts, open_artifact
from lingraft.encoders.merging.given import Weights
from lingraft.errors import InputError
from lingraft.models.loading import load_model
from lingraft.models.self_test import unequal
from lingraft.models.sentence_encoder import ENCODER_FILES, is_sentence_encoder
from lingraft.models.token_tables import every_parameter
from lingraft.tokenizers.backend import differences, read_backend

# What changes no output: where a model comes from, and what holds in training alone.
_WITHOUT_EFFECT = {"architectures", "transformers_version", "dtype", "torch_dtype", "use_cache"}
_OF_ENCODERS = {"output_hidden_states", "is_causal"}  # set where an encoder is made of a model


@dataclass(frozen=True)
class Member:
    """A model to merge, as it was read."""

    name: str
    artifact: Artifact[ModelFacts]
    model: Any
    """The language model with its head; dense."""
    was_factorized: bool

    @property
    def is_encoder(self) -> bool:
        """Whether its folder says how token vectors become the vector of a text."""
        return is_sentence_encoder(self.artifact.folder)

    @property
    def weights(self) -> Weights:
        """Its parameters by name; a tied one has one name."""
        return {name: tensor.detach() for name, tensor in self.model.named_parameters()}

    @property
    def names(self) -> dict[str, str]:
        """Each name of a parameter -> its name in `weights`; a tied one has several."""
        first = {id(parameter): name for name, parameter in self.model.named_parameters()}
        return {name: first[id(found)] for name, found in every_parameter(self.model).items()}


def read_member(name: str, folder: Path) -> Member:
    """Read a model; factorized embeddings are multiplied out.

    The product of two mean factors is not the mean of the products, so factors are never merged.

    Args:
        name: what messages and the record call it.
        folder: a model artifact.

    Raises:
        InputError: it is not a model that lingraft wrote.
    """
    artifact = open_artifact(folder, ModelFacts)
    model = load_model(folder)
    was_factorized = hasattr(model.config, "factorized_width")
    if was_factorized:
        from lingraft.models.factorized import dense_model

        model = dense_model(model)
    return Member(name, artifact, model, was_factorized)


def check_alike(members: Sequence[Member]) -> None:
    """Refuse models that differ in more than their weights.

    Raises:
        InputError: another architecture, configuration, tokenizer, or table that is no weight.
    """
    first = members[0]
    for member in members[1:]:
        for difference in _differences(member, first):
            raise InputError(f"{member.name} cannot be merged with {first.name}: {difference}")


def _differences(member: Member, other: Member) -> Iterator[str]:
    kind, kind_of_other = _kind(member.model), _kind(other.model)
    if kind != kind_of_other:
        yield f"it is a {kind}, not a {kind_of_other}"
    are_encoders = member.is_encoder and other.is_encoder
    own, others = (_settings(one.model, of_encoders=are_encoders) for one in (member, other))
    for key in sorted(own.keys() | others.keys()):
        if own.get(key) != others.get(key):
            yield f"its configuration has {key} {own.get(key)!r}, not {others.get(key)!r}"
    if are_encoders:
        files, files_of_other = (_of_modules(one.artifact) for one in (member, other))
        for name in sorted(files.keys() | files_of_other.keys()):
            if files.get(name) != files_of_other.get(name):
                yield f"it makes another vector of a text: {name} differs"
    backend, theirs = (read_backend(one.artifact.folder) for one in (member, other))
    if parts := differences(backend, theirs):
        yield f"it has another tokenizer ({parts})"
    tables, other_tables = (dict(one.model.named_buffers()) for one in (member, other))
    for name in unequal(tables, other_tables):
        yield f"its table {name} is another one"


def _kind(model: Any) -> str:
    return f"{type(model).__name__} ({model.config.model_type})"


def _settings(model: Any, *, of_encoders: bool) -> dict[str, Any]:
    ignored = _WITHOUT_EFFECT if of_encoders else _WITHOUT_EFFECT | _OF_ENCODERS
    return {
        name: value
        for name, value in model.config.to_dict().items()
        if name not in ignored and not name.startswith("_") and "dropout" not in name
    }


def _of_modules(artifact: Artifact[ModelFacts]) -> dict[str, Any]:
    """What a folder of sentence-transformers says of its modules: settings, digests of weights."""
    found: dict[str, Any] = {}
    for name, entry in artifact.manifest.files.items():
        if name in ENCODER_FILES or name.endswith("/config.json"):
            found[name] = json.loads(artifact.file(name).read_text("utf-8"))
            if isinstance(found[name], dict):
                found[name].pop("__version__", None)  # of the libraries that wrote it
        elif "/" in name:
            found[name] = entry["sha256"]
    return found
