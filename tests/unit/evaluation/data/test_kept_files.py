"""What a library keeps without digests is dropped when it is not what was kept."""

from pathlib import Path

import pytest

from lingraft.evaluation.data.kept_files import drop_damaged, seal_files


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    (tmp_path / "results").mkdir()
    for name in ("results/one.json", "results/two.json", "three"):
        (tmp_path / name).write_text(name)
    seal_files(tmp_path)
    return tmp_path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()} - {"digests.json"}


def test_what_is_whole_stays(kept: Path) -> None:
    drop_damaged(kept)
    assert names(kept) == {"one.json", "two.json", "three"}


def test_what_changed_or_was_not_finished_goes(kept: Path) -> None:
    (kept / "results/one.json").write_text("results/0ne.json")
    (kept / "results/new.json").write_text("half")
    drop_damaged(kept)
    assert names(kept) == {"two.json", "three"}


@pytest.mark.parametrize("damage", [b"", b"{}", None])
def test_without_digests_nothing_is_believed(kept: Path, damage: bytes | None) -> None:
    (kept / "digests.json").unlink()
    if damage is not None:
        (kept / "digests.json").write_bytes(damage)
    drop_damaged(kept)
    assert names(kept) == set()
    drop_damaged(kept / "nowhere")
