"""The two stages of this room, from settings and folders to artifacts."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lingraft.artifacts import (
    CorpusFacts,
    DownloadFacts,
    VectorsFacts,
    new_artifact,
    open_artifact,
    opened,
    write_json,
)
from lingraft.config.checking import check_block
from lingraft.config.vectors import Alignment as AlignmentSettings
from lingraft.config.vectors import PretrainedVectors, TrainedVectors, trainer_of
from lingraft.corpus.documents import read_documents
from lingraft.errors import ConfigError
from lingraft.vectors import report
from lingraft.vectors.alignment import fit
from lingraft.vectors.dictionaries import Places, read_dictionaries
from lingraft.vectors.induction import CommonSpace, hold_out, induce
from lingraft.vectors.pairs import correspond
from lingraft.vectors.training import train_word_vectors
from lingraft.vectors.vectorset import VectorSet

logger = logging.getLogger(__name__)


def make_vectors(
    settings: Mapping[str, Any],
    output: Path,
    corpus: Path | None = None,
    download: Path | None = None,
    threads: int = 1,
) -> None:
    """Make the artifact `vectors`: trained on a corpus, or read from a download.

    Args:
        settings: a block of `vectors`.
        output: folder of the artifact.
        corpus: the corpus artifact, for trained vectors.
        download: the download artifact, for pretrained ones.
        threads: threads of fastText; one is reproducible.

    Raises:
        ConfigError: the settings are wrong, or the folder they need is not given.
        InputError: the corpus is too small, or the file of pretrained vectors is unusable.
    """
    if trainer_of(dict(settings)) == "pretrained":
        _make_pretrained(settings, output, download)
    else:
        _make_trained(settings, output, corpus, threads)


def _make_trained(
    settings: Mapping[str, Any], output: Path, corpus: Path | None, threads: int
) -> None:
    block = check_block(TrainedVectors, settings, "vectors settings")
    if corpus is None:
        raise ConfigError("training vectors needs a corpus; give its folder with --corpus")
    text = open_artifact(corpus, CorpusFacts)
    if text.facts.language is None:
        raise ConfigError(f"corpus {corpus} does not say its language; make it again")
    texts = (document.text for document in read_documents(text.file("train.jsonl.zst")))
    with new_artifact(
        output,
        "vectors",
        settings=settings,
        inputs={"corpus": text},
        facts=VectorsFacts(threads=threads),
    ) as folder:
        vectors = train_word_vectors(texts, text.facts.language, block, threads)
        vectors.save(folder)
    logger.info("%s: %d words, dimension %d", output.name, len(vectors), vectors.dimension)


def _make_pretrained(settings: Mapping[str, Any], output: Path, download: Path | None) -> None:
    block = check_block(PretrainedVectors, settings, "vectors settings")
    if download is None:
        raise ConfigError("pretrained vectors need a download; give its folder with --download")
    source = open_artifact(download, DownloadFacts)
    found = VectorSet.load(download / "files" / block.path, block.maximum_words)
    vectors = replace(
        found,
        language=block.language,
        lowercase=block.lowercase,
        facts={"trainer": "pretrained", "file": block.path},
    )
    with new_artifact(
        output, "vectors", settings=settings, inputs={block.source: source}
    ) as folder:
        vectors.save(folder)


def align_vectors(
    settings: Mapping[str, Any],
    source_path: Path,
    target_path: Path,
    downloads: Mapping[str, Path],
    corpora: Mapping[str, Path],
    output: Path,
) -> None:
    """Make the artifact `alignment`: the map, its dictionary, and how well it translates.

    Args:
        settings: a block of `alignments`.
        source_path: vectors of the source language, an artifact or a plain file.
        target_path: vectors of the target language.
        downloads: folders of the downloads that dictionaries name.
        corpora: folders of the corpora that dictionaries name.
        output: folder of the artifact.

    Raises:
        ConfigError: the settings are wrong.
        InputError: vectors or a dictionary are unusable, or share no word.
    """
    block = check_block(AlignmentSettings, settings, "alignment settings")
    inputs = opened({"source": source_path, "target": target_path})
    inputs |= {name: open_artifact(path, DownloadFacts) for name, path in downloads.items()}
    inputs |= {name: open_artifact(path, CorpusFacts) for name, path in corpora.items()}
    source, target = VectorSet.load(source_path), VectorSet.load(target_path)
    pairs = read_dictionaries(block.dictionaries, Places(source, target, downloads, corpora))
    matches = correspond(pairs, source, target, block.casing)
    alignment = fit(source, target, matches, block)
    options = {"folds": block.folds, "seed": block.seed}
    held_out = hold_out(source, target, pairs, matches, block, **options)
    measured = report.metrics(block, source, target, pairs, matches, alignment, held_out)
    space = CommonSpace(source, target, alignment, block.neighbors)
    with new_artifact(output, "alignment", settings=settings, inputs=inputs) as folder:
        alignment.save(folder)
        report.write_dictionary(folder / "dictionary.tsv", pairs, matches)
        report.write_predictions(folder / "predictions.tsv", held_out.predictions)
        report.write_induced(folder / "induced.tsv", induce(space, source, target))
        write_json(folder / "metrics.json", measured)
    _tell(output.name, measured)


def _tell(name: str, measured: Mapping[str, Any]) -> None:
    precision = measured["precision"]
    logger.info(
        "%s: %d pairs in vocabulary, held-out P@1 %.3f (nn) %.3f (CSLS) of covered words",
        name,
        measured["pairs"]["in_vocabulary"],
        precision["nn"]["p_at_1_covered"],
        precision["csls"]["p_at_1_covered"],
    )
    for warning in measured["warnings"]:
        logger.warning("%s: %s", name, warning)
