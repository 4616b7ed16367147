"""Checkpoints that are whole or do not exist.

Every process writes its files into `step-N/`; when all are on disk, the main process writes
`COMMIT.json` (names, sizes, digests, progress, and a digest of itself) last and atomically. A
folder without a valid COMMIT.json is not a checkpoint. Deletion removes that file first. A damaged
checkpoint is renamed to `step-N.corrupt`, and the one before it is used. If all are damaged,
training stops: the user may be able to restore one, and starting over would hide that.

Files are safetensors: nothing is unpickled.
"""

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from lingraft.artifacts import digest_file, fingerprint, is_disk_full, write_json
from lingraft.config.pretraining import KEPT_CHECKPOINTS
from lingraft.errors import InputError, LingraftError
from lingraft.outputs import sync
from lingraft.training.world import World

logger = logging.getLogger(__name__)

COMMIT = "COMMIT.json"
FORMAT = 1
WEIGHTS, MOMENTS = "weights", "moments"

# Tests stop the process at these points of a save; training leaves the hook empty.
Hook = Callable[[str], None]


@dataclass(frozen=True)
class Checkpoint:
    """A committed checkpoint."""

    folder: Path
    step: int
    progress: Mapping[str, Any]
    files: Mapping[str, Mapping[str, Any]]

    def tensors(self, kind: str) -> dict[str, Tensor]:
        """All tensors of a kind (`weights`, `moments`) by name, on the CPU."""
        found: dict[str, Tensor] = {}
        for name in sorted(self.files):
            if name.startswith(kind):
                with safe_open(self.folder / name, "pt") as stream:
                    found |= {key: stream.get_tensor(key) for key in stream.keys()}  # noqa: SIM118
        return found


class CheckpointStore:
    """The checkpoints of one training, in one folder."""

    def __init__(self, folder: Path, world: World, hook: Hook | None = None) -> None:
        self.folder = folder
        self.world = world
        self.hook: Hook = hook or (lambda point: None)

    def save(
        self,
        step: int,
        tensors: Mapping[str, Iterable[tuple[str, Tensor]]],
        progress: Mapping[str, Any],
        best: int | None = None,
    ) -> None:
        """Save and commit a checkpoint, then delete those no longer needed.

        Args:
            step: its number.
            tensors: kind -> (name, full tensor) of which each process keeps its share; all
                processes iterate, because a tensor may have to be gathered from them.
            progress: plain JSON values.
            best: step of a checkpoint to keep besides the last ones.

        Raises:
            LingraftError: the disk fails, or is full (also after deleting old checkpoints); what
                was committed before is untouched.
        """
        # All tensors are gathered before the first write, so a failed write can be repeated
        # without gathering them again.
        held = {kind: _own_share(entries, self.world) for kind, entries in tensors.items()}
        failure = self._write(step, held)
        if failure and is_disk_full(failure):
            logger.warning("no room for a checkpoint (%s); deleting old ones", failure)
            self._discard(step)
            self._prune(keep=1, best=best)
            failure = self._write(step, held)
        if failure:
            self._discard(step)
            what = "is full" if is_disk_full(failure) else "cannot be written"
            raise LingraftError(
                f"{self.folder} {what} ({failure}); repair that and run the same command: training "
                f"continues at the last checkpoint ({self._newest_step()})"
            )
        self._commit(step, progress)
        self._prune(keep=KEPT_CHECKPOINTS, best=best)

    def newest(self) -> Checkpoint | None:
        """The newest checkpoint that is whole, for all processes; None if there never was one.

        Raises:
            InputError: there are checkpoints, and all are damaged.
        """
        found = self._find() if self.world.is_main else None
        chosen = self.world.broadcast(found)
        if isinstance(chosen, str):
            raise InputError(chosen)
        return None if chosen is None else read_commit(self.folder / f"step-{chosen}")

    def whole(self, step: int) -> Checkpoint:
        """The checkpoint of a step that no other checkpoint can replace.

        Raises:
            InputError: it is damaged.
        """
        folder = self.folder / f"step-{step}"
        if damage := find_damage(folder):
            raise InputError(
                f"{damage}; this training's best weights were there: restore {folder} from a "
                f"backup, or delete {self.folder} to train again"
            )
        return read_commit(folder)

    def keep_only(self, steps: set[int]) -> None:
        """Delete all checkpoints but these."""
        if self.world.is_main:
            for step in set(committed_steps(self.folder)) - steps:
                self._delete(step)

    def _find(self) -> int | str | None:
        for step in sorted(committed_steps(self.folder), reverse=True):
            folder = self.folder / f"step-{step}"
            if not (damage := find_damage(folder)):
                return step
            aside = _unused(folder.with_name(folder.name + ".corrupt"))
            folder.rename(aside)
            logger.warning("%s; set aside as %s", damage, aside.name)
        if damaged := sorted(self.folder.glob("step-*.corrupt*")):
            return (
                f"all checkpoints in {self.folder} are damaged ({len(damaged)} set aside, the "
                f"last as {damaged[-1].name}); restore one from a backup, or delete the folder to "
                "start over"
            )
        return None

    def _write(self, step: int, held: Mapping[str, Mapping[str, Tensor]]) -> str:
        """Write this process's files; returns why any process could not, or nothing."""
        folder = self.folder / f"step-{step}"
        failure = ""
        try:
            if self.world.is_main:
                (folder / COMMIT).unlink(missing_ok=True)
            folder.mkdir(exist_ok=True)  # in a state that is still there
            for kind, tensors in held.items():
                path = folder / f"{kind}-{self.world.rank:05d}.safetensors"
                save_file(dict(tensors), path)
                self.hook(f"written {kind}")
                sync(path)
                self.hook(f"synced {kind}")
        except (OSError, SafetensorError) as error:
            failure = str(error)
        # All processes get the same list, so all of them agree on the first failure.
        return next(filter(None, self.world.gather(failure)), "")

    def _commit(self, step: int, progress: Mapping[str, Any]) -> None:
        folder = self.folder / f"step-{step}"
        own = sorted(folder.glob(f"*-{self.world.rank:05d}.safetensors"))
        described = {p.name: {"size": p.stat().st_size, "sha256": digest_file(p)} for p in own}
        files = {
            name: entry for part in self.world.gather(described) for name, entry in part.items()
        }
        self.hook("before commit")
        if self.world.is_main:
            # An interrupted save with more processes may have left files of higher ranks.
            for stale in {path.name for path in folder.iterdir()} - set(files):
                (folder / stale).unlink()
            content = {"format": FORMAT, "step": step, "progress": dict(progress), "files": files}
            write_json(folder / COMMIT, {**content, "sha256": fingerprint(content)})
            # The name `step-N` is an entry of this folder, which the disk needs as well as the
            # files in it.
            sync(self.folder)
        self.hook("committed")
        self.world.barrier()

    def _prune(self, keep: int, best: int | None) -> None:
        if not self.world.is_main:
            return
        steps = sorted(committed_steps(self.folder))
        # `steps` is ascending: all but the last `keep`, and never the best one.
        for step in set(steps[:-keep]) - {best}:
            self._delete(step)
        for folder in self.folder.glob("step-*"):
            # A save without COMMIT.json was interrupted. Folders called `step-N.corrupt` are kept,
            # because a user may be able to repair them.
            if folder.name.removeprefix("step-").isdigit() and not (folder / COMMIT).exists():
                shutil.rmtree(folder, ignore_errors=True)

    def _delete(self, step: int) -> None:
        folder = self.folder / f"step-{step}"
        (folder / COMMIT).unlink(missing_ok=True)
        # The removal of COMMIT.json must be on the disk before the first tensor file goes.
        # Otherwise a power failure could leave a commit without its files.
        sync(folder)
        self.hook("uncommitted")
        shutil.rmtree(folder, ignore_errors=True)

    def _discard(self, step: int) -> None:
        self.world.barrier()
        if self.world.is_main:
            shutil.rmtree(self.folder / f"step-{step}", ignore_errors=True)
        self.world.barrier()

    def _newest_step(self) -> str:
        steps = committed_steps(self.folder)
        return f"step {max(steps)}" if steps else "none yet"


