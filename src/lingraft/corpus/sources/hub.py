"""Repositories of the Hugging Face hub, at a pinned commit."""

import re
from pathlib import Path

from lingraft.config.sources import HubSource
from lingraft.corpus.sources.commands import hide_secrets
from lingraft.corpus.sources.place import Facts, Place
from lingraft.errors import InputError

_LICENSE = re.compile(r"^license:[ \t]*(\S+)[ \t]*$", re.M)


def fetch(source: HubSource, place: Place) -> Facts:
    """Download a repository, or the files of it that `keep` names.

    A token for gated repositories comes from the environment (HF_TOKEN) or the hub's own login.

    Raises:
        InputError: there is no such repository or commit, or the hub cannot be reached.
    """
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    commit = source.revision[:12] if source.revision else "its newest commit"
    name = f"{source.type} {source.repository} at {commit}"
    try:
        revision = source.revision or str(
            HfApi().repo_info(source.repository, repo_type=source.type).sha
        )
        cache = place.kept / "hub" / revision  # parts of an interrupted download are reused
        snapshot_download(
            source.repository,
            repo_type=source.type,
            revision=revision,
            local_dir=cache,
            allow_patterns=[*source.keep, "README.md"] if source.keep else None,
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        reason = hide_secrets(str(error).strip().splitlines()[0])
        raise InputError(f"cannot download the {name} from the hub: {reason}") from None
    _move(cache, place.files)
    facts = {"repository": source.repository, "type": source.type, "version": revision}
    return {**facts, "license": _read_license(place.files / "README.md")}


def _move(cache: Path, files: Path) -> None:
    for path in sorted(cache.rglob("*")):
        name = path.relative_to(cache)
        if path.is_file() and not path.is_symlink() and name.parts[0] != ".cache":
            (files / name).parent.mkdir(parents=True, exist_ok=True)
            path.rename(files / name)


def _read_license(card: Path) -> str | None:
    if not card.is_file():
        return None
    found = _LICENSE.search(card.read_text(encoding="utf-8", errors="replace")[:20_000])
    return found[1] if found else None
