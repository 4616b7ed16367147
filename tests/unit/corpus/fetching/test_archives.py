"""Archives are unpacked inside their folder or refused, whatever they try."""

import bz2
import gzip
import io
import lzma
import random
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lingraft.corpus import compression
from lingraft.corpus.fetching import archives
from lingraft.corpus.fetching.archives import check_archive, safe_name, unpack
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
    monkeypatch.setattr(compression, "_SMALL", 1 << 20)
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


def _words(chance: random.Random) -> bytes:
    return bytes(chance.choices(b"some words of text ", k=700))


CHANCE = random.Random(3)
TEXTS = [(f"päckage/{number}.txt", _words(CHANCE)) for number in range(4)]
PACKED = {
    "a.tar.gz": lambda raw: gzip.compress(raw, 9),
    "b.tar.gz": lambda raw: gzip.compress(raw, 0),
    "c.tar.gz": lambda raw: gzip.compress(raw[:3000]) + gzip.compress(raw[3000:]),
    "a.tar.bz2": bz2.compress,
    "b.tar.bz2": lambda raw: bz2.compress(raw[:3000]) + bz2.compress(raw[3000:]),
    "a.tar.xz": lzma.compress,
    "a.tgz": gzip.compress,
    "a.zip": None,
    "a.whl": None,
}


def _pack(path: Path) -> bytes:
    pack = PACKED[path.name]
    if pack is None:
        return _zip(path, TEXTS).read_bytes()
    return pack(gzip.decompress(_tar(path, TEXTS).read_bytes()))


@pytest.mark.parametrize("name", PACKED)
def test_a_flipped_bit_gives_the_same_files_or_none(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    whole = _pack(path)
    chance = random.Random(name)
    ends = [chance.randrange(len(whole) - 400, len(whole)) for _ in range(30)]
    for place in [*(chance.randrange(len(whole)) for _ in range(30)), *ends]:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        with tempfile.TemporaryDirectory(dir=tmp_path) as target:
            try:
                unpack(path, Path(target), ())
            except InputError:
                continue
            assert _files(Path(target)) == dict(TEXTS)


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tar.bz2", "a.tar.xz"])
@pytest.mark.parametrize("junk", [b"junk" * 300, bytes(512) + b"junk"])
def test_what_follows_an_archive_is_refused(
    tmp_path: Path, target: Path, name: str, junk: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(_pack(path) + junk)
    with pytest.raises(InputError, match="broken archive"):
        unpack(path, target, ())


@pytest.mark.parametrize("place", [0, 512, 1024, 1700, 3000, 5000])
def test_a_plain_tar_must_have_its_headers_and_its_end(
    tmp_path: Path, target: Path, place: int
) -> None:
    path = tmp_path / "a.tar"
    whole = gzip.decompress(_tar(path, TEXTS).read_bytes())
    path.write_bytes(whole[:place])
    with pytest.raises(InputError, match="broken archive"):
        unpack(path, target, ())
    second = whole.rindex(b"ckage/1.txt")
    path.write_bytes(whole[:second] + b"C" + whole[second + 1 :])
    with pytest.raises(InputError, match="a header is damaged"):
        unpack(path, target, ())


def test_a_lost_entry_of_the_directory_is_noticed(tmp_path: Path, target: Path) -> None:
    whole = _zip(tmp_path / "a.zip", TEXTS).read_bytes()
    renamed = whole.replace(b"2.txt", b"2.tx/", 2).replace(b"2.tx/", b"2.txt", 1)
    (tmp_path / "a.zip").write_bytes(renamed)  # a folder, in the directory at the end alone
    with pytest.raises(InputError, match="differs from the file"):
        unpack(tmp_path / "a.zip", target, ())
    (tmp_path / "a.zip").write_bytes(whole[:-12] + b"\7" + whole[-11:])
    with pytest.raises(InputError, match="promises 7 members, but it lists 4"):
        unpack(tmp_path / "a.zip", target, ())


@pytest.mark.parametrize("name", ["n" * 300, "/".join(["d" * 100] * 60)])
def test_names_that_no_disk_takes_are_one_line(make, target: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"cannot be stored here \(File name too long\); leave it"):
        unpack(make([(name, b"text")]), target, ())
    unpack(make([(name, b"text"), *GOOD]), target, ("package/*",))
    assert _files(target) == dict(GOOD)


def test_a_long_header_is_not_read_into_memory(tmp_path: Path, target: Path) -> None:
    header = tarfile.TarInfo("PaxHeader")
    header.type, header.size = tarfile.XHDTYPE, 50 << 20
    with gzip.open(tmp_path / "a.tar.gz", "wb") as stream:
        stream.write(header.tobuf(tarfile.GNU_FORMAT) + bytes(50 << 20))
    with pytest.raises(InputError, match="a header says that 52428800 bytes follow"):
        unpack(tmp_path / "a.tar.gz", target, ())


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


def test_a_member_without_a_name_is_one_line(tmp_path: Path, target: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr(zipfile.ZipInfo(""), b"text")
    with pytest.raises(InputError, match="a member has no name"):
        unpack(archive, target, ())
