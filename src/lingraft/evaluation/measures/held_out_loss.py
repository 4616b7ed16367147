"""Loss on held-out text: masked or causal, summed for each document.

A masked model predicts a fixed draw of tokens: the masks of a document are a function of the seed
and the document's id, so they are the same at every checkpoint and in every batch size. Its bits
per byte, loss / ln 2 x tokens / bytes, are a pseudo measure: they compare models, not codes.
Pseudo-perplexity (Salazar et al. 2020) masks every token once. A causal model predicts every
token of a document, the first from the beginning-of-text token, in windows as lm-eval's rolling
log-likelihood has them. Losses are in nats.

Shapes: W windows, T tokens (padded), P predicted places, D documents.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from lingraft.config.pretraining import Masking
from lingraft.corpus.documents import Document
from lingraft.evaluation.measures.embed import batch_tokens, batches_by_length
from lingraft.models.heads import logits_at
from lingraft.models.objective import is_causal
from lingraft.models.rows import longest_input, padded
from lingraft.training.masking import replace_hidden

_IGNORED = -100  # label of a position that is not predicted
_SHARES = Masking()  # 80 % mask token, 10 % a random token, 10 % left as they are

Pieces = Sequence[tuple[list[int], list[int]]]


@dataclass(frozen=True)
class LossWindow:
    """One row of a forward pass: `labels[i]` is the token to predict from position i's output."""

    document: int
    inputs: list[int]
    labels: list[int]


@dataclass(frozen=True)
class DocumentLoss:
    """What a document adds to the loss.

    Attributes:
        loss: summed over its predicted tokens, in nats.
        predicted: number of predicted tokens.
        tokens: number of all its tokens.
        bytes: of its text in UTF-8.
    """

    loss: float
    predicted: int
    tokens: int
    bytes: int


def document_losses(
    model: Any,
    tokenizer: Any,
    documents: Sequence[Document],
    length: int,
    mask_probability: float,
    seed: int,
) -> list[DocumentLoss]:
    """Loss of each document, in order.

    Args:
        model: a masked or causal model with its head, in evaluation mode.
        tokenizer: the model's tokenizer.
        documents: D documents, none empty.
        length: tokens of a window; the model's own limit applies besides.
        mask_probability: share of the tokens that a masked model predicts.
        seed: of the masks.
    """
    length = min(length, longest_input(model, tokenizer))
    windows, tokens_D = _windows(model, tokenizer, documents, length, mask_probability, seed)
    # GPT-2 has no padding token. Any id can pad, since the attention mask hides these positions.
    losses_W = window_losses(model, windows, tokenizer.pad_token_id or 0)
    loss_D = np.zeros(len(documents))
    predicted_D = np.zeros(len(documents), dtype=np.int64)
    for window, loss in zip(windows, losses_W, strict=True):
        loss_D[window.document] += loss
        predicted_D[window.document] += sum(label != _IGNORED for label in window.labels)
    return [
        DocumentLoss(
            float(loss_D[i]), int(predicted_D[i]), tokens_D[i], len(document.text.encode())
        )
        for i, document in enumerate(documents)
    ]


def summarize(losses: Sequence[DocumentLoss], causal: bool) -> dict[str, tuple[float, float]]:
    """Loss, bits per byte and, of causal models, perplexity: value and standard error of each."""
    loss_D, predicted_D, tokens_D, bytes_D = (
        np.array([getattr(part, name) for part in losses], dtype=np.float64)
        for name in ("loss", "predicted", "tokens", "bytes")
    )
    loss = loss_D.sum() / predicted_D.sum()
    # Standard error of a ratio of two sums (delta method). The unit is the document, because the
    # losses of the tokens of one document are not independent.
    error = float(np.sqrt(((loss_D - loss * predicted_D) ** 2).sum()) / predicted_D.sum())
    # All tokens count here, not only the predicted ones. The mean loss of the predicted tokens is
    # taken for every token.
    bits = tokens_D.sum() / bytes_D.sum() / math.log(2)
    values = {"loss": (float(loss), error), "bits_per_byte": (float(loss * bits), error * bits)}
    if causal:
        # exp() overflows float64 above 709. The error of exp(x) is exp(x) times the error of x
        # (delta method).
        perplexity = math.exp(min(loss, 700))
        values["perplexity"] = (perplexity, perplexity * error)
    return values


