"""The entry: the folders of a source model and of the evidence in, a trained generator out."""

import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lingraft.artifacts import Artifact, Facts, GeneratorFacts, new_artifact, write_json
from lingraft.errors import InputError
from lingraft.initialization.evidence.pieces import weigh
from lingraft.initialization.generation.batches import predicted_rows
from lingraft.initialization.generation.learning import Learning
from lingraft.initialization.generation.lessons import RowCourse
from lingraft.initialization.generation.quality import (
    BETTER,
    measured_rows,
    quality_of,
    sentence,
)
from lingraft.initialization.generation.split import TokenSplit, split_tokens_of
from lingraft.initialization.generation.state import GeneratorState, forget_generators
from lingraft.initialization.generation.teaching import TextSource, told
from lingraft.initialization.generation.trained import METRICS, TrainedGenerator
from lingraft.initialization.generator import Generator
from lingraft.initialization.installing.install import read_matrices
from lingraft.initialization.networks.basis import Basis, basis_of, source_digest
from lingraft.initialization.networks.piece_reader import PieceReader
from lingraft.initialization.networks.reader import TokenReader, with_lists
from lingraft.initialization.request import Evidence, Request
from lingraft.models.loading import load_model
from lingraft.numeric.arrays import Int64
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.token_table import TokenTable
from lingraft.vectors.aligned_sides import open_sides
from lingraft.vectors.alignment import Alignment
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.vectorset import VectorSet

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class GeneratorInputs(VectorInputs):
    """What a generator is trained from: folders of artifacts by name."""

    needed_by = "the generator needs"
    opened: dict[str, Artifact[Facts]] = field(default_factory=dict, compare=False)

    def open(self, section: str, name: str) -> Artifact[Any]:
        """An artifact, for the manifest too; raises as for all vectors."""
        artifact = self.opened[f"{section}/{name}"] = super().open(section, name)
        return artifact


def train_generator(
    settings: Generator,
    given: GeneratorInputs,
    output: Path,
    state: Path | None = None,
    save_seconds: float = 60.0,
) -> dict[str, Any]:
    """Make the artifact `generator`, and return its metrics.

    Args:
        settings: a block of `generators`.
        given: the folders of what it is made from.
        output: folder of the artifact.
        state: folder from which a killed training goes on; it is emptied when the artifact is
            there.
        save_seconds: between two savings of the state.

    Raises:
        ConfigError: an input is missing.
        DivergedError: the training's loss is not a number.
        InputError: an input is damaged, or too few tokens can be described.
    """
    model = load_model(given.open("models", settings.model).folder)
    request = _request(settings, given, model)
    basis = basis_of(request, settings.width, as_authors=settings.follows_authors)
    reader = settings.reader(request, basis)
    known_N = _known(reader)
    split = split_tokens_of(
        request, known_N, settings.held_out, settings.seed, 0 if settings.follows_authors else 2
    )
    logger.info(
        "%s: learns from %d tokens of %s, %d are held out",
        output.name, len(split.training_N), settings.model, len(split.held_out_M),
    )  # fmt: skip
    text = None
    if settings.text_lessons is not None:
        text = TextSource(settings.text_lessons, given).beside(
            settings, reader, basis, split, model
        )
    rows = RowCourse(settings, reader, basis, split)
    learning = Learning(settings, reader, basis, [rows] if text is None else [rows, text.course])
    source, evidence = source_digest(request), reader.evidence_digest
    block = settings.model_dump(mode="json", exclude_unset=True)
    # What another revision has begun does not go on.
    asked = [settings.name(), settings.revision, block, source, evidence]
    asked += [] if text is None else [text.digest]
    question = json.dumps(asked, sort_keys=True)
    learning.run(GeneratorState(state, question, save_seconds))
    quality = _quality(request, basis, reader, learning, split)
    if text is not None:
        fvt = settings.network(reader, basis)
        quality["text"] = text.measured(learning.network, fvt)
    weights = {name: p.detach() for name, p in learning.network.named_parameters()}
    trained = TrainedGenerator(
        settings, weights, basis.sizes, source, evidence, quality, output.name
    )
    metrics = {
        "tokens": {"training": len(split.training_N), "held_out": len(split.held_out_M)},
        "parameters": sum(tensor.numel() for tensor in weights.values()),
        "losses": learning.losses[: settings.epochs],
        "quality": quality,
    }
    if text is not None:
        metrics["text_losses"] = learning.losses[settings.epochs :]
    inputs = dict(given.opened)
    with new_artifact(
        output, "generator", settings=block, inputs=inputs, facts=GeneratorFacts()
    ) as folder:
        trained.save(folder)
        write_json(folder / METRICS, metrics)
    forget_generators(state)
    level = logging.INFO if quality["verdict"] == BETTER else logging.WARNING
    logger.log(level, "%s", sentence(output.name, quality))
    for line in told(output.name, quality):
        logger.info("%s", line)
    return metrics


def _known(reader: TokenReader) -> Int64:
    """Source rows that could be learned: tokens with a row of which something is known."""
    source = reader.request.source
    rows_N = reader.request.candidate_ids
    rows_N = rows_N[~source.special_T[rows_N]]
    return with_lists(rows_N, reader.of_tokens(source, rows_N)).rows_N


def _quality(
    request: Request, basis: Basis, reader: TokenReader, learning: Learning, split: TokenSplit
) -> dict[str, Any]:
    """On the held-out tokens that both the generator and FVT can make a row of."""
    held_out_M = split.held_out_M
    ours = reader.of_unseen(held_out_M)
    pieces = PieceReader(request).of_unseen(held_out_M)
    both = [i for i, lists in enumerate(zip(ours, pieces, strict=True)) if all(lists)]
    if not both:
        raise InputError(
            "no held-out token of the source model can be described both by the generator and by "
            "pieces, so it cannot be measured; raise `held_out`"
        )
    places = [both[place] for place in measured_rows(len(both))]
    predicted_MX = predicted_rows(
        learning.network, [ours[place] for place in places], basis.unit_X, learning.device
    )
    weights_MS = weigh([pieces[place] for place in places], len(basis.rows_SX))
    fvt_MX = weights_MS @ basis.rows_SX
    return quality_of(basis, predicted_MX, fvt_MX, held_out_M[places], request.candidate_ids)


def _request(settings: Generator, given: GeneratorInputs, model: Any) -> Request:
    """The source model as both sides: a generator learns the vocabulary that it has."""
    table = TokenTable(load_tokenizer(given.open("models", settings.model).folder))
    return Request(table, table, **read_matrices(model), evidence=_evidence(settings, given))


def _evidence(settings: Generator, given: GeneratorInputs) -> Evidence:
    """The word vectors that describe tokens, as an initialization of a run has them."""
    if settings.described_by is not None:
        artifact = given.open("vectors", settings.described_by)
        return Evidence(multilingual_vectors=VectorSet.load(artifact.folder))
    if not settings.aligned_by:
        return Evidence()
    artifacts, sides = zip(*(open_sides(given, name) for name in settings.aligned_by), strict=True)
    source, *others = dict.fromkeys(source for source, _ in sides)
    if others:
        raise InputError(
            f"alignments: {', '.join(settings.aligned_by)} are not of one source: {others[0]} is "
            f"not {source}; give alignments of the same source vectors"
        )
    return Evidence(
        source_vectors=VectorSet.load(source),
        target_vectors=[VectorSet.load(target) for _, target in sides],
        alignments=[Alignment.load(artifact.folder) for artifact in artifacts],
    )
