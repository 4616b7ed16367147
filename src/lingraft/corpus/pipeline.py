"""The cleaning of a shard as a pipeline of datatrove, for any of its executors.

Between reading and writing, every document is an ordinary one of datatrove's, so that its own
filters fit in.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from datatrove.data import Document as PipelineDocument
from datatrove.pipeline.base import PipelineStep

from lingraft.artifacts import (
    Artifact,
    DownloadFacts,
    ShardFacts,
    new_artifact,
    open_artifact,
    open_partly,
)
from lingraft.corpus.cleaning import Cleaner
from lingraft.corpus.documents import open_json_lines, write_lines
from lingraft.corpus.identification import language_identifier
from lingraft.corpus.settings import Corpus
from lingraft.corpus.shards import (
    FileCounts,
    InputFile,
    PlacedDocument,
    ShardCounts,
    documents_file,
    files_inputs,
    input_files,
)

_OWN = "metadata"  # keys of what our steps pass on, in datatrove's metadata
_FILE = "file"
_PLACE = "place"
Sources = Mapping[str, Artifact[DownloadFacts]]


def cleaning_pipeline(
    settings: Corpus, folders: Mapping[str, Path], output: Path
) -> list[PipelineStep]:
    """The steps that make the artifact `output/RANK` of each rank; as many ranks as shards.

    Args:
        settings: the corpus's block of the configuration.
        folders: source -> folder of the download artifact.
        output: folder of all shards.

    Raises:
        ArtifactError: a download is damaged; of texts only the files of the rank are checked.
    """
    sources = _open_sources(settings, folders)
    counts = ShardCounts()
    return [
        ReadFiles(settings, sources, counts),
        CleanDocuments(settings, sources, counts),
        WriteShard(settings, sources, counts, output),
    ]


def _open_sources(settings: Corpus, folders: Mapping[str, Path]) -> Sources:
    identification = settings.cleaning.identification
    whole = identification and identification.source
    return {
        name: (open_artifact if name == whole else open_partly)(folder, DownloadFacts)
        for name, folder in folders.items()
    }


class _Step(PipelineStep):  # type: ignore[misc]
    """A step that knows the corpus, and counts together with the other steps of its pipeline."""

    def __init__(self, settings: Corpus, sources: Sources, counts: ShardCounts) -> None:
        """Take what all steps share.

        Args:
            settings: the corpus's block of the configuration.
            sources: source -> its download, opened.
            counts: what the steps of this pipeline count together.
        """
        super().__init__()
        self.settings = settings
        self.sources = sources
        self.folders = {name: source.folder for name, source in sources.items()}
        self.counts = counts


class ReadFiles(_Step):
    """Reads every file whose number is the rank modulo the number of shards."""

    type = "READER"
    name = "files of a corpus"

    def run(
        self, data: Any = None, rank: int = 0, world_size: int = 1
    ) -> Iterator[PipelineDocument]:
        """Yield the documents of a rank."""
        for file in input_files(self.settings, self.folders)[rank::world_size]:
            self.counts.files[file.number] = FileCounts(file.text)
            yield from self._read(file, self.counts.files[file.number])

    def _read(self, file: InputFile, counts: FileCounts) -> Iterator[PipelineDocument]:
        settings = files_inputs(self.settings)[file.text]
        self.sources[settings.source].check(file.path)
        for document in settings.read(file.path):
            if document is not None:
                counts.read += 1
                place = {_FILE: file.number, _PLACE: counts.entries, _OWN: document.metadata}
                yield PipelineDocument(document.text, document.id, metadata=place)
            counts.entries += 1


class CleanDocuments(_Step):
    """Applies the corpus's rules for single documents."""

    type = "FILTER"
    name = "cleaning"

    def run(
        self, data: Iterable[PipelineDocument], rank: int = 0, world_size: int = 1
    ) -> Iterator[PipelineDocument]:
        """Yield the documents that no rule drops, their texts in normal form."""
        identifier = language_identifier(self.settings, self.folders)
        cleaner = Cleaner(self.settings.cleaning, identifier)
        for document in data:
            text = cleaner.clean(document.text)
            if text is not None:
                document.text = text
                own = document.metadata[_OWN]
                document.id, document.metadata[_OWN] = cleaner.repair(document.id, own)
                yield document
        # Steps are generators: this runs when the last document is through, before the writer
        # saves.
        self.counts.cleaning.update(cleaner.counts)


class WriteShard(_Step):
    """Writes the documents of a rank, file by file, as an artifact."""

    type = "WRITER"
    name = "shard"

    def __init__(
        self, settings: Corpus, sources: Sources, counts: ShardCounts, output: Path
    ) -> None:
        """Take what all steps share, and the folder of all shards."""
        super().__init__(settings, sources, counts)
        self.output = output

    def run(
        self, data: Iterable[PipelineDocument], rank: int = 0, world_size: int = 1
    ) -> Iterator[PipelineDocument]:
        """Write `output/RANK` and yield what was written."""
        plain = self.settings.model_dump(mode="json", exclude_unset=True)
        facts = ShardFacts(shard=rank, shards=world_size)
        with new_artifact(
            self.output / str(rank), "shard", settings=plain, inputs=self.sources, facts=facts
        ) as staging:
            # groupby needs equal keys side by side: the reader takes one file after the other.
            for number, documents in groupby(data, key=lambda found: found.metadata[_FILE]):
                yield from self._write(documents_file(staging, number), number, documents)
            for number, counts in self.counts.files.items():
                # A file of which nothing was kept does not come out of groupby.
                if not counts.kept:
                    write_lines(documents_file(staging, number), [])
            self.counts.save(staging)

    def _write(
        self, path: Path, number: int, documents: Iterable[PipelineDocument]
    ) -> Iterator[PipelineDocument]:
        with open_json_lines(path) as file:
            for found in documents:
                place, own = found.metadata[_PLACE], found.metadata[_OWN]
                file.write(PlacedDocument(place, found.id, found.text, own))
                self.counts.files[number].kept += 1
                yield found
