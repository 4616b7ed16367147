"""Makes the download artifact: fetch, unpack, record version, size, digest and license."""

from pathlib import Path

from lingraft.artifacts import DownloadFacts, fingerprint, new_artifact
from lingraft.config.sources import Source, is_kept
from lingraft.corpus.sources import fetch
from lingraft.corpus.sources.place import place_in
from lingraft.errors import InputError

# What changes nothing about the bytes that a server sends: `_Transfer` asks for the same content.
_NOT_ASKED = {"license", "deadline_minutes", "unpack", "sha256", "size", "token_variable"}


def download(source: Source, output: Path) -> None:
    """Download a source into the artifact `output`; its files are in `output/files`.

    Raises:
        InputError: the source does not exist, has another digest, or holds nothing usable;
            nothing is left behind then.
    """
    facts = DownloadFacts(kind=source.kind)
    settings = source.model_dump(mode="json", exclude_unset=True)
    with (
        new_artifact(output, "download", settings=settings, facts=facts) as staging,
        place_in(staging, output.parent / ".downloading", output.name, _identity(source)) as place,
    ):
        for name, value in fetch(source, place).items():
            setattr(facts, name, value)
        _check_names(source, place.files)
        facts.license = source.license or facts.license
        if not _has_content(source, place.files):
            wanted = f" that match {', '.join(source.keep)}" if source.keep else ""
            raise InputError(f"the download of {_name(source)} holds no files{wanted}")


def _identity(source: Source) -> str:
    """A name for what is asked for: parts of an earlier download fit only where it is the same."""
    asked = source.model_dump(mode="json", exclude=_NOT_ASKED)
    return fingerprint(asked)[:16]


def _check_names(source: Source, files: Path) -> None:
    """Refuse files whose names no manifest could list."""
    for path in sorted(files.rglob("*")):
        name = path.relative_to(files).as_posix()
        try:
            name.encode()
        except UnicodeEncodeError:
            raise InputError(
                f"the download of {_name(source)} holds a file whose name is not UTF-8 ({name!r}); "
                "leave it out with `keep`, or rename it"
            ) from None


def _has_content(source: Source, files: Path) -> bool:
    """Whether there is a file; those kept for the license alone do not count."""
    names = (path.relative_to(files).as_posix() for path in files.rglob("*") if path.is_file())
    return any(is_kept(name, source.keep) for name in names)


def _name(source: Source) -> str:
    for key in ("package", "repository", "url", "path"):
        if hasattr(source, key):
            return str(getattr(source, key))
    return source.kind
