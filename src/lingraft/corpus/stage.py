"""The entries of this room: download a source, clean a shard of a corpus, make the corpus."""

import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lingraft.artifacts import (
    Artifact,
    CorpusFacts,
    DownloadFacts,
    fingerprint,
    new_artifact,
    open_artifact,
    write_json,
)
from lingraft.corpus.collecting import Candidate, Collector
from lingraft.corpus.documents import open_json_lines, read_json_lines
from lingraft.corpus.fetching.place import place_in
from lingraft.corpus.leaving_out import Choice, leave_out
from lingraft.corpus.normalizing import Normalizing, require_same_text
from lingraft.corpus.parts import PartWriter
from lingraft.corpus.pivot import Pivot
from lingraft.corpus.scripts import script_warning
from lingraft.corpus.settings import Corpus
from lingraft.corpus.shards import Shards
from lingraft.corpus.sources.source import Source
from lingraft.corpus.splitting import split
from lingraft.corpus.texts import CleanTexts, OnePass, downloads_of
from lingraft.errors import ConfigError, InputError

logger = logging.getLogger(__name__)

_COLLECTED = ".collected.jsonl.zst"  # clean text between the two passes


def download(source: Source, output: Path) -> None:
    """Download a source into the artifact `output`; its files are in `output/files`.

    Raises:
        InputError: the source does not exist, has another digest, or has no usable file;
            nothing is left behind then.
    """
    facts = DownloadFacts(kind=source.kind)
    settings = source.model_dump(mode="json", exclude_unset=True)
    with (
        new_artifact(output, "download", settings=settings, facts=facts) as staging,
        place_in(staging, output.parent / ".downloading", output.name, _identity(source)) as place,
    ):
        for name, value in source.fetch(place).items():
            setattr(facts, name, value)
        _check_names(source, place.files)
        facts.license = source.license or facts.license
        if not _has_content(source, place.files):
            wanted = f" that match {', '.join(source.keep)}" if source.keep else ""
            raise InputError(f"the download of {source.origin} has no files{wanted}")


def clean_shard(settings: Corpus, folders: Mapping[str, Path], shard: int, output: Path) -> None:
    """Clean one shard of a corpus into the artifact `output/SHARD`.

    Args:
        settings: the corpus's block of the configuration.
        folders: source -> folder of the download artifact.
        shard: its number, from 0.
        output: folder of all shards.

    Raises:
        ConfigError: there is no such shard.
        InputError: a file of the shard is damaged.
    """
    if not 0 <= shard < settings.shards:
        raise ConfigError(f"there is no shard {shard}: the corpus has {settings.shards}, from 0")
    from datatrove.executor.local import LocalPipelineExecutor
    from datatrove.utils.logging import logger

    from lingraft.corpus.pipeline import cleaning_pipeline

    logger.disable("datatrove")  # our programs report errors themselves, in one line
    with tempfile.TemporaryDirectory() as logs:
        LocalPipelineExecutor(
            cleaning_pipeline(settings, folders, output),
            tasks=settings.shards,
            workers=1,
            # One rank of all: datatrove runs the task whose number is the offset.
            local_tasks=1,
            local_rank_offset=shard,
            logging_dir=logs,
            skip_completed=False,  # Snakemake knows what is done
        ).run()


def prepare_corpus(
    name: str,
    settings: Corpus,
    downloads: Mapping[str, Path],
    pivot: Path | None,
    output: Path,
    shards: Sequence[Path] = (),
    compared: Mapping[str, Path] | None = None,
) -> None:
    """Prepare the corpus `name` in the folder `output`.

    Args:
        name: what messages call the corpus.
        settings: its block of the configuration.
        downloads: source -> folder of the download artifact.
        pivot: folder of the pivot's corpus, if the settings name one.
        output: folder of the artifact.
        shards: folders of the cleaned shards in order, where the settings ask for several.
        compared: name -> folder of the corpora that decide what is left out.

    Raises:
        ConfigError: a source has no download, the pivot or a compared corpus is missing or
            superfluous, or the shards are not those of the corpus.
        InputError: an input is unusable, or nothing is left to train on or to hold out.
    """
    compared = compared or {}
    folders, inputs = _open_inputs(name, settings, downloads, pivot, compared)
    pivot_texts = Pivot.load(pivot) if pivot is not None else Pivot.none()
    normalizing = Normalizing(settings.normalizer, settings.language)
    facts = CorpusFacts(language=settings.language)
    if normalizing.mark:
        facts.normalizer = normalizing.mark
    for other, folder in compared.items():
        _require_alike(name, facts, folder, other)
    plain = settings.model_dump(mode="json", exclude_unset=True)
    with new_artifact(output, "corpus", settings=plain, inputs=inputs, facts=facts) as staging:
        texts = Shards(settings, shards) if settings.shards > 1 else OnePass(settings, folders)
        collector = Collector(settings.cleaning, pivot_texts, normalizing)
        sizes = _collect(settings, texts, collector, staging / _COLLECTED)
        _check_collected(name, settings, collector)
        held_out = settings.held_out
        parts = split(collector.keys, held_out.fraction, held_out.maximum)
        choice = Choice(
            name, settings, staging, lambda: _read(staging / _COLLECTED), parts, normalizing
        )
        told = leave_out(choice, collector.keys, folders, compared)
        writer = PartWriter(staging, settings.language, collector.repeated, pivot is not None)
        writer.write(zip(_read(staging / _COLLECTED), choice.parts, strict=True))
        (staging / _COLLECTED).unlink()
        writer.check(name)
        statistics = {
            "language": settings.language,
            "inputs": sizes,
            "cleaning": dict(sorted(collector.counts.items())),
            **normalizing.statistics(),
            **writer.statistics(),
            **told,
        }
        write_json(staging / "statistics.json", statistics)
        facts.splits = statistics["splits"]
        facts.scripts = writer.letters.shares(settings.language)
        if warning := script_warning(name, settings.language, facts.scripts):
            logger.warning(warning)
        if normalizing.mark:
            facts.normalized = normalizing.losses()


