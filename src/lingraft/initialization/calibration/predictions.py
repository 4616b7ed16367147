"""What a model answers at places of the training text, and what stands there.

Shapes: P predictions, V tokens, N documents.
"""

import hashlib
import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lingraft.corpus.documents import Document
from lingraft.initialization.calibration.scales import Answers
from lingraft.initialization.evidence.text import training_documents
from lingraft.models.heads import logits_at
from lingraft.models.rows import batch_tokens, batches_by_length
from lingraft.models.scoring.losses import WindowBatch
from lingraft.models.scoring.settings import HeldOutMeasure
from lingraft.models.scoring.windows import LossWindow, cut_documents
from lingraft.numeric.arrays import Float32, Int64

_CHARACTERS = 50_000_000  # documents are drawn from the first of these
_FEWEST_CHARACTERS = 1000  # read of a document; more where there are few documents
_FOR_PREDICTION = 200  # characters, with room: a masked model predicts every seventh token
_LOGITS = 1 << 27  # kept in all: 512 MiB in fp32
_HIDDEN = HeldOutMeasure(documents=None, seed=1)  # other masks than those of the evaluation


def answers_of(
    model: Any, tokenizer: Any, bias_V: Float32 | None, corpora: Sequence[Path], predictions: int
) -> Answers | None:
    """The model's logits at places of its training text; None where the text has no token.

    The places are the same for every model of the vocabulary.

    Args:
        model: masked or causal, in evaluation mode.
        tokenizer: the model's tokenizer.
        bias_V: the bias of its head (V,) float32, or None.
        corpora: folders with training text.
        predictions: about so many places, fewer where the text is short or the vocabulary large.
    """
    predictions = min(predictions, max(1, _LOGITS // len(tokenizer)))
    documents = _drawn(corpora, predictions)
    windows = cut_documents(model, tokenizer, documents, _HIDDEN).windows if documents else []
    windows = list(_first(_spread(windows), predictions))
    if not windows:
        return None
    logits_PV, right_P = _answered(model, windows, tokenizer.pad_token_id or 0)
    if bias_V is None:
        return Answers(logits_PV, np.zeros(logits_PV.shape[1]), right_P)
    logits_PV -= bias_V
    return Answers(logits_PV, bias_V.astype(np.float64), right_P)


def _drawn(corpora: Sequence[Path], count: int) -> list[Document]:
    """The beginnings of documents chosen by their hash: each predicts one token or more."""
    chosen = heapq.nsmallest(count, _usable(corpora), key=_place)
    length = max(_FEWEST_CHARACTERS, _FOR_PREDICTION * count // max(1, len(chosen)))
    return [replace(document, text=document.text[:length]) for document in chosen]


def _usable(corpora: Sequence[Path]) -> Iterator[Document]:
    characters = 0
    for document in training_documents(corpora):
        if document.text.strip():
            yield document
        characters += len(document.text)
        if characters >= _CHARACTERS:
            return


def _place(document: Document) -> tuple[bytes, str]:
    # Two corpora may use the same ids: then the text decides, and not the order.
    return hashlib.sha256(document.id.encode()).digest(), document.text


def _spread(windows: Sequence[LossWindow]) -> list[LossWindow]:
    """The first window of each document, then the second of each, and so on."""
    found: Counter[int] = Counter()
    ranks = []
    for window in windows:
        ranks.append(found[window.document])
        found[window.document] += 1
    order = sorted(range(len(windows)), key=ranks.__getitem__)
    return [windows[number] for number in order]


def _first(windows: Sequence[LossWindow], predictions: int) -> Iterator[LossWindow]:
    """The first windows, until they have so many predictions."""
    found = 0
    for window in windows:
        if found >= predictions:
            return
        found += window.predictions
        yield window


@torch.no_grad()
def _answered(model: Any, windows: Sequence[LossWindow], padding: int) -> tuple[Float32, Int64]:
    """Logits (P, V) float32 with their bias, and the right tokens (P,)."""
    total = sum(window.predictions for window in windows)
    # One array from the beginning: joined parts would be there twice.
    logits_PV = np.empty((total, model.config.get_text_config().vocab_size), np.float32)
    right_P = np.empty(total, np.int64)
    filled = 0
    for batch in batches_by_length([len(w.inputs) for w in windows], batch_tokens(model)):
        rows = WindowBatch.of([windows[i] for i in batch], padding, model.device)
        right_P[filled : filled + len(rows.labels_P)] = rows.labels_P.cpu().numpy()
        attention = rows.real_WT.long()
        for logits in logits_at(model, rows.ids_WT, rows.places_P, attention_mask=attention):
            logits_PV[filled : filled + len(logits)] = logits.float().cpu().numpy()
            filled += len(logits)
    return logits_PV, right_P
