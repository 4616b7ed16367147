"""A trained generator: loaded from its folder, and asked for the rows of tokens or of any texts.

Shapes: N tokens or texts, K of which something is known.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lingraft.artifacts import GeneratorFacts, open_given, write_json
from lingraft.config.checking import check_choice
from lingraft.errors import ConfigError, InputError
from lingraft.initialization.generation.batches import predicted_rows
from lingraft.initialization.generator import Generator
from lingraft.initialization.generators import AnyGenerator
from lingraft.initialization.networks.basis import EMBEDDINGS, Basis, basis_of, source_digest
from lingraft.initialization.networks.reader import Lists, TokenReader, with_lists
from lingraft.initialization.request import Request
from lingraft.initialization.weights import GeneratedRows
from lingraft.numeric.arrays import Int64

_WEIGHTS, _DESCRIPTION, METRICS = "network.safetensors", "generator.json", "metrics.json"


@dataclass(frozen=True, eq=False)
class RowMaker:
    """A generator beside its source model: rows for tokens and texts, as often as one likes."""

    reader: TokenReader
    basis: Basis
    network: nn.Module

    def input_network(self) -> Any:
        """What of a network over bytes makes input rows, in numbers: a module of its own."""
        network: Any = self.network
        return network.of_part(self.basis.parts[EMBEDDINGS], torch.from_numpy(self.basis.unit_X))

    def of_tokens(self, rows_N: Int64) -> GeneratedRows:
        """Rows of tokens of the request's target vocabulary; those that are not known are left
        out."""
        return self._made(rows_N, self.reader.of_tokens(self.reader.request.target, rows_N))

    def of_texts(self, texts: Sequence[str]) -> GeneratedRows:
        """Rows of texts that need not be tokens (a leading space says that a word begins); their
        places are the row numbers."""
        return self._made(np.arange(len(texts)), self.reader.of_texts(texts))

    def _made(self, rows_N: Int64, lists: Lists) -> GeneratedRows:
        known = with_lists(rows_N, lists)
        if not known.lists:
            return GeneratedRows(known.rows_N, {})
        device = next(self.network.parameters()).device
        rows_KX = predicted_rows(self.network, known.lists, self.basis.unit_X, device)
        return GeneratedRows(known.rows_N, self.basis.split(rows_KX))


@dataclass(frozen=True, eq=False)
class TrainedGenerator:
    """What the training of a generator left."""

    settings: Generator
    weights: Mapping[str, Tensor]
    """Of the network; what it looks up comes from the source model and the evidence again."""
    sizes: Mapping[str, int]
    """Numbers of each part of a row."""
    source: str
    """Digest of the source's tokens and matrices."""
    evidence: str
    """Digest of what describes tokens; empty where nothing but the source does."""
    quality: Mapping[str, Any]
    """On held-out source tokens, beside FVT."""
    name: str = ""

    @property
    def account(self) -> dict[str, Any]:
        """For the account of an initialization."""
        return {"name": self.name, "method": self.settings.name(), "quality": dict(self.quality)}

    def learned(self, request: Request) -> bool:
        """Whether it was trained for the source model of a request."""
        return source_digest(request) == self.source

    def beside(self, request: Request) -> RowMaker:
        """The generator at work.

        Args:
            request: with the source model that it was trained for, and its evidence.

        Raises:
            InputError: it was trained for another model or with other word vectors, or makes rows
                of another shape.
        """
        if not self.learned(request):
            raise InputError(
                f"{self._called} was trained for another source model than this one; train one for "
                "this model, or start from that model"
            )
        basis = basis_of(request, self.settings.width, as_authors=self.settings.follows_authors)
        if basis.sizes != dict(self.sizes):
            raise InputError(
                f"{self._called} makes rows of {dict(self.sizes)}, and the source model has "
                f"{dict(basis.sizes)}; train one for this model"
            )
        reader = self.settings.reader(request, basis)
        if reader.evidence_digest != self.evidence:
            raise InputError(
                f"{self._called} was trained with other word vectors than those given; give the "
                "same vectors and alignments"
            )
        network = self.settings.network(reader, basis)
        try:
            network.load_state_dict(dict(self.weights), strict=True)
        except RuntimeError as error:
            reason = " ".join(str(error).split())
            raise InputError(f"{self._called} has weights that do not fit: {reason:.200}") from None
        network.eval()
        return RowMaker(reader, basis, network)

    def generate(self, request: Request, rows_N: Int64, width: int | None) -> GeneratedRows:
        """Rows of tokens of the request's target.

        Args:
            request: as of `beside`.
            rows_N: target rows.
            width: that the rows shall have, of a factorization; None for full rows.

        Raises:
            ConfigError: the generator makes rows of another width.
            InputError: as `beside`.
        """
        if width != self.settings.width:
            raise ConfigError(
                f"{self._called} makes rows of `width` {self.settings.width}, the initialization "
                f"has `width` {width}; give both the same"
            )
        return self.beside(request).of_tokens(rows_N)

    @property
    def _called(self) -> str:
        return f"generator {self.name}" if self.name else "the generator"

    def save(self, folder: Path) -> None:
        """Write weights, description and metrics into a folder."""
        tensors = {name: tensor.cpu().contiguous() for name, tensor in self.weights.items()}
        save_file(tensors, folder / _WEIGHTS)
        content = {
            "settings": self.settings.model_dump(mode="json", exclude_unset=True),
            "sizes": dict(self.sizes),
            "source": self.source,
            "evidence": self.evidence,
        }
        write_json(folder / _DESCRIPTION, content)

    @classmethod
    def load(cls, folder: Path) -> "TrainedGenerator":
        """Read what `save` and the stage wrote.

        Raises:
            ArtifactError: a file is not what was written.
            InputError: a file is missing or damaged.
        """
        open_given(folder, GeneratorFacts)
        try:
            content = json.loads((folder / _DESCRIPTION).read_text("utf-8"))
            metrics = json.loads((folder / METRICS).read_text("utf-8"))
            weights = load_file(folder / _WEIGHTS)
            settings = check_choice(AnyGenerator, content["settings"], "generator")
            return cls(
                settings,
                weights,
                {str(key): int(size) for key, size in content["sizes"].items()},
                str(content["source"]),
                str(content["evidence"]),
                dict(metrics["quality"]),
                folder.name,
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
            raise InputError(f"{folder} is not a whole generator ({error!r})") from None
