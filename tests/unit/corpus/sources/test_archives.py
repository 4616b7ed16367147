"""Archives are unpacked inside their folder or refused, whatever they try."""

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lingraft.corpus.sources import archives
from lingraft.corpus.sources.archives import check_archive, safe_name, unpack
from lingraft.errors import InputError

MakeArchive = Callable[[Path, list], Path]
GOOD = [("package/a.txt", b"text"), ("package/deep/b.json", b"{}")]


def _tar(path: Path, members: list) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                info.type, info.linkname = content
                archive.addfile(info)
    return path


def _zip(path: Path, members: list) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            if not isinstance(content, bytes):
                info.external_attr = 0o120777 << 16
                content = content[1].encode()
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return path


@pytest.fixture(params=[("a.tar.gz", _tar), ("a.zip", _zip)], ids=["tar", "zip"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[list], Path]:
    name, function = request.param
    return lambda members: function(tmp_path / name, members)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "deep" / "target"
    folder.mkdir(parents=True)
    return folder


def _files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_members_are_unpacked(make, target: Path) -> None:
    unpack(make(GOOD), target, ())
    assert _files(target) == dict(GOOD)


def test_only_what_is_kept_is_unpacked(make, target: Path) -> None:
    unpack(make(GOOD), target, ("*.json",))
    assert list(_files(target)) == ["package/deep/b.json"]


@pytest.mark.parametrize(
    "member",
    [
        ("../../outside", b"x"),
        ("package/../../../outside", b"x"),
        ("/lingraft-outside", b"x"),
        ("..\\outside", b"x"),
        ("C:outside", b"x"),
        ("package/link", (tarfile.SYMTYPE, "/etc/passwd")),
        ("package/link", (tarfile.SYMTYPE, "../../outside")),
    ],
)
def test_unsafe_members_are_refused(make, target: Path, member: tuple, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unsafe"):
        unpack(make([*GOOD, member]), target, ())
    assert not Path("/lingraft-outside").exists()
    assert not list(tmp_path.rglob("*outside*"))
    assert not any(path.is_symlink() for path in tmp_path.rglob("*"))


@pytest.mark.parametrize("kind", [tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_hard_links_and_devices_are_refused(tmp_path: Path, target: Path, kind: bytes) -> None:
    archive = _tar(tmp_path / "a.tar.gz", [*GOOD, ("x", (kind, "package/a.txt"))])
    with pytest.raises(InputError, match="is a link or a device"):
        unpack(archive, target, ())


def test_a_bomb_is_stopped(make, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_SMALL", 1 << 20)
    with pytest.raises(InputError, match="unpacks to more than"):
        unpack(make([("zeros", bytes(8 << 20))]), target, ())
    assert sum(map(len, _files(target).values())) <= 1 << 20


def test_too_many_members_are_refused(make, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAXIMUM_MEMBERS", 2)
    with pytest.raises(InputError, match="more than 2 members"):
        unpack(make([*GOOD, ("c", b"")]), target, ())


def test_the_same_name_twice_is_refused(tmp_path: Path, target: Path) -> None:
    with pytest.raises(InputError, match="twice"):
        unpack(_tar(tmp_path / "a.tar.gz", [*GOOD, GOOD[0]]), target, ())


@pytest.mark.parametrize("damage", [lambda b: b[:100], lambda b: b"", lambda b: b"\1" * len(b)])
def test_broken_archives_are_one_line(make, target: Path, damage: Callable) -> None:
    path = make([("noise", bytes(range(256)) * 40), *GOOD])
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match="broken archive"):
        unpack(path, target, ())


def test_digests_are_compared(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    facts = {"name": "a.bin", "size": 3, "sha256": digest}
    assert check_archive(path, digest, "x") == {"archive": facts}
    with pytest.raises(InputError, match=r"package x: SHA-256 of a\.bin is ba7816.*expected 00"):
        check_archive(path, "0" * 64, "package x")


def test_current_folder_prefix_is_plain() -> None:
    assert safe_name("./usr/share/doc", "x") == "usr/share/doc"
