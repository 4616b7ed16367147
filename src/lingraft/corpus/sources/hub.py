"""Repositories of the Hugging Face hub, at a pinned commit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import StringConstraints

from lingraft.corpus.sources.source import Source, SourceFacts
from lingraft.errors import InputError, is_disk_full
from lingraft.redaction import hide_secrets

if TYPE_CHECKING:
    from pathlib import Path

    from lingraft.corpus.fetching.place import Place

_CARD = "README.md"
_LICENSE = re.compile(r"^license:[ \t]*(\S+)[ \t]*$", re.M)
_NOTES = ".cache/huggingface"  # what the library notes about a download
_SHOWN = 3  # names in a message


class HubSource(Source):
    """A model or dataset repository of the Hugging Face hub."""

    kind: Literal["hub"]

    repository: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?$"),
    ]
    """Repository, such as `FacebookAI/xlm-roberta-base`."""

    type: Literal["model", "dataset"] = "model"
    """Type of repository."""

    revision: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")] | None = None
    """Commit (40 hexadecimal digits). Unset: the newest one; the manifest records which one it was.
    Branches and tags move, so they are refused."""

    @property
    def origin(self) -> str:
        """The repository."""
        return self.repository

    def fetch(self, place: Place) -> SourceFacts:
        """Download the repository, or the files of it that `keep` names.

        A token for gated repositories comes from the environment (HF_TOKEN) or the hub's own login.

        Raises:
            InputError: there is no such repository or commit, the hub cannot be reached, or the
                files that arrived are not those that the repository lists.
        """
        from huggingface_hub import HfApi, snapshot_download
        from huggingface_hub.errors import XetDownloadError

        commit = self.revision[:12] if self.revision else "its newest commit"
        name = f"{self.type} {self.repository} at {commit}"
        try:
            hub = HfApi()
            revision = self.revision or str(hub.repo_info(self.repository, repo_type=self.type).sha)
            tree = hub.list_repo_tree(
                self.repository, repo_type=self.type, revision=revision, recursive=True
            )
            listed = _listed(tree, self._patterns)
            cache = place.kept / revision  # parts of an interrupted download are reused
            snapshot_download(
                self.repository,
                repo_type=self.type,
                revision=revision,
                local_dir=cache,
                allow_patterns=self._patterns,
            )
        except (_http_error(), XetDownloadError, OSError, ValueError) as error:
            if is_disk_full(error):
                raise
            reason = hide_secrets((str(error).strip().splitlines() or [type(error).__name__])[0])
            raise InputError(f"cannot download the {name} from the hub: {reason}") from None
        _move(cache, place.files, listed, name)
        facts = {"repository": self.repository, "type": self.type, "version": revision}
        return {**facts, "license": _read_license(place.files / _CARD)}

    @property
    def _patterns(self) -> list[str] | None:
        return [*self.keep, _CARD] if self.keep else None


def _http_error() -> type[Exception]:
    """What the library's own errors derive from, if it raises that of its HTTP client."""
    from huggingface_hub.errors import HfHubHTTPError

    # The client was requests once and is httpx now: the base class shows which one is installed.
    return HfHubHTTPError.__mro__[1]


def _listed(tree: Iterable[Any], patterns: list[str] | None) -> dict[str, Any]:
    """The files that the repository lists and the patterns ask for: name -> size and digests."""
    from huggingface_hub.hf_api import RepoFile
    from huggingface_hub.utils._paths import filter_repo_objects

    files = (entry for entry in tree if isinstance(entry, RepoFile))
    found = filter_repo_objects(files, allow_patterns=patterns, key=lambda file: file.path)
    return {file.path: file for file in found}


def _move(cache: Path, files: Path, listed: Mapping[str, Any], name: str) -> None:
    """Move what arrived, if it is what is listed, and no file more."""
    arrived = {
        path.relative_to(cache).as_posix(): path
        for path in sorted(cache.rglob("*"))
        if path.is_file() and not path.is_symlink() and not path.is_relative_to(cache / _NOTES)
    }
    damaged = [key for key in arrived if key in listed and _differs(arrived[key], listed[key])]
    for key in damaged:
        arrived[key].unlink()  # the same command fetches it again
    problems = (
        ("lack", sorted(listed.keys() - arrived.keys())),
        ("have in surplus", sorted(arrived.keys() - listed.keys())),
        ("have with another content", damaged),
    )
    for verb, names in problems:
        if names:
            rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            raise InputError(
                f"the files of the {name} {verb} {', '.join(names[:_SHOWN])}{rest}, compared with "
                f"what the hub lists; remove {cache} and run again"
            )
    for key, path in arrived.items():
        (files / key).parent.mkdir(parents=True, exist_ok=True)
        path.rename(files / key)


def _differs(path: Path, listed: Any) -> bool:
    """Whether a file has another size than the repository says, or another digest (large files)."""
    from lingraft.artifacts import digest_file

    if listed.size != path.stat().st_size:
        return True
    return listed.lfs is not None and listed.lfs.sha256 != digest_file(path)


def _read_license(card: Path) -> str | None:
    if not card.is_file():
        return None
    found = _LICENSE.search(card.read_text(encoding="utf-8", errors="replace")[:20_000])
    return found[1] if found else None
