"""The measure of held-out documents in the course of training, over all corpora of the run.

It is the measure of the evaluation task `language_model`, with its documents, windows and masks.
Corpora that are never trained on are scored too, to see what is forgotten; they decide nothing.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lingraft.artifacts import CorpusFacts, fingerprint, open_given
from lingraft.corpus.documents import Document
from lingraft.corpus.records import check_records, has_records, held_out_documents
from lingraft.models.objective import is_causal
from lingraft.models.rows import batch_tokens
from lingraft.models.scoring.losses import document_losses, summarize, window_losses
from lingraft.models.scoring.settings import HeldOutMeasure
from lingraft.models.scoring.windows import DocumentWindows, cut_documents
from lingraft.numeric.arrays import Float64
from lingraft.training.objectives import LanguageModeling
from lingraft.training.world import World

logger = logging.getLogger(__name__)

_MOST_TOKENS = 1 << 12  # of a forward pass: optimizer and gradients take memory too


@dataclass(frozen=True)
class HeldOutText:
    """The held-out documents of a run's corpora as windows, and what says how they were chosen.

    Attributes:
        corpora: those that the model is trained on.
        record: what a line of the metrics says of the measure.
        elsewhere: corpora that the model is not trained on.
    """

    corpora: Mapping[str, DocumentWindows]
    record: Mapping[str, Any]
    elsewhere: Mapping[str, DocumentWindows] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        model: Any,
        tokenizer: Any,
        documents: Mapping[str, Sequence[Document]],
        measure: HeldOutMeasure,
    ) -> "HeldOutText":
        """Cut the documents into windows, once for all evaluations.

        Args:
            model: the model that is trained.
            tokenizer: its tokenizer.
            documents: the documents of each corpus.
            measure: windows and masks.
        """
        corpora = _cut(model, tokenizer, documents, measure)
        return cls(corpora, measure_record(measure, documents))

    def beside(
        self,
        model: Any,
        tokenizer: Any,
        documents: Mapping[str, Sequence[Document]],
        measure: HeldOutMeasure,
    ) -> "HeldOutText":
        """The same with corpora that the model is not trained on; arguments as those of `of`."""
        cut = _cut(model, tokenizer, documents, measure)
        if not cut:
            return self
        record = {**self.record, "texts_elsewhere": _digests({n: documents[n] for n in cut})}
        return replace(self, elsewhere=cut, record=record)

    def score(
        self, objective: LanguageModeling, world: World, share_work: bool, compiled: bool
    ) -> dict[str, Any] | None:
        """What a line of the metrics says of the model; None without held-out text.

        `loss` (nats for each predicted token) and `bits_per_byte` are means over the corpora, each
        of which weighs the same, as in the tables. Those of `elsewhere` stand by themselves.

        Args:
            objective: around the model that is trained.
            world: the processes.
            share_work: each process takes a share; ZeRO-3 must run all batches on all.
            compiled: whether the model's body is compiled.
        """
        if not self.corpora:
            return None
        with _evaluating(objective, compiled):
            scores = {
                name: self._score(text, objective, world, share_work)
                for name, text in self.corpora.items()
            }
            elsewhere = {
                name: self._score(text, objective, world, share_work)
                for name, text in self.elsewhere.items()
            }
        means = {
            metric: float(np.mean([of[metric] for of in scores.values()]))
            for metric in ("loss", "bits_per_byte")
        }
        beside = {"elsewhere": elsewhere} if elsewhere else {}
        return {**means, "corpora": scores, **beside, "measure": dict(self.record)}

    def _score(
        self, text: DocumentWindows, objective: LanguageModeling, world: World, share_work: bool
    ) -> dict[str, float]:
        losses_W = window_losses(
            objective.model,
            text.windows,
            text.padding,
            budget=min(_MOST_TOKENS, batch_tokens(objective.model)),
            share=(world.rank, world.size) if share_work else (0, 1),
            losses_of=_through(objective),
        )
        if share_work:
            losses_W = _add_up(losses_W, world)
        losses = document_losses(text, losses_W)
        found = summarize(losses, is_causal(objective.model.config))
        return {metric: found[metric][0] for metric in ("loss", "bits_per_byte")}


def measure_record(
    measure: HeldOutMeasure, documents: Mapping[str, Sequence[Document]]
) -> dict[str, Any]:
    """What was measured: the settings, and a digest of each corpus's documents.

    Args:
        measure: the settings.
        documents: the documents of each corpus.
    """
    return measure.as_record() | {"texts": _digests(documents)}


def documents_elsewhere(
    folders: Mapping[str, Path], measure: HeldOutMeasure
) -> dict[str, list[Document]]:
    """The held-out documents of corpora that a model is not trained on.

    A training does not wait for them, because nothing that it makes depends on them: a corpus that
    is not made yet is left out, with a line in the log.

    Args:
        folders: the corpora, by name.
        measure: how many documents are drawn.

    Raises:
        InputError: a corpus is damaged.
    """
    found = {}
    for name, folder in folders.items():
        is_artifact = folder.is_dir() and open_given(folder, CorpusFacts, partly=True) is not None
        if not is_artifact and not has_records(folder, "valid"):
            logger.warning("%s is not made yet, so this training does not score it", folder)
            continue
        check_records(folder, "valid")
        if documents := held_out_documents(folder, measure.documents):
            found[name] = documents
    return found


def _digests(documents: Mapping[str, Sequence[Document]]) -> dict[str, str]:
    return {
        name: fingerprint([[document.id, document.text] for document in texts])[:16]
        for name, texts in documents.items()
    }


def _cut(
    model: Any,
    tokenizer: Any,
    documents: Mapping[str, Sequence[Document]],
    measure: HeldOutMeasure,
) -> dict[str, DocumentWindows]:
    """The corpora that have windows."""
    cut = {name: cut_documents(model, tokenizer, own, measure) for name, own in documents.items()}
    return {name: text for name, text in cut.items() if text.windows}


def _through(objective: LanguageModeling) -> Any:
    """DeepSpeed's hooks are on the module that it wraps, so the forward pass is that module's."""

    def losses_of(ids_WT: Tensor, places_P: Tensor, labels_P: Tensor, real_WT: Tensor) -> Tensor:
        losses_P: Tensor = objective(ids_WT, places_P, labels_P, real_WT, apart=True)
        return losses_P

    return losses_of


def _add_up(losses_W: Float64, world: World) -> Float64:
    # Each window has its loss on one process and 0 on the others, so the sum is exact.
    return np.array(world.sum(*losses_W.tolist()))


@contextmanager
def _evaluating(objective: LanguageModeling, compiled: bool) -> Iterator[None]:
    was_training = objective.training
    objective.eval()
    # The windows have many lengths. Each would be compiled, and then no room is left for the rows
    # of the training.
    plain: AbstractContextManager[Any] = (
        torch.compiler.set_stance("force_eager") if compiled else nullcontext()
    )
    with plain:
        yield
    objective.train(was_training)
