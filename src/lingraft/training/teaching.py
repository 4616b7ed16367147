"""Stages that learn from the source model: what they read, and what they cost, told first.

Shapes: V rows of the vocabulary.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.artifacts import Artifact, ModelFacts, open_artifact
from lingraft.config.distillation import SourceDistillation
from lingraft.config.pretraining import Pretraining
from lingraft.config.training_stages import FilledStage
from lingraft.corpus.records import digest_records, stream_texts
from lingraft.errors import ConfigError, InputError
from lingraft.models.factorized_types import PREFIX
from lingraft.models.heads import ARCHITECTURES
from lingraft.models.loading import load_model
from lingraft.models.positions import most_positions
from lingraft.models.stored import read_architecture
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.training.batches import BatchCounts
from lingraft.training.distilling import Distilling, FirstRows
from lingraft.training.selection import select
from lingraft.training.snippets import Snippets, collect, frames_of, tell

logger = logging.getLogger(__name__)

_ROWS = "filled"  # how rows are made, for the identity: they were single pieces once


@dataclass(frozen=True)
class Lesson:
    """A stage's rows of text, and what is learned from the teacher in them."""

    snippets: Snippets
    settings: SourceDistillation
    teacher: Path
    stage: FilledStage
    new: int  # tokens
    new_V: NDArray[np.bool_]

    def first_rows(self, model: Any) -> FirstRows | None:
        """What an initialized model has of what the losses compare with."""
        return FirstRows.of(model, self.new_V) if "head" in self.settings.losses else None

    def objective(self, model: Any, first: FirstRows | None = None) -> Distilling:
        """The loss of the stage; the teacher is loaded, and the cost is told."""
        teacher = load_model(self.teacher) if self.settings.asks_teacher else None
        objective = Distilling(model, teacher, self.settings, first)
        self._tell_cost(objective)
        return objective

    def _tell_cost(self, objective: Distilling) -> None:
        """Say what the steps read and compute, without padding."""
        select(objective.model, self.stage)  # what is trained costs gradients
        rows, drawn = self.snippets.rows, self.stage.steps * self.stage.batch_size
        share = drawn / len(rows)
        own = round(share * sum(len(row.ids_L) for row in rows))
        teachers = round(share * sum(len(row.teacher_ids_M) for row in rows))
        read = own + (teachers if self.settings.asks_teacher else 0)
        work = objective.work(BatchCounts(0, 0, drawn, own, teachers))
        each = max(1, self.new)
        logger.info(
            "distillation: %d steps are %.2f passes over these rows; they read %.0f tokens a new "
            "token, of both models together, about %.3g GFLOP (%.3g TFLOP in all)",
            self.stage.steps, share, read / each, work / each / 1e9, work / 1e12,
        )  # fmt: skip


@dataclass(frozen=True)
class Teaching:
    """The source model and the training documents of the corpora.

    Attributes:
        artifact: the source model, the teacher.
        corpora: folders of the corpora by name.
        identity: digests of all this, for the identity of the training.
    """

    artifact: Artifact[ModelFacts]
    corpora: Mapping[str, Path]
    identity: Mapping[str, Any]

    def lesson(
        self, model: Path, stage: FilledStage, new_V: NDArray[np.bool_], seed: int
    ) -> Lesson | None:
        """Collect the rows of a stage; None if it learns from the text.

        Args:
            model: folder of the model that is trained.
            stage: the stage.
            new_V: which rows of its vocabulary are new.
            seed: of the order of the rows.

        Raises:
            InputError: no row has a new token, or the rows do not make one batch.
        """
        if (settings := stage.distillation) is None:
            return None
        teacher = self.artifact.folder
        tokenizers = load_tokenizer(model), load_tokenizer(teacher)
        longest = most_positions(read_architecture(teacher))
        frames = frames_of(tokenizers, stage.sequence_length, longest)
        texts = (
            document.text
            for name in stage.corpora or self.corpora
            for document in stream_texts(self.corpora[name], "train")
        )
        rows, seen_V = collect(texts, tokenizers, frames, new_V, settings)
        tell(rows, seen_V, new_V, tokenizers[0])
        if len(rows) < stage.batch_size:
            raise InputError(
                f"distillation: the text has {len(rows)} rows to learn from, fewer than one batch "
                f"of {stage.batch_size}; lower batch_size or sequence_length, or raise snippets"
            )
        found = int((new_V & (seen_V > 0)).sum())
        return Lesson(Snippets(rows, frames, seed), settings, teacher, stage, found, new_V)


def teaching_of(
    recipe: Pretraining,
    model: Path,
    teacher: Path | None,
    corpora: Mapping[str, Path],
    names: Collection[str],
) -> Teaching | None:
    """What the stages of a recipe that learn from the source model read; None without such stages.

    Args:
        recipe: the recipe.
        model: folder of the model that is trained.
        teacher: folder of the source model.
        corpora: folders by name.
        names: of the corpora that the training has tokens of.

    Raises:
        ConfigError: the teacher or a corpus is not given, or is not needed, the teacher's layers
            are not the model's, or a loss does not fit the model's head.
        InputError: training documents are missing.
    """
    if not recipe.distills:
        if teacher is not None:
            raise ConfigError("`teacher=` has no effect: no stage has `distillation`")
        return None
    if teacher is None:
        raise ConfigError("a stage with `distillation` needs the source model (`teacher=`)")
    if missing := set(names) - set(corpora):
        raise ConfigError(
            f"a stage with `distillation` reads training documents; give the corpus "
            f"{min(missing)} too (`corpora=NAME=DIR`)"
        )
    _require_same_body(model, teacher)
    for stage in recipe.stages:
        if stage.distillation is not None:
            _require_known_head(model, stage.distillation)
    artifact = open_artifact(teacher, ModelFacts)
    chosen = {name: corpora[name] for name in sorted(names)}
    digests = {name: digest_records(folder, "train") for name, folder in chosen.items()}
    identity = {"teacher": artifact.digest, "texts": digests, "rows": _ROWS}
    return Teaching(artifact, chosen, identity)


def _require_same_body(model: Path, teacher: Path) -> None:
    own, other = (read_architecture(folder).get_text_config() for folder in (model, teacher))
    for name in ("hidden_size", "num_hidden_layers", "num_attention_heads"):
        if getattr(own, name, None) != getattr(other, name, None):
            raise ConfigError(
                f"the teacher {teacher} has {name} {getattr(other, name, None)} and the model "
                f"{getattr(own, name, None)}; give the source model that it was initialized from"
            )


def _require_known_head(model: Path, settings: SourceDistillation) -> None:
    kind = str(read_architecture(model).model_type).removeprefix(PREFIX)
    asking = settings.predicting | ({"head"} & settings.losses.keys())
    if asking and kind not in ARCHITECTURES:
        raise ConfigError(
            f"losses: {min(asking)}: lingraft does not know the head of a {kind} "
            "model; write hidden or attention instead"
        )
    if "head" in settings.losses and not read_architecture(model).tie_word_embeddings:
        raise ConfigError(
            f"losses: head would have no effect: the output layer of {model} has rows of its own; "
            "remove it"
        )
