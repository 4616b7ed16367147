"""What a long fit has reached, on disk: a killed job goes on and comes to the same result.

A state is named by all that decides the result, so a fit never goes on from that of another one;
the folds and the final fit of an alignment share a folder.
"""

import hashlib
import time
from dataclasses import asdict, fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from lingraft.artifacts import atomic_path
from lingraft.vectors.fitting import Problem
from lingraft.vectors.self_learning import Learned

_SECONDS = 60.0  # between two savings: what a killed job loses at most


class FitState:
    """The state of one self-learning; without a folder nothing is kept."""

    def __init__(self, problem: Problem, question: str) -> None:
        """Name the state.

        Args:
            problem: the vectors and pairs, and the folder.
            question: everything else that decides the result.
        """
        self._path: Path | None = None
        if problem.state is not None:
            digest = hashlib.sha256(question.encode())
            for array in (
                problem.source_NE, problem.target_ME,
                problem.source_P, problem.target_P, problem.weights_P,
            ):  # fmt: skip
                digest.update(np.ascontiguousarray(array).data)
            self._path = problem.state / f"self-learning-{digest.hexdigest()[:24]}.npz"
        self._saved = time.monotonic()

    def load(self) -> Learned | None:
        """Where an earlier run was; nothing if there is none, or its file is damaged."""
        if self._path is None or not self._path.is_file():
            return None
        try:
            with np.load(self._path, allow_pickle=False) as arrays:
                values = {field.name: arrays[field.name] for field in fields(Learned)}
        except (ValueError, KeyError, EOFError, OSError, BadZipFile):
            return None
        return Learned(**{k: v if v.ndim else v.item() for k, v in values.items()})

    def save(self, now: Learned) -> None:
        """Keep it if it is finished, or if the last saving was a while ago."""
        if self._path is None:
            return
        if now.finished or time.monotonic() - self._saved >= _SECONDS:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_path(self._path) as temporary, temporary.open("wb") as stream:
                np.savez(stream, **asdict(now))
            self._saved = time.monotonic()


def forget(folder: Path | None) -> None:
    """Remove the states of a folder, and the folder if nothing else is in it."""
    if folder is None or not folder.is_dir():
        return
    for path in folder.glob("self-learning-*.npz"):
        path.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()
