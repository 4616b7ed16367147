"""Corpora, and what reading a set from them gives."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lingraft.artifacts import CorpusFacts, DownloadFacts, new_artifact, open_artifact
from lingraft.config.checking import check_choice
from lingraft.corpus.documents import Document, Pair, write_lines
from lingraft.encoders.examples import TrainingExample
from lingraft.encoders.sets import AnySet
from lingraft.encoders.training_set import SetInputs, TrainingSet

LICENSE = "CC0-1.0"


def make_corpus(
    folder: Path,
    train: Sequence[Document],
    valid: Sequence[Document] = (),
    parallel: Sequence[Pair] | None = None,
    language: str = "swh_Latn",
) -> Path:
    """Write a corpus artifact that comes from a download with a license."""
    download = folder.parent / f"{folder.name}-download"
    with new_artifact(download, "download", facts=DownloadFacts(license=LICENSE)) as staging:
        (staging / "files").mkdir()
    inputs = {"text": open_artifact(download, DownloadFacts)}
    facts = CorpusFacts(language=language)
    with new_artifact(folder, "corpus", inputs=inputs, facts=facts) as staging:
        write_lines(staging / "train.jsonl.zst", train)
        write_lines(staging / "valid.jsonl.zst", valid)
        if parallel is not None:
            write_lines(staging / "parallel.jsonl.zst", parallel)
    return folder


def a_set(**settings: Any) -> TrainingSet:
    """Check the settings of a training set."""
    return check_choice(AnySet, settings, "training_set")


def read_set(settings: Mapping[str, Any], **given: Mapping[str, Path]) -> list[TrainingExample]:
    """Read all examples of a set."""
    return list(a_set(**settings).read(SetInputs(**given)))


def texts_of(examples: Sequence[TrainingExample]) -> list[tuple[str, ...]]:
    """Return what the examples say."""
    return [example.texts for example in examples]