def committed_steps(folder: Path) -> list[int]:
    """Steps whose folder has a COMMIT.json, whole or not."""
    numbers = (path.parent.name.removeprefix("step-") for path in folder.glob(f"step-*/{COMMIT}"))
    return [int(number) for number in numbers if number.isdigit()]


def read_commit(folder: Path) -> Checkpoint:
    """Read COMMIT.json.

    Raises:
        InputError: it is damaged, or of a format this version does not know.
    """
    path = folder / COMMIT
    try:
        text = path.read_text("utf-8")
        content = json.loads(text)
        # The digest is of the parsed values: it does not notice changed spaces or a key that is
        # there twice. So the text must also be exactly what is written for these values.
        as_written = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        digest = content.pop("sha256")
        if fingerprint(content) != digest or text != as_written:
            raise InputError(f"{path} is damaged (its digest differs)")
        if content["format"] != FORMAT:
            raise InputError(
                f"{path} has format {content['format']}, this version reads {FORMAT}; finish the "
                "training with the version that began it, or delete the folder to start over"
            )
        return Checkpoint(folder, content["step"], content["progress"], content["files"])
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise InputError(f"{path} is damaged ({error!r})") from None


def find_damage(folder: Path) -> str:
    """What is wrong with a committed checkpoint, in words; nothing if it is whole."""
    try:
        checkpoint = read_commit(folder)
    except InputError as error:
        if "has format" in str(error):
            raise
        return str(error)
    for name, entry in checkpoint.files.items():
        path = folder / name
        if not path.is_file():
            return f"{path} is missing"
        if path.stat().st_size != entry["size"]:
            return f"{path} has {path.stat().st_size} bytes instead of {entry['size']}"
        if digest_file(path) != entry["sha256"]:
            return f"{path} has another content than when it was saved (SHA-256 differs)"
    return ""


def digest(tensors: Iterable[tuple[str, Tensor]]) -> str:
    """SHA-256 over names and bytes of tensors."""
    total = hashlib.sha256()
    for name, tensor in tensors:
        total.update(name.encode())
        # `.data` of an array is a memoryview, which hashlib reads without a copy.
        total.update(tensor.cpu().contiguous().numpy().data)
    return total.hexdigest()


def _own_share(entries: Iterable[tuple[str, Tensor]], world: World) -> dict[str, Tensor]:
    """Of all tensors, those that this process writes: every size-th."""
    # safetensors refuses tensors whose numbers are not side by side.
    return {name: tensor.cpu().contiguous() for name, tensor in _dealt(entries, world)}


def _dealt(entries: Iterable[tuple[str, Tensor]], world: World) -> Iterator[tuple[str, Tensor]]:
    # Each process iterates over all entries, because the next tensor may be gathered from all of
    # them.
    for number, (name, tensor) in enumerate(entries):
        if number % world.size == world.rank:
            yield name, tensor


def _unused(path: Path) -> Path:
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.name}-{number}")
    return candidate