def pseudo_perplexity(
    model: Any, tokenizer: Any, texts: Sequence[str], length: int
) -> float | None:
    """Exp of the mean loss of a masked model when each token is masked once; None without tokens.

    Args:
        model: a masked model with its head, in evaluation mode.
        tokenizer: the model's tokenizer.
        texts: the texts; each of their tokens costs a row of a forward pass.
        length: tokens of a window; the model's own limit applies besides.
    """
    windows = []
    length = min(length, longest_input(model, tokenizer))
    for i, pieces in enumerate(masked_pieces(tokenizer, texts, length)):
        for ids, special in pieces:
            for t in (t for t, s in enumerate(special) if not s):
                labels = [_IGNORED] * len(ids)
                labels[t] = ids[t]
                inputs = [*ids[:t], tokenizer.mask_token_id, *ids[t + 1 :]]
                windows.append(LossWindow(i, inputs, labels))
    if not windows:
        return None
    losses_W = window_losses(model, windows, tokenizer.pad_token_id or 0)
    return math.exp(min(float(losses_W.mean()), 700))


def masked_windows(
    document: int,
    pieces: Pieces,
    name: str,
    *,
    mask_probability: float,
    seed: int,
    mask_id: int,
    vocabulary: int,
) -> list[LossWindow]:
    """Hide tokens of a document: most become the mask token, some a random one, some stay.

    At least one token of a document is predicted, whatever its length.

    Args:
        document: index that the windows carry.
        pieces: ids and special-token mask of each window.
        name: the document's id; with the seed it determines the masks.
        mask_probability: share of the tokens that are predicted.
        seed: of the masks.
        mask_id: id of the mask token.
        vocabulary: number of tokens that a random token is drawn from.
    """
    # Philox takes a key of 128 bits, which is 16 bytes of the digest. Python's hash() is no
    # alternative: for a text it differs from process to process.
    digest = hashlib.sha256(f"{seed}\0{name}".encode()).digest()[:16]
    random = np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))
    places = [
        (w, t) for w, (_, special) in enumerate(pieces) for t, s in enumerate(special) if not s
    ]
    draws_N = random.random(len(places))
    # The comparison is strict. A threshold a little above the smallest draw selects at least one
    # place; `initial` allows a document without places.
    chosen_N = draws_N < max(mask_probability, draws_N.min(initial=1.0) + 1e-12)
    # Every place gets these draws, chosen or not. So another mask_probability does not change what
    # replaces a token.
    fates_N, others_N = random.random(len(places)), random.integers(vocabulary, size=len(places))
    windows = [LossWindow(document, list(ids), [_IGNORED] * len(ids)) for ids, _ in pieces]
    chosen = [places[n] for n in np.flatnonzero(chosen_N)]
    ids_P = np.array([windows[w].inputs[t] for w, t in chosen], dtype=np.int64)
    hidden_P = replace_hidden(ids_P, fates_N[chosen_N], others_N[chosen_N], mask_id, _SHARES)
    for (w, t), original, hidden in zip(chosen, ids_P.tolist(), hidden_P.tolist(), strict=True):
        windows[w].labels[t] = original
        windows[w].inputs[t] = hidden
    return windows


def causal_windows(document: int, ids: Sequence[int], prefix: int, length: int) -> list[LossWindow]:
    """Windows of at most `length` inputs in which every token is predicted exactly once.

    The last window reaches back for context, so that it is as long as the others.

    Args:
        document: index that the windows carry.
        ids: tokens of the document.
        prefix: the token from which the first one is predicted.
        length: the most inputs of a window.
    """
    # With the prefix in front, the output at tokens[i] predicts ids[i]. The labels are shifted
    # here, and nowhere later.
    tokens = [prefix, *ids]
    windows = []
    for start in range(0, len(ids), length):
        end = min(start + length, len(ids))
        first = max(0, end - length)
        labels = [_IGNORED] * (start - first) + list(ids[start:end])
        windows.append(LossWindow(document, tokens[first:end], labels))
    return windows


@torch.inference_mode()
def window_losses(
    model: Any, windows: Sequence[LossWindow], padding: int, budget: int | None = None
) -> npt.NDArray[np.float64]:
    """Sum of the losses of each window's labels in nats, W values, in the order of the windows.

    Args:
        model: with its head, in evaluation mode.
        windows: rows of forward passes.
        padding: id of the padding token.
        budget: padded tokens of a forward pass; None takes what suits the device.
    """
    losses_W = np.zeros(len(windows))
    lengths = [len(window.inputs) for window in windows]
    progress = tqdm(total=len(windows), desc="held-out loss", disable=None, leave=False)
    for batch in batches_by_length(lengths, budget or batch_tokens(model)):
        losses_W[batch] = _batch_losses(model, [windows[i] for i in batch], padding)
        progress.update(len(batch))
    progress.close()
    return losses_W


