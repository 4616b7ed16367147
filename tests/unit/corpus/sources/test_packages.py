"""Package managers that exist, fail or lie, and what becomes of their packages."""

import io
import json
import os
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from huggingface_hub import RepoFile

from lingraft.artifacts import read_manifest, verify
from lingraft.corpus.fetching import commands, source_packages
from lingraft.corpus.sources.debian import DebianSource
from lingraft.corpus.sources.hub import HubSource
from lingraft.corpus.sources.local import LocalSource
from lingraft.corpus.sources.npm import NpmSource
from lingraft.corpus.sources.pypi import PypiSource
from lingraft.corpus.stage import download
from lingraft.errors import InputError

needs_dpkg = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb")
CARD = "---\nlicense: cc-by-4.0\n---\n"
PARTS = [("1", "one"), ("2", "two")]
COPYRIGHT = "Format: x\n\nFiles: *\nCopyright: someone\nLicense: MPL-2.0\n\nFiles: a\nLicense: X\n"


def _install(folder: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program in front of those on PATH."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def _nothing_left(output: Path) -> bool:
    names = {path.name for path in output.parent.iterdir()} if output.parent.exists() else set()
    scraps = list(output.parent.rglob("scraps-*"))
    return not scraps and names <= {".downloading"}


@pytest.fixture
def deb(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for name, content in {
        "DEBIAN/control": "Package: words\nVersion: 1:2.0-1\nArchitecture: all\n"
        "Maintainer: x <x@example.org>\nDescription: words\n",
        "usr/share/words/a.txt": "text",
        "usr/share/words/b.bin": "other",
        "usr/share/doc/words/copyright": COPYRIGHT,
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    (root / "usr/share/words/link").symlink_to("/etc/passwd")
    path = tmp_path / "words_1%3a2.0-1_all.deb"
    subprocess.run(["dpkg-deb", "--build", str(root), str(path)], check=True, capture_output=True)
    return path


def _fake_apt(tmp_path: Path, deb: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An apt-get that finds the package after the second update only."""
    log = tmp_path / "apt.log"
    script = f"""
        for last; do :; done
        echo "$last" >> {log}
        [ "$last" = update ] && exit 0
        [ "$last" = words ] || [ "$last" = words=1:2.0-1 ] || {{
            echo "E: Unable to locate package $last" >&2; exit 100; }}
        [ $(grep -c update {log}) -ge ${{NEEDED:-1}} ] || {{
            echo "E: 404 Not Found" >&2; exit 100; }}
        cp {deb} .
    """
    _install(tmp_path / "bin", "apt-get", script, monkeypatch)
    return log


@needs_dpkg
def test_debian_package(tmp_path: Path, deb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = _fake_apt(tmp_path, deb, monkeypatch)
    for name in ("one", "two"):
        source = DebianSource(kind="debian", package="words", keep=("*.txt",))
        download(source, tmp_path / "downloads" / name)
    manifest = verify(tmp_path / "downloads" / "one", "download")
    files = {"files/usr/share/words/a.txt", "files/usr/share/doc/words/copyright"}
    assert set(manifest.files) == files
    assert manifest.facts.version == "1:2.0-1"
    assert manifest.facts.license == "MPL-2.0"
    assert manifest.facts.archive["size"] == deb.stat().st_size
    assert log.read_text().split() == ["update", "words", "words"]  # lists are shared


@needs_dpkg
def test_debian_lists_are_updated_when_the_package_is_gone(
    tmp_path: Path, deb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fake_apt(tmp_path, deb, monkeypatch)
    download(DebianSource(kind="debian", package="words"), tmp_path / "downloads" / "one")
    stamp = tmp_path / "downloads" / ".downloading" / "apt-updated"
    os.utime(stamp, (stamp.stat().st_mtime - 3600,) * 2)
    monkeypatch.setenv("NEEDED", "2")
    download(DebianSource(kind="debian", package="words"), tmp_path / "downloads" / "two")
    assert verify(tmp_path / "downloads" / "two", "download")


@needs_dpkg
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"package": "wrods"}, "Debian package wrods: Unable to locate package wrods"),
        ({"package": "words", "version": "9"}, "words=9"),
        ({"package": "words", "sha256": "0" * 64}, "SHA-256"),
        ({"package": "words", "keep": ("*.pak",)}, None),
    ],
)
def test_debian_failures(
    tmp_path: Path, deb: Path, monkeypatch: pytest.MonkeyPatch, options: dict, message: str | None
) -> None:
    _fake_apt(tmp_path, deb, monkeypatch)
    source = DebianSource(kind="debian", **options)
    if message is None:  # the copyright file alone is no content
        message = "has no files that match"
    with pytest.raises(InputError, match=message):
        download(source, tmp_path / "downloads" / "words")
    assert _nothing_left(tmp_path / "downloads" / "words")


@needs_dpkg
@pytest.mark.parametrize("size", [0, 50, 400, -10])
def test_broken_debian_package(
    tmp_path: Path, deb: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    deb.write_bytes(deb.read_bytes()[:size])
    _fake_apt(tmp_path, deb, monkeypatch)
    with pytest.raises(InputError, match=r"words_.*\.deb is a broken package"):
        download(DebianSource(kind="debian", package="words"), tmp_path / "downloads" / "words")
    assert _nothing_left(tmp_path / "downloads" / "words")


def test_no_apt_names_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"apt-get is not installed; this is not Debian or Ubuntu"):
        download(DebianSource(kind="debian", package="words"), tmp_path / "downloads" / "words")
    assert _nothing_left(tmp_path / "downloads" / "words")


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels, the only place where pip may look."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    metadata = "Metadata-Version: 2.1\nName: words\nVersion: 1.0\nLicense: MIT\n"
    info = "words-1.0.dist-info"
    with zipfile.ZipFile(folder / "words-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("words/data.txt", "text")
        wheel.writestr("words/code.py", "raise SystemExit")
        wheel.writestr(f"{info}/METADATA", metadata)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    return folder


def test_python_package(tmp_path: Path, wheels: Path) -> None:
    source = PypiSource(kind="pypi", package="words", keep=("*.txt",))
    download(source, tmp_path / "downloads" / "words")
    manifest = verify(tmp_path / "downloads" / "words", "download")
    assert "files/words/data.txt" in manifest.files
    assert "files/words/code.py" not in manifest.files
    assert (manifest.facts.version, manifest.facts.license) == ("1.0", "MIT")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"package": "wrods"}, "Python package wrods: .*No matching distribution"),
        ({"package": "words", "version": "2.0"}, "words==2.0"),
        ({"package": "words", "sha256": "0" * 64}, "SHA-256"),
    ],
)
def test_python_failures(tmp_path: Path, wheels: Path, options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        download(PypiSource(kind="pypi", **options), tmp_path / "downloads" / "words")
    assert _nothing_left(tmp_path / "downloads" / "words")


def write_wheel(folder: Path, name: str, members: dict[str, bytes]) -> None:
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, content in members.items():
            wheel.writestr(path, content)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def joined_source(**changes: Any) -> PypiSource:
    joined = {
        "file": "large.bin",
        "packages": ["words_part1", "words_part2"],
        "sha256": sha256(b"one, two, three").hexdigest(),
    }
    content = {"kind": "pypi", "package": "words", "keep": ["*.txt"], "joined": joined | changes}
    return PypiSource.model_validate(content)


def test_parts_of_a_file_in_several_packages_are_joined(tmp_path: Path, wheels: Path) -> None:
    write_wheel(wheels, "words_part1", {"a/large.bin.part00": b"one, ", "a/code.py": b"raise"})
    rest = {"a/large.bin.part01": b"two, ", "a/large.bin.part02": b"three"}
    write_wheel(wheels, "words_part2", rest)
    download(joined_source(), tmp_path / "downloads" / "words")
    files = tmp_path / "downloads" / "words" / "files"
    assert (files / "large.bin").read_bytes() == b"one, two, three"
    assert (files / "words/data.txt").is_file()
    assert not list(files.rglob("*.part*")) and not list(files.rglob("code.py"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"packages": ["words_part2", "words_part1"]}, "check the order of joined.packages"),
        ({"packages": ["words_part1"]}, "SHA-256 of the 1 parts together"),
        ({"packages": ["words"]}, "Python package words has no part of large.bin"),
        ({"packages": ["words_part9"]}, "cannot download the Python package words_part9"),
    ],
)
def test_parts_that_do_not_make_the_file(
    tmp_path: Path, wheels: Path, changes: dict[str, Any], message: str
) -> None:
    write_wheel(wheels, "words_part1", {"a/large.bin.part00": b"one, "})
    write_wheel(wheels, "words_part2", {"a/large.bin.part01": b"two, three"})
    with pytest.raises(InputError, match=message):
        download(joined_source(**changes), tmp_path / "downloads" / "words")
    assert _nothing_left(tmp_path / "downloads" / "words")


def _npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, members: dict[str, str]) -> None:
    path = tmp_path / "words-3.1.0.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    script = f"""
        for last; do :; done
        [ "$last" = words@3.1.0 ] || {{ echo "npm error code E404" >&2
            echo "npm error 404 Not Found: $last" >&2; exit 1; }}
        cp {path} .
    """
    _install(tmp_path / "bin", "npm", script, monkeypatch)


DESCRIPTION = json.dumps({"name": "words", "version": "3.1.0", "license": "Unicode-3.0"})


def test_npm_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _npm(tmp_path, monkeypatch, {"package/package.json": DESCRIPTION, "package/sw.json": "{}"})
    source = NpmSource(kind="npm", package="words", version="3.1.0")
    download(source, tmp_path / "downloads" / "words")
    facts = verify(tmp_path / "downloads" / "words", "download").facts
    assert (facts.version, facts.license) == ("3.1.0", "Unicode-3.0")


@pytest.mark.parametrize(
    ("members", "version", "message"),
    [
        ({"package/a": "x"}, "4.0.0", "npm package words@4.0.0: .*404 Not Found"),
        ({"../../evil": "x"}, "3.1.0", "unsafe"),
    ],
)
def test_npm_failures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, members: dict, version: str, message: str
) -> None:
    _npm(tmp_path, monkeypatch, members)
    source = NpmSource(kind="npm", package="words", version=version)
    with pytest.raises(InputError, match=message):
        download(source, tmp_path / "downloads" / "words")
    assert _nothing_left(tmp_path / "downloads" / "words")


COMMIT = "a" * 40


def _hub(monkeypatch: pytest.MonkeyPatch, listed: dict[str, str], arrive: Callable) -> None:
    """A hub that lists these files, and what `snapshot_download` does instead of asking it."""
    import huggingface_hub

    class Api:
        def repo_info(self, repository: str, repo_type: str) -> SimpleNamespace:
            return SimpleNamespace(sha="b" * 40)

        def list_repo_tree(self, repository: str, **_: object) -> list[RepoFile]:
            return [
                RepoFile(path=name, size=len(text), oid="0" * 40, lfs=_large_file(text))
                for name, text in listed.items()
            ]

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", arrive)


def _large_file(text: str) -> dict[str, object]:
    return {"oid": sha256(text.encode()).hexdigest(), "size": len(text), "pointerSize": 1}


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


LISTED = {"README.md": CARD, "data/a.parquet": "x", "data/b.parquet": "yy", "other/c": "z"}
KEPT = {name: text for name, text in LISTED.items() if name != "other/c"}


def test_hub_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {}

    def snapshot(repository: str, *, local_dir: Path, **options: object) -> str:
        asked.update(options, repository=repository)
        _write(local_dir, {".cache/huggingface/x.lock": ""})
        _write(local_dir, KEPT)
        return str(local_dir)

    _hub(monkeypatch, LISTED, snapshot)
    source = HubSource(
        kind="hub", repository="org/words", type="dataset", revision=COMMIT, keep=("data/*",)
    )
    download(source, tmp_path / "downloads" / "words")
    manifest = verify(tmp_path / "downloads" / "words", "download")
    names = {"files/data/a.parquet", "files/data/b.parquet", "files/README.md"}
    assert set(manifest.files) == names
    assert manifest.facts.license == "cc-by-4.0"
    assert asked["revision"] == "a" * 40
    assert asked["repo_type"] == "dataset"
    assert asked["allow_patterns"] == ["data/*", "README.md"]


@pytest.mark.parametrize(
    ("arrived", "problem"),
    [
        ({"data/a.parquet": "x", "README.md": CARD}, r"lack data/b\.parquet"),
        ({"README.md": CARD}, r"lack data/a\.parquet, data/b\.parquet"),
        ({**LISTED, "data/d.parquet": "w"}, r"have in surplus data/d\.parquet, other/c"),
        ({**KEPT, "data/b.parquet": "y"}, r"have with another content data/b\.parquet"),
        ({**KEPT, "data/b.parquet": "yz"}, r"have with another content data/b\.parquet"),
    ],
)
def test_what_arrives_must_be_what_the_hub_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arrived: dict[str, str], problem: str
) -> None:
    def snapshot(repository: str, *, local_dir: Path, **_: object) -> None:
        _write(local_dir, arrived)

    _hub(monkeypatch, LISTED, snapshot)
    source = HubSource(
        kind="hub", repository="org/words", type="dataset", revision=COMMIT, keep=("data/*",)
    )
    with pytest.raises(InputError, match=f"files of the dataset org/words at aaaa.* {problem}"):
        download(source, tmp_path / "downloads" / "words")
    assert _nothing_left(tmp_path / "downloads" / "words")


def test_sources_of_one_repository_do_not_share_what_a_killed_download_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    seen = {}

    def snapshot(repository: str, *, local_dir: Path, allow_patterns: list, **_: object) -> None:
        seen[allow_patterns[0]] = [path.name for path in local_dir.rglob("*.txt")]
        _write(local_dir, {f"{allow_patterns[0][:3]}/1.txt": "one"})
        if monkeypatch.killing:
            raise Killed
        _write(local_dir, {f"{allow_patterns[0][:3]}/2.txt": "two", "README.md": CARD})

    listed = {f"{name}/{number}.txt": text for name in ("deu", "swh") for number, text in PARTS}
    _hub(monkeypatch, {**listed, "README.md": CARD}, snapshot)

    def fetch(name: str, pattern: str) -> set[str]:
        source = HubSource(kind="hub", repository="o/r", revision=COMMIT, keep=(pattern,))
        download(source, tmp_path / "downloads" / name)
        return set(verify(tmp_path / "downloads" / name, "download").files) - {"files/README.md"}

    monkeypatch.killing = True
    with pytest.raises(Killed):
        fetch("german", "deu/*")
    monkeypatch.killing = False
    assert fetch("swahili", "swh/*") == {"files/swh/1.txt", "files/swh/2.txt"}
    assert fetch("german", "deu/*") == {"files/deu/1.txt", "files/deu/2.txt"}
    assert seen == {"swh/*": [], "deu/*": ["1.txt"]}  # one's own parts are there, and no others
    left = list((tmp_path / "downloads" / ".downloading").rglob("*.txt"))
    assert left == []


def test_parts_of_another_question_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def snapshot(repository: str, *, local_dir: Path, **_: object) -> None:
        assert not local_dir.exists()
        _write(local_dir, {"a.txt": repository})
        raise OSError("no network")

    _hub(monkeypatch, {}, snapshot)
    for repository in ("o/one", "o/two"):
        source = HubSource(kind="hub", repository=repository, revision=COMMIT)
        with pytest.raises(InputError, match="no network"):
            download(source, tmp_path / "downloads" / "same-name")


def test_the_newest_commit_of_a_repository_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def snapshot(repository: str, *, revision: str, local_dir: Path, **_: object) -> str:
        assert revision == "b" * 40
        _write(local_dir, {"words.txt": "neno\n"})
        return str(local_dir)

    _hub(monkeypatch, {"words.txt": "neno\n"}, snapshot)
    source = HubSource(kind="hub", repository="org/words", type="dataset")
    download(source, tmp_path / "words")
    assert read_manifest(tmp_path / "words").facts.version == "b" * 40


def test_hub_failure_is_one_line_without_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def snapshot(*_: object, **__: object) -> str:
        raise OSError("401 for token hf_" + "A" * 34 + "\nmore")

    _hub(monkeypatch, {}, snapshot)
    source = HubSource(kind="hub", repository="org/words", revision="a" * 40)
    with pytest.raises(InputError, match="model org/words at aaaaaaaaaaaa from the hub: 401") as e:
        download(source, tmp_path / "downloads" / "words")
    assert "hf_A" not in str(e.value)


def test_local_folder(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.txt").write_text("text")
    (folder / "b.bin").write_text("other")
    (folder / "c.txt").symlink_to(folder / "sub" / "a.txt")
    source = LocalSource(kind="local", path=str(folder), keep=("*.txt",), license="CC0-1.0")
    download(source, tmp_path / "downloads" / "mine")
    manifest = verify(tmp_path / "downloads" / "mine", "download")
    assert set(manifest.files) == {"files/sub/a.txt", "files/c.txt"}
    assert manifest.facts.license == "CC0-1.0"
    (folder / "sub" / "a.txt").write_text("changed")
    verify(tmp_path / "downloads" / "mine", "download")


@pytest.mark.parametrize("keep", [(), ("*.pak",)])
def test_nothing_local_is_refused(tmp_path: Path, keep: tuple[str, ...]) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    with pytest.raises(InputError, match="has no files"):
        download(LocalSource(kind="local", path=str(folder), keep=keep), tmp_path / "d" / "mine")
    with pytest.raises(InputError, match="does not exist"):
        download(LocalSource(kind="local", path=f"{folder}x"), tmp_path / "d" / "mine")
    assert _nothing_left(tmp_path / "d" / "mine")


@pytest.mark.parametrize("allow_sdist", [True, False])
def test_pip_is_asked_for_wheels_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allow_sdist: bool
) -> None:
    """It runs the code of all other packages, also where it only downloads them."""
    asked: list[str] = []

    def call(command: list[str], **_: object) -> None:
        asked.extend(command)
        raise InputError("no wheel")

    def download_source(*_: object) -> None:
        raise InputError("no source")

    monkeypatch.setattr(commands, "call", call)
    monkeypatch.setattr(source_packages, "download_source", download_source)
    chosen = {"allow_sdist": allow_sdist, "platform": "manylinux2014_x86_64"}
    source = PypiSource(kind="pypi", package="words", **chosen)
    with pytest.raises(InputError, match="no source" if allow_sdist else "no wheel"):
        download(source, tmp_path / "downloads" / "words")
    assert "--only-binary=:all:" in asked
    assert asked[asked.index("--platform") + 1] == "manylinux2014_x86_64"
