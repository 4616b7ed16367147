"""Where a result may be written: never over what is read, or over files of others."""

from pathlib import Path

import pytest

from lingraft.artifacts import MANIFEST, new_artifact
from lingraft.errors import ConfigError
from lingraft.outputs import put_in_place, require_output


def write(folder: Path, name: str) -> None:
    with new_artifact(folder, "model") as staging:
        (staging / name).touch()


def test_new_empty_and_earlier_folders_are_taken(tmp_path: Path) -> None:
    require_output(tmp_path / "some" / "where", {"source model": tmp_path / "model"})
    assert not (tmp_path / "some").exists()
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / ".snakemake_timestamp").touch()
    require_output(tmp_path / "empty", {})
    write(tmp_path / "earlier", "config.json")
    (tmp_path / "earlier" / MANIFEST).unlink()  # as Snakemake does
    require_output(tmp_path / "earlier", {})
    assert not (tmp_path / "earlier").exists()  # what is left of it would look like a result
    write(tmp_path / "earlier", "other.json")
    names = sorted(path.name for path in (tmp_path / "earlier").glob("[!.]*"))
    assert names == [MANIFEST, "other.json"]


@pytest.mark.parametrize("name", ["thesis.txt", "data/notes", "config.json", "manifest.json"])
def test_files_of_others_are_not_replaced(tmp_path: Path, name: str) -> None:
    path = tmp_path / "home" / name
    path.parent.mkdir(parents=True)
    path.write_text("years of work")
    message = rf"home has {name.partition('/')[0]}, .* would be deleted"
    with pytest.raises(ConfigError, match=message):
        require_output(tmp_path / "home", {})
    with pytest.raises(ConfigError, match=message):
        write(tmp_path / "home", "config.json")
    assert path.read_text() == "years of work"
    assert list(tmp_path.iterdir()) == [tmp_path / "home"]


@pytest.mark.parametrize("place", ["model", "home", "home/../model", "."])
def test_what_is_used_is_not_replaced(tmp_path: Path, place: str) -> None:
    used = {"model": tmp_path / "model", "state": tmp_path / "home" / "state"}
    for folder in used.values():
        folder.mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"would replace files of the (model|state) .*its own"):
        require_output(tmp_path / place, used)
    require_output(tmp_path / "home" / "result", used)
    require_output(tmp_path / "model" / "continued", used)


@pytest.mark.parametrize("below", ["", "sub", "sub/folder"])
def test_a_file_is_no_folder(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"cannot be written \(Not a directory\)"):
        require_output(tmp_path / "file" / below, {})


def test_a_place_that_takes_no_files_is_named() -> None:
    with pytest.raises(ConfigError, match="`output=/proc/model` cannot be written"):
        require_output(Path("/proc/model"), {})


class Killed(BaseException):
    """Stands for a process that ends here."""


@pytest.mark.parametrize("can_exchange", [True, False], ids=["exchange", "rename"])
@pytest.mark.parametrize("killed_at", range(6))
def test_killed_anywhere_the_name_holds_one_whole_folder_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_at: int, can_exchange: bool
) -> None:
    old, new = tmp_path / "model", tmp_path / ".model.new"
    for folder, text in ((old, "old"), (new, "new")):
        folder.mkdir(mode=0o700)
        for name in ("weights", "tokenizer", "manifest.json"):
            (folder / name).write_text(text)
    (old / ".mine").touch()
    steps, rename = iter(range(10)), Path.rename

    def rename_or_die(path: Path, target: Path) -> Path:
        if next(steps) == killed_at:
            raise Killed
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", rename_or_die)
    if not can_exchange:
        monkeypatch.setattr("lingraft.outputs._EXCHANGE", 1 << 20)  # no system knows it
    try:
        put_in_place(new, old)
    except Killed:
        is_done = False
    else:
        is_done = True
        assert (old / ".mine").exists()
        assert old.stat().st_mode & 0o777 != 0o700
    texts = {path.read_text() for path in old.glob("[!.]*")}
    assert texts == {"new"} if is_done else texts in ({"new"}, {"old"}, set())
    assert is_done or not can_exchange or texts == {"new"}
    if texts:
        assert len(list(old.glob("[!.]*"))) == 3


def test_a_linked_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "big-disk" / "model").mkdir(parents=True)
    (tmp_path / "model").symlink_to(tmp_path / "big-disk" / "model")
    new = tmp_path / "big-disk" / ".model.new"
    new.mkdir()
    (new / "weights").touch()
    put_in_place(new, tmp_path / "model")
    assert (tmp_path / "model").is_symlink() and (tmp_path / "model" / "weights").exists()