def _batch_losses(model: Any, rows: Sequence[LossWindow], padding: int) -> npt.NDArray[np.float64]:
    inputs_WT = torch.tensor(padded([row.inputs for row in rows], padding), device=model.device)
    mask_WT = torch.tensor(padded([[1] * len(row.inputs) for row in rows], 0), device=model.device)
    labels_WT = torch.tensor(padded([row.labels for row in rows], _IGNORED), device=model.device)
    # The window of each predicted place: P values, in the same row-major order as `places_P`.
    at_W, _ = (labels_WT != _IGNORED).nonzero(as_tuple=True)
    places_P = (labels_WT.flatten() != _IGNORED).nonzero().squeeze(1)
    labels_P = labels_WT.flatten()[places_P]
    losses: list[torch.Tensor] = []
    begin = 0
    # The layer over the vocabulary, most of the work of a small model, runs at these places only.
    for logits_CV in logits_at(model, inputs_WT, places_P, attention_mask=mask_WT):
        targets_C = labels_P[begin : begin + len(logits_CV)]
        # bfloat16 has 8 bits of precision, too few for a softmax over a vocabulary.
        losses.append(
            torch.nn.functional.cross_entropy(logits_CV.float(), targets_C, reduction="none")
        )
        begin += len(logits_CV)
    losses_P = torch.cat(losses)
    # On a GPU, index_add_ adds in an undefined order. In float64 the order changes only the last
    # digits, also in long windows.
    sums_W = torch.zeros(len(rows), dtype=torch.float64, device=losses_P.device)
    return np.asarray(sums_W.index_add_(0, at_W, losses_P.double()).cpu().numpy())


def _windows(
    model: Any,
    tokenizer: Any,
    documents: Sequence[Document],
    length: int,
    mask_probability: float,
    seed: int,
) -> tuple[list[LossWindow], list[int]]:
    """The windows of all documents, and the number of tokens of each document."""
    texts = [document.text for document in documents]
    if is_causal(model.config):
        ids = tokenizer(texts, add_special_tokens=False)["input_ids"]
        prefix = _prefix(tokenizer)
        windows = [w for i, row in enumerate(ids) for w in causal_windows(i, row, prefix, length)]
        return windows, [len(row) for row in ids]
    pieces = masked_pieces(tokenizer, texts, length)
    windows = []
    for i, (document, pieces_i) in enumerate(zip(documents, pieces, strict=True)):
        windows += masked_windows(
            i, pieces_i, document.id, mask_probability=mask_probability, seed=seed,
            mask_id=tokenizer.mask_token_id, vocabulary=len(tokenizer),
        )  # fmt: skip
    tokens = [sum(s == 0 for _, special in row for s in special) for row in pieces]
    # A window without labels would cost a forward pass and add nothing.
    return [w for w in windows if any(label != _IGNORED for label in w.labels)], tokens


def masked_pieces(
    tokenizer: Any, texts: Sequence[str], length: int
) -> list[list[tuple[list[int], list[int]]]]:
    """Cut each text into windows: (ids, special-token mask) of each.

    Args:
        tokenizer: of a masked model.
        texts: the texts.
        length: the most tokens of a window, special tokens included.
    """
    # A fast tokenizer returns the rest of a long text as further rows. Row r belongs to the text
    # overflow_to_sample_mapping[r].
    encoded = tokenizer(
        list(texts),
        truncation=True,
        max_length=length,
        return_overflowing_tokens=True,
        return_special_tokens_mask=True,
    )
    pieces: list[list[tuple[list[int], list[int]]]] = [[] for _ in texts]
    for text, ids, special in zip(
        encoded["overflow_to_sample_mapping"],
        encoded["input_ids"],
        encoded["special_tokens_mask"],
        strict=True,
    ):
        pieces[text].append((ids, special))
    return pieces


def _prefix(tokenizer: Any) -> int:
    # lm-eval, too, takes the end token where a tokenizer has no beginning token (Qwen).
    for token in (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id):
        if token is not None:
            return int(token)
    return 0
