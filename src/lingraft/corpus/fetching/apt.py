"""apt and dpkg: packages found and verified by apt in lists of our own, unpacked by dpkg-deb."""

import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from lingraft.corpus.compression import DAMAGE
from lingraft.corpus.fetching.archives import Budget, unpack_tar
from lingraft.corpus.fetching.commands import call
from lingraft.corpus.fetching.place import Place
from lingraft.errors import InputError
from lingraft.locks import Lock

_NO_APT = (
    "this is not Debian or Ubuntu; use a configuration whose sources are of another kind "
    "(pypi, npm, hub, http, local)"
)
_FRESH_SECONDS = 24 * 3600
_LICENSE = re.compile(r"^License:[ \t]*(\S.*)$", re.M)


def download_package(wanted: str, place: Place) -> Path:
    """Download a Debian package with apt.

    The system's package lists may be missing, old or unreadable and are left alone: we keep lists
    of our own and update them once a day, or when they do not list the package.

    Args:
        wanted: the package, as `name` or `name=version`.
        place: where to put it, and where the lists are kept.

    Raises:
        InputError: apt is not installed, or there is no such package.
    """
    options = _options(place)
    purpose = f"cannot download the Debian package {wanted}"
    command = ["apt-get", "--quiet", *options, "download", wanted]
    with _lists(place, options, _FRESH_SECONDS):
        try:
            call(command, purpose=purpose, missing=_NO_APT, folder=place.scraps)
        except InputError:
            was_updated = False
        else:
            was_updated = True
    if not was_updated:  # the lists may name a version that was replaced since
        with _lists(place, options, 60):
            call(command, purpose=purpose, missing=_NO_APT, folder=place.scraps)
    return next(place.scraps.glob("*.deb"))


def _options(place: Place) -> list[str]:
    lists = place.shared / "apt"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    (place.scraps / "archives/partial").mkdir(parents=True, exist_ok=True)
    settings = {
        "Dir::State::Lists": lists.resolve(),
        "Dir::Cache": place.scraps.resolve(),
        "Dir::State::Status": "/var/lib/dpkg/status",
        "APT::Sandbox::User": "root",  # no change of user: it could not read our folders
    }
    return [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]


@contextmanager
def _lists(place: Place, options: list[str], maximum_age: float) -> Iterator[None]:
    """Lock the package lists, and update them if they are older than `maximum_age` seconds."""
    stamp = place.shared / "apt-updated"
    with Lock(place.shared / "apt.lock").held():
        is_made = stamp.exists() and stamp.stat().st_size > 0
        age = time.time() - stamp.stat().st_mtime if is_made else -1.0
        if not 0 <= age <= maximum_age:  # a date ahead of the clock says nothing
            purpose = "cannot update the lists of Debian packages"
            call(["apt-get", "--quiet", *options, "update"], purpose=purpose, missing=_NO_APT)
            stamp.write_text("updated\n", encoding="utf-8")
        yield


def unpack_package(archive: Path, keep: Sequence[str], place: Place) -> None:
    """Unpack a Debian package.

    Args:
        archive: the `.deb` file.
        keep: shell patterns of the files to unpack; all, if there are none.
        place: where to unpack it.

    Raises:
        InputError: the package is damaged.
    """
    log = place.scraps / "dpkg-deb.log"
    command = ["dpkg-deb", "--fsys-tarfile", str(archive)]
    budget = Budget(archive.name, archive.stat().st_size)
    with (
        log.open("wb") as complaints,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints) as process,
    ):
        is_whole = _unpack_stream(cast(IO[bytes], process.stdout), place.files, keep, budget)
    if not is_whole or process.returncode != 0:
        complaint = " ".join(log.read_text(errors="replace").split()) or "its files end early"
        raise InputError(f"{archive.name} is a broken package ({complaint}); download it again")


def _unpack_stream(stream: IO[bytes], target: Path, keep: Sequence[str], budget: Budget) -> bool:
    """Unpack a tar stream; False if it is damaged: the program that writes it knows the reason."""
    try:
        unpack_tar(stream, target, keep, budget, skip_links=True)
        return True
    except DAMAGE:
        return False


def read_license(path: Path) -> str | None:
    """The license of most files, where the copyright file is machine-readable."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    for paragraph in re.split(r"\n\s*\n", text):
        if re.search(r"^Files:\s*\*\s*$", paragraph, re.M):
            found = _LICENSE.search(paragraph)
            return found[1].strip() if found else None
    return None
