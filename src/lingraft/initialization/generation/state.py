"""What the training of a generator has reached, on disk: a killed job goes on to the same bits.

One safetensors file, replaced as a whole. Its name has a digest of all that decides the result, so
a training never goes on from that of another one; its header has a digest of its tensors.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from lingraft.artifacts import atomic_path

_SECONDS = 60.0  # between two savings: what a killed job loses at most
_PREFIX = "generator-"


@dataclass(frozen=True)
class Reached:
    """Finished epochs, finished batches of the next one, losses of the finished epochs, tensors."""

    epoch: int
    batch: int
    steps: int
    losses: list[float]
    losses_of_epoch: list[float]
    tensors: Mapping[str, Tensor]


class GeneratorState:
    """The state of one training; without a folder nothing is kept."""

    def __init__(self, folder: Path | None, question: str, seconds: float = _SECONDS) -> None:
        """Name the state.

        Args:
            folder: where it is; None to keep nothing.
            question: all that decides the result.
            seconds: between two savings.
        """
        name = f"{_PREFIX}{hashlib.sha256(question.encode()).hexdigest()[:24]}.safetensors"
        self._path = None if folder is None else folder / name
        self._seconds = seconds
        self._saved = time.monotonic()

    def load(self) -> Reached | None:
        """Where an earlier run was; nothing if there is none, or its file is damaged."""
        if self._path is None or not self._path.is_file():
            return None
        try:
            with safe_open(self._path, "pt") as stream:
                said = json.loads(stream.metadata()["reached"])
                tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
            if said.pop("sha256") != _tensors_digest(tensors):
                return None
            return Reached(**said, tensors=tensors)
        except (SafetensorError, OSError, ValueError, KeyError, TypeError):
            return None

    @property
    def is_due(self) -> bool:
        """Whether the last saving was a while ago."""
        return self._path is not None and time.monotonic() - self._saved >= self._seconds

    def save(self, now: Reached) -> None:
        """Keep it in the place of what was there."""
        if self._path is None:
            return
        tensors = {name: tensor.cpu().contiguous() for name, tensor in now.tensors.items()}
        said = {key: value for key, value in vars(now).items() if key != "tensors"}
        said["sha256"] = _tensors_digest(tensors)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(self._path) as temporary:
            save_file(tensors, temporary, {"reached": json.dumps(said)})
        self._saved = time.monotonic()


def forget_generators(folder: Path | None) -> None:
    """Remove the states of a folder, and the folder if nothing else is in it."""
    if folder is None or not folder.is_dir():
        return
    for path in folder.glob(f"{_PREFIX}*.safetensors"):
        path.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()


def _tensors_digest(tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        # A number without dimensions cannot be viewed as bytes, a list of one can.
        digest.update(tensors[name].reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
