"""Every kind of damage to a checkpoint is found, and the one before it serves."""

import random
import shutil
from pathlib import Path

import pytest
import torch

from lingraft.errors import InputError, LingraftError
from lingraft.training.checkpoint import COMMIT, CheckpointStore, find_damage
from lingraft.training.world import World

ALONE = World(0, 1, torch.device("cpu"))


def save(store: CheckpointStore, *steps: int, best: int | None = None) -> None:
    for step in steps:
        weights = [("a", torch.full((40,), float(step))), ("b", torch.arange(9.0) + step)]
        moments = [("a.exp_avg", torch.zeros(40))]
        store.save(step, {"weights": weights, "moments": moments}, {"step": step, "x": 0.1}, best)


@pytest.fixture
def store(tmp_path: Path) -> CheckpointStore:
    (tmp_path / "state").mkdir()
    opened = CheckpointStore(tmp_path / "state", ALONE)
    save(opened, 10, 20)
    return opened


def files(store: CheckpointStore, step: int) -> list[Path]:
    return sorted((store.folder / f"step-{step}").iterdir())


def test_what_was_saved_comes_back(store: CheckpointStore) -> None:
    newest = store.newest()
    assert newest is not None
    assert newest.step == 20
    assert newest.progress == {"step": 20, "x": 0.1}
    weights = newest.tensors("weights")
    assert torch.equal(weights["a"], torch.full((40,), 20.0))
    assert set(newest.tensors("moments")) == {"a.exp_avg"}


@pytest.mark.parametrize("name", ["weights", "moments", COMMIT])
@pytest.mark.parametrize("length", ["nothing", "one", "half", "all but one"])
def test_truncation(store: CheckpointStore, name: str, length: str) -> None:
    path = next(path for path in files(store, 20) if path.name.startswith(name))
    size = path.stat().st_size
    lengths = {"nothing": 0, "one": 1, "half": size // 2, "all but one": size - 1}
    path.write_bytes(path.read_bytes()[: lengths[length]])
    newest = store.newest()
    assert newest is not None
    assert newest.step == 10
    assert (store.folder / "step-20.corrupt").is_dir()
    assert not (store.folder / "step-20").exists()


def test_two_hundred_flipped_bits(store: CheckpointStore) -> None:
    generator = random.Random(1)
    for _ in range(200):
        path = generator.choice(files(store, 20))
        whole = bytearray(path.read_bytes())
        position = generator.randrange(len(whole) * 8)
        flipped = bytearray(whole)
        flipped[position // 8] ^= 1 << position % 8
        path.write_bytes(flipped)
        damage = find_damage(path.parent)
        assert str(path.parent) in damage, f"bit {position} of {path.name} went unnoticed"
        path.write_bytes(whole)
    assert find_damage(store.folder / "step-20") == ""


def test_missing_files_and_commits(store: CheckpointStore) -> None:
    (store.folder / "step-20" / COMMIT).unlink()  # then it does not exist
    (store.folder / "step-30").mkdir()  # nor does this
    newest = store.newest()
    assert newest is not None
    assert newest.step == 10
    files(store, 10)[-1].unlink()
    with pytest.raises(InputError, match=r"all checkpoints in .* are damaged"):
        store.newest()


def test_all_damaged_is_an_error_and_stays_one(store: CheckpointStore) -> None:
    for step in (10, 20):
        files(store, step)[-1].write_bytes(b"x")
    for _ in range(2):  # no start begins again in silence, the second no more than the first
        with pytest.raises(InputError, match="2 set aside"):
            store.newest()


def test_nothing_saved_yet(tmp_path: Path) -> None:
    assert CheckpointStore(tmp_path, ALONE).newest() is None


def test_only_the_last_two_and_the_best_are_kept(store: CheckpointStore) -> None:
    save(store, 30, 40, 50, best=20)
    kept = sorted(path.name for path in store.folder.iterdir())
    assert kept == ["step-20", "step-40", "step-50"]


def test_a_later_format_is_refused_with_instructions(store: CheckpointStore) -> None:
    import json

    from lingraft.artifacts import fingerprint, write_json

    path = store.folder / "step-20" / COMMIT
    content = json.loads(path.read_text())
    del content["sha256"]
    content["format"] = 99
    write_json(path, {**content, "sha256": fingerprint(content)})
    with pytest.raises(
        InputError, match="has format 99, this version reads 1; finish the training"
    ):
        store.newest()
    assert path.exists()


def test_checkpoint_of_the_first_format_loads() -> None:
    golden = Path(__file__).parents[1] / "golden" / "checkpoint-format-1"
    newest = CheckpointStore(golden, ALONE).newest()
    assert newest is not None
    assert newest.step == 10
    assert torch.equal(newest.tensors("weights")["b"], torch.arange(9.0) + 10)


@pytest.mark.parametrize("broken", [1, 2])
def test_disk_full_deletes_old_checkpoints_and_tries_again(
    store: CheckpointStore, monkeypatch: pytest.MonkeyPatch, broken: int
) -> None:
    save(store, 30)
    full_for(monkeypatch, calls=broken)
    if broken == 1:
        save(store, 40)
        assert sorted(p.name for p in store.folder.iterdir()) == ["step-30", "step-40"]
        return
    with pytest.raises(Exception, match=r"is full .* the last checkpoint \(step 30\)"):
        save(store, 40)
    assert sorted(path.name for path in store.folder.iterdir()) == ["step-30"]
    save(store, 40)  # there is room again
    newest = store.newest()
    assert newest is not None
    assert newest.step == 40


def full_for(monkeypatch: pytest.MonkeyPatch, calls: int) -> None:
    """Let the disk be full, in the middle of a file, for so many writes."""
    from lingraft.training import checkpoint

    original = checkpoint.save_file
    left = [calls]

    def save_file(tensors: dict[str, torch.Tensor], path: Path) -> None:
        original(tensors, path)
        if left[0]:
            left[0] -= 1
            path.write_bytes(path.read_bytes()[:50])
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", save_file)


def test_unwritable_folder(store: CheckpointStore, monkeypatch: pytest.MonkeyPatch) -> None:
    from lingraft.training import checkpoint

    def fail(tensors: dict[str, torch.Tensor], path: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(checkpoint, "save_file", fail)
    message = r"cannot be written .*Input/output error.* the last checkpoint \(step 20\)"
    with pytest.raises(LingraftError, match=message):
        save(store, 30)
    newest = store.newest()
    assert newest is not None
    assert newest.step == 20


def make_golden(folder: Path) -> None:
    """Write the golden checkpoint anew (after a change of format, under a new name)."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    save(CheckpointStore(folder, ALONE), 10)
