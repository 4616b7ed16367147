"""Packages of the npm registry: downloaded with `npm pack`, unpacked, their scripts never run."""

import json

from lingraft.config.sources import NpmSource
from lingraft.corpus.fetching.archives import check_archive, unpack
from lingraft.corpus.fetching.commands import call
from lingraft.corpus.fetching.place import Facts, Place


def fetch(source: NpmSource, place: Place) -> Facts:
    """Download one package and unpack it; its files lie below `package/`.

    Raises:
        InputError: there is no npm or no such package, or it is damaged.
    """
    wanted = f"{source.package}@{source.version}" if source.version else source.package
    purpose = f"cannot download the npm package {wanted}"
    options = ["--ignore-scripts", "--loglevel=error", "--pack-destination", "."]
    call(
        ["npm", "pack", *options, wanted],
        purpose=purpose,
        missing="install Node.js, or use a configuration without npm sources",
        folder=place.scraps,
    )
    archive = next(iter(sorted(place.scraps.glob("*.tgz"))))
    facts = check_archive(archive, source.sha256, f"npm package {source.package}")
    keep = (*source.keep, "package/package.json") if source.keep else ()
    unpack(archive, place.files, keep)
    return {"package": source.package, **_read_description(place), **facts}


def _read_description(place: Place) -> Facts:
    try:
        text = (place.files / "package/package.json").read_text(encoding="utf-8")
        description = json.loads(text)
    except (OSError, ValueError):
        return {"version": None, "license": None}
    name = description.get("license")
    return {
        "version": description.get("version"),
        "license": name if isinstance(name, str) else None,
    }