def _open_inputs(
    name: str,
    settings: Corpus,
    downloads: Mapping[str, Path],
    pivot: Path | None,
    compared: Mapping[str, Path],
) -> tuple[dict[str, Path], dict[str, Artifact[Any]]]:
    if (settings.pivot is None) != (pivot is None):
        wanted = f"the corpus of its pivot {settings.pivot}" if settings.pivot else "no pivot"
        raise ConfigError(f"corpus {name} needs {wanted}; give `pivot=` accordingly")
    if sorted(compared) != settings.compared:
        wanted = ", ".join(settings.compared) or "none"
        raise ConfigError(f"corpus {name} is compared with {wanted}; give `compared=` accordingly")
    folders = downloads_of(name, settings, downloads)
    inputs: dict[str, Artifact[Any]] = {
        source: open_artifact(folder, DownloadFacts) for source, folder in folders.items()
    }
    if pivot is not None:
        inputs[f"pivot {settings.pivot}"] = open_artifact(pivot, CorpusFacts)
    for other, folder in compared.items():
        inputs[f"compared {other}"] = open_artifact(folder, CorpusFacts)
    return folders, inputs


def _collect(
    settings: Corpus, texts: CleanTexts, collector: Collector, path: Path
) -> list[dict[str, Any]]:
    sizes = []
    with open_json_lines(path) as writer:
        for index, text in enumerate(settings.texts):
            before = writer.count
            for candidate in collector.collect(texts.documents(index)):
                writer.write(candidate)
            read, kept = texts.read(index), writer.count - before
            sizes.append({"source": text.source, "format": text.format, "read": read, "kept": kept})
            if not kept:
                raise InputError(
                    f"source {text.source} gives no text in format {text.format} "
                    f"({read} documents read, none left after cleaning)"
                )
    collector.counts.update(texts.cleaning)
    return sizes


def _require_alike(name: str, facts: CorpusFacts, folder: Path, other: str) -> None:
    """Texts are compared, or learned from, only where they are written alike."""
    theirs = open_artifact(folder, CorpusFacts).facts
    ours, place = facts.normalizer, f"corpora.{name}"
    require_same_text(theirs.normalizer, f"corpora.{other}", ours, place, theirs.written_in)


def _check_collected(name: str, settings: Corpus, collector: Collector) -> None:
    if not collector.keys:
        raise InputError(f"corpus {name} is empty: {dict(collector.counts)}")
    if settings.pivot is not None and not any(key.given for key in collector.keys):
        raise InputError(
            f"corpus {name} shares no document id with its pivot {settings.pivot}; take inputs "
            "with the same ids, or remove `pivot`"
        )


def _read(path: Path) -> Iterator[Candidate]:
    return (Candidate(**line) for line in read_json_lines(path))


def _identity(source: Source) -> str:
    """A name for the request: parts of an earlier download fit only the same request."""
    asked = source.model_dump(mode="json", exclude=set(source.not_asked))
    return fingerprint(asked)[:16]


def _check_names(source: Source, files: Path) -> None:
    """Refuse files whose names a manifest cannot list."""
    for path in sorted(files.rglob("*")):
        name = path.relative_to(files).as_posix()
        try:
            name.encode()
        except UnicodeEncodeError:
            raise InputError(
                f"the download of {source.origin} has a file whose name is not UTF-8 ({name!r}); "
                "leave it out with `keep`, or rename it"
            ) from None


def _has_content(source: Source, files: Path) -> bool:
    """Whether there is a file; those kept for the license alone do not count."""
    names = (path.relative_to(files).as_posix() for path in files.rglob("*") if path.is_file())
    return any(source.keeps(name) for name in names)
