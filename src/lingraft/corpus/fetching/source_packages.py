"""Source packages of the Python index, downloaded and not built.

pip has no way to do this: it runs a package's own code to read its metadata, whatever is asked.
Where packages are looked for is what pip is configured to ask.
"""

import ast
import logging
import sys
from pathlib import Path
from typing import Any

from lingraft.corpus.fetching.commands import call
from lingraft.errors import InputError
from lingraft.redaction import hide_secrets

logger = logging.getLogger(__name__)

_SECTIONS = ("global", "download", ":env:")  # of pip's configuration; what comes later counts
_SECONDS = 60.0  # without an answer


def download_source(package: str, version: str | None, folder: Path) -> Path:
    """Download the source distribution of a package; none of its code runs.

    Args:
        package: its name.
        version: which one exactly; None takes the newest.
        folder: where the file is written.

    Raises:
        InputError: there is none, or it did not arrive whole.
    """
    import httpx2
    from unearth.errors import UnpackError, URLError

    wanted = f"{package}=={version}" if version else package
    purpose = f"cannot download the Python package {wanted}"
    finder = _finder(package, _pip_options())
    try:
        best = finder.find_best_match(wanted).best
        if best is None:
            raise InputError(
                f"{purpose}: the index has neither a wheel nor a source distribution of it; check "
                "`package` and `version`"
            )
        logger.info("download %s", hide_secrets(best.link.redacted))
        return _write(finder.session, best.link, folder)
    except (UnpackError, URLError, httpx2.HTTPError) as error:
        reason = hide_secrets(str(error) or type(error).__name__)
        raise InputError(f"{purpose}: {reason}") from None


def _write(session: Any, link: Any, folder: Path) -> Path:
    import hashlib

    target = folder / Path(link.filename).name
    expected: dict[str, list[str]] = link.hash_option or {}
    digests = {name: hashlib.new(name) for name in expected}
    with session.get_stream(link.url_without_fragment) as response, target.open("wb") as file:
        response.raise_for_status()
        for part in response.iter_bytes():
            file.write(part)
            for digest in digests.values():
                digest.update(part)
    for name, digest in digests.items():
        if (found := digest.hexdigest()) not in expected[name]:
            raise InputError(
                f"{target.name}: its {name} is {found}, and the index says {expected[name][0]}; "
                "download it again"
            )
    return target


def _finder(package: str, options: dict[str, str]) -> Any:
    """What looks where pip would look, for source distributions alone."""
    import ssl

    from unearth import PackageFinder
    from unearth.auth import MultiDomainBasicAuth
    from unearth.fetchers.sync import PyPIClient

    indexes = options.get("extra-index-url", "").split()
    if own := options.get("index-url"):
        indexes.insert(0, own)
    session: Any = PyPIClient(
        trusted_hosts=options.get("trusted-host", "").split(),
        verify=ssl.create_default_context(cafile=options.get("cert")),
        timeout=_SECONDS,
        follow_redirects=True,
    )
    session.auth = MultiDomainBasicAuth(prompting=False, index_urls=indexes)
    finder = PackageFinder(session, no_binary=[package])  # it begins with the public index
    has_no_index = options.get("no-index") in ("1", "true", "yes", "on")
    if own or has_no_index:
        finder.sources.clear()
    for url in () if has_no_index else indexes:
        finder.add_index_url(url)
    for place in options.get("find-links", "").split():
        finder.add_find_links(place)
    return finder


def _pip_options() -> dict[str, str]:
    """What pip is configured to do when it downloads, by the names of its options."""
    command = [sys.executable, "-m", "pip", "config", "list", "--disable-pip-version-check"]
    told = call(
        command,
        purpose="cannot read the configuration of pip",
        missing="install pip into this environment",
    )
    found: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for line in told.splitlines():
        place, _, value = line.partition("=")
        section, _, name = place.rpartition(".")
        if section in found:
            found[section][name] = str(ast.literal_eval(value))
    return {name: value for options in found.values() for name, value in options.items()}
