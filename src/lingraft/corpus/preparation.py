"""Makes the corpus artifact: read, clean, split, pair with the pivot, count."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lingraft.artifacts import (
    Artifact,
    CorpusFacts,
    DownloadFacts,
    new_artifact,
    open_artifact,
    write_json,
)
from lingraft.config.corpora import Corpus
from lingraft.corpus.collecting import Candidate, Collector
from lingraft.corpus.documents import (
    Document,
    JsonLinesWriter,
    Pair,
    open_json_lines,
    read_json_lines,
)
from lingraft.corpus.pivot import Pivot
from lingraft.corpus.shards import Shards
from lingraft.corpus.splitting import Part, hash_of, split
from lingraft.corpus.statistics import PairStatistics, TextStatistics
from lingraft.corpus.texts import CleanTexts, OnePass, downloads_of
from lingraft.errors import ConfigError, InputError

_COLLECTED = ".collected.jsonl.zst"  # clean text between the two passes


def prepare_corpus(
    name: str,
    settings: Corpus,
    downloads: Mapping[str, Path],
    pivot: Path | None,
    output: Path,
    shards: Sequence[Path] = (),
) -> None:
    """Prepare the corpus `name` in the folder `output`.

    Args:
        name: what messages call the corpus.
        settings: its block of the configuration.
        downloads: source -> folder of the download artifact.
        pivot: folder of the pivot's corpus, if the settings name one.
        output: folder of the artifact.
        shards: folders of the cleaned shards in order, where the settings ask for several.

    Raises:
        ConfigError: a source has no download, the pivot is missing or superfluous, or the shards
            are not those of the corpus.
        InputError: an input is unusable, or nothing is left to train on or to hold out.
    """
    folders, inputs = _open_inputs(name, settings, downloads, pivot)
    pivot_texts = Pivot.load(pivot) if pivot is not None else Pivot.none()
    facts = CorpusFacts(language=settings.language)
    plain = settings.model_dump(mode="json", exclude_unset=True)
    with new_artifact(output, "corpus", settings=plain, inputs=inputs, facts=facts) as staging:
        texts = Shards(settings, shards) if settings.shards > 1 else OnePass(settings, folders)
        collector, sizes = _collect(settings, texts, pivot_texts, staging / _COLLECTED)
        _check_collected(name, settings, collector)
        held_out = settings.held_out
        parts = split(collector.keys, held_out.fraction, held_out.maximum)
        writer = _PartWriter(staging, settings.language, collector.repeated, pivot is not None)
        writer.write(zip(_read(staging / _COLLECTED), parts, strict=True))
        (staging / _COLLECTED).unlink()
        writer.check(name)
        statistics = {
            "language": settings.language,
            "inputs": sizes,
            "cleaning": dict(sorted(collector.counts.items())),
            **writer.statistics(),
        }
        write_json(staging / "statistics.json", statistics)
        facts.splits = statistics["splits"]


def _open_inputs(
    name: str, settings: Corpus, downloads: Mapping[str, Path], pivot: Path | None
) -> tuple[dict[str, Path], dict[str, Artifact[Any]]]:
    if (settings.pivot is None) != (pivot is None):
        wanted = f"the corpus of its pivot {settings.pivot}" if settings.pivot else "no pivot"
        raise ConfigError(f"corpus {name} needs {wanted}; give --pivot accordingly")
    folders = downloads_of(name, settings, downloads)
    inputs: dict[str, Artifact[Any]] = {
        source: open_artifact(folder, DownloadFacts) for source, folder in folders.items()
    }
    if pivot is not None:
        inputs[f"pivot {settings.pivot}"] = open_artifact(pivot, CorpusFacts)
    return folders, inputs


def _collect(
    settings: Corpus, texts: CleanTexts, pivot: Pivot, path: Path
) -> tuple[Collector, list[dict[str, Any]]]:
    collector = Collector(settings.cleaning, pivot)
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
    return collector, sizes


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


class _PartWriter:
    """Writes each document where its part belongs and counts what is written."""

    def __init__(self, folder: Path, language: str, repeated: set[str], has_pivot: bool) -> None:
        self._folder = folder
        self._has_pivot = has_pivot
        self._repeated = repeated
        self._parts: dict[str, Part] = {}  # of documents that later ones repeat
        self._pairs: set[int] = set()
        self._texts = {part: TextStatistics(language) for part in (Part.TRAIN, Part.VALID)}
        self._pair_counts = PairStatistics()
        self._dropped = 0

    def write(self, candidates: Iterator[tuple[Candidate, Part]]) -> None:
        with ExitStack() as stack:
            files = {
                name: stack.enter_context(open_json_lines(self._folder / f"{name}.jsonl.zst"))
                for name in ("train", "valid", "partition", *["parallel"] * self._has_pivot)
            }
            for candidate, part in candidates:
                if candidate.same is None:
                    self._write_document(candidate, part, files)
                else:
                    first = {"part": self._parts[candidate.same], "same": candidate.same}
                    files["partition"].write({"id": candidate.id, **first})
                if candidate.pivot is not None and part is Part.TRAIN:
                    self._write_pair(candidate, candidate.pivot, files["parallel"])

    def _write_document(
        self, candidate: Candidate, part: Part, files: Mapping[str, JsonLinesWriter]
    ) -> None:
        if candidate.id in self._repeated:
            self._parts[candidate.id] = part
        files["partition"].write({"id": candidate.id, "part": part})
        if part is Part.DROPPED:
            self._dropped += 1
            return
        self._texts[part].add(candidate.text)
        files[part].write(Document(candidate.id, candidate.text, candidate.metadata))

    def _write_pair(self, candidate: Candidate, source: str, file: JsonLinesWriter) -> None:
        key = hash_of(f"{source}\0{candidate.text}")
        if key not in self._pairs:
            self._pairs.add(key)
            self._pair_counts.add(source, candidate.text)
            file.write(Pair(candidate.id, source, candidate.text))

    def check(self, name: str) -> None:
        """Raise InputError if there is nothing to train on, or nothing to evaluate with."""
        if not self._texts[Part.VALID].documents:
            raise InputError(
                f"corpus {name} has no held-out text: of {self._texts[Part.TRAIN].documents} "
                "documents none was held out; raise held_out.fraction or give it more text"
            )
        if not self._texts[Part.TRAIN].documents:
            raise InputError(f"corpus {name} has no training text; lower held_out.fraction")

    def statistics(self) -> dict[str, Any]:
        """Sizes of the parts, and what repeats held-out text and was dropped for it."""
        statistics: dict[str, Any] = {
            "splits": {part.value: asdict(counts) for part, counts in self._texts.items()},
            "dropped_near_held_out": self._dropped,
        }
        if self._has_pivot:
            statistics["parallel"] = asdict(self._pair_counts)
        return statistics
