"""The entries of this room: make vectors, align two sets of them."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lingraft.artifacts import (
    AlignmentFacts,
    CorpusFacts,
    DownloadFacts,
    VectorsFacts,
    new_artifact,
    open_artifact,
    opened,
    write_json,
)
from lingraft.config.base import Block
from lingraft.errors import InputError
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.phrases import with_spaces
from lingraft.vectors.settings import AlignmentSettings
from lingraft.vectors.text_doors import mark_of_inputs, text_door
from lingraft.vectors.trainers.trainer import Trainer
from lingraft.vectors.vectorset import VectorSet

logger = logging.getLogger(__name__)


def make_vectors(settings: Trainer, given: VectorInputs, output: Path, threads: int = 1) -> None:
    """Make the artifact `vectors`.

    Args:
        settings: a block of `vectors`.
        given: the folders of what it is made from.
        output: folder of the artifact.
        threads: CPU threads; with one, fastText is reproducible.

    Raises:
        ConfigError: an input does not say what the vectors need to know of it.
        InputError: an input is not given; the corpus is too small, or a file is not usable.
    """
    inputs = {
        f"{section}/{name}": given.open(section, name) for section, name in settings.made_from
    }
    facts = VectorsFacts(threads=threads) if settings.depends_on_threads else VectorsFacts()
    if mark := mark_of_inputs(inputs):
        facts.normalizer = mark
    with new_artifact(
        output, "vectors", settings=_plain(settings), inputs=inputs, facts=facts
    ) as folder:
        vectors = with_spaces(settings.make(given, threads))
        vectors.save(folder)
    logger.info("%s: %d words, dimension %d", output.name, len(vectors), vectors.dimension)


def align_vectors(
    settings: AlignmentSettings,
    source_path: Path,
    target_path: Path,
    downloads: Mapping[str, Path],
    corpora: Mapping[str, Path],
    output: Path,
    state: Path | None = None,
    joint: VectorInputs | None = None,
) -> None:
    """Make the artifact `alignment`: the map, its dictionary, and how well it translates.

    Args:
        settings: a block of `alignments`.
        source_path: vectors of the source language, an artifact or a plain file.
        target_path: vectors of the target language.
        downloads: folders of the downloads that dictionaries name.
        corpora: folders of the corpora that dictionaries name.
        output: folder of the artifact.
        state: folder from which a killed fit goes on; it is emptied when the artifact is there.
        joint: the alignments that this one is fitted with, and their targets' vectors by the same
            names.

    Raises:
        InputError: vectors or a dictionary are not usable, or share no word, or the method says
            that it failed.
    """
    # With PyTorch, which vectors that are only made do not need.
    from lingraft.vectors import report
    from lingraft.vectors.alignment import fit
    from lingraft.vectors.correspondences import correspond
    from lingraft.vectors.dictionaries.dictionary import DictionaryInputs
    from lingraft.vectors.fit_state import forget
    from lingraft.vectors.induction import CommonSpace, criterion, hold_out, induce
    from lingraft.vectors.lexicon import read_dictionaries
    from lingraft.vectors.partners import read_partner

    inputs = opened({"source": source_path, "target": target_path})
    inputs |= {name: open_artifact(path, DownloadFacts) for name, path in downloads.items()}
    inputs |= {name: open_artifact(path, CorpusFacts) for name, path in corpora.items()}
    source, target = VectorSet.load(source_path), VectorSet.load(target_path)
    doors = [text_door(side, path) for side, path in ((source, source_path), (target, target_path))]
    mark = mark_of_inputs(inputs)
    facts = AlignmentFacts(normalizer=mark) if mark else AlignmentFacts()
    joint = joint or VectorInputs()
    for name in settings.partners:
        inputs[f"alignments/{name}"] = joint.open("alignments", name)
        inputs[f"vectors/{name}"] = joint.open("vectors", name)
    partners = [read_partner(source, joint, name, settings.casing) for name in settings.partners]
    pairs = read_dictionaries(
        settings.dictionaries, DictionaryInputs(source, target, downloads, corpora, *doors)
    )
    matches = correspond(pairs, source, target, settings.casing)
    alignment = fit(source, target, matches, settings, state=state, partners=partners)
    if alignment.failure:
        raise InputError(alignment.failure)
    options: dict[str, Any] = {"folds": settings.folds, "seed": settings.seed, "state": state}
    options["partners"] = partners
    held_out = hold_out(source, target, pairs, matches, settings, fitted=alignment, **options)
    space = CommonSpace(source, target, alignment, settings.neighbors)
    measured = report.metrics(settings, source, target, pairs, matches, alignment, held_out)
    measured["unsupervised_criterion"] = criterion(space)
    with new_artifact(
        output, "alignment", settings=_plain(settings), inputs=inputs, facts=facts
    ) as folder:
        alignment.save(folder)
        report.write_dictionary(folder / "dictionary.tsv", pairs, matches)
        report.write_predictions(folder / "predictions.tsv", held_out.predictions)
        report.write_induced(folder / "induced.tsv", induce(space, source, target))
        if alignment.named_K is not None:
            named = matches.select(alignment.named_K)
            report.write_anchors(folder / "anchors.tsv", source, target, named)
        write_json(folder / "metrics.json", measured)
    forget(state)
    _log(output.name, measured)


def _plain(settings: Block) -> dict[str, Any]:
    """What was set, as plain JSON values in the order of the keys."""
    text = json.dumps(settings.model_dump(mode="json", exclude_unset=True), sort_keys=True)
    content: dict[str, Any] = json.loads(text)
    return content


def _log(name: str, measured: Mapping[str, Any]) -> None:
    logger.info(
        "%s: %d pairs in vocabulary, mean cosine of the best translations %.3f",
        name,
        measured["pairs"]["in_vocabulary"],
        measured["unsupervised_criterion"],
    )
    for how, precision in measured["precision"].items():
        logger.info("%s: held-out P@1 %.3f (%s)", name, precision["p_at_1_covered"], how)
    for warning in measured["warnings"]:
        logger.warning("%s: %s", name, warning)
