"""Loss on held-out text: masked or causal, with bits per byte, which tokenizers cannot inflate.

A masked model predicts a fixed draw of tokens: the masks of a document are a function of the seed
and the document's id, so they are the same at every checkpoint and in every batch size. Its bits
per byte, loss / ln 2 x tokens / bytes, are a pseudo measure: they compare models, not codes.
Pseudo-perplexity (Salazar et al. 2020) masks every token once. A causal model predicts every
token of a document, the first from the beginning-of-text token, in windows as lm-eval's rolling
log-likelihood has them. Losses are in nats.

W windows, T tokens (padded), P predicted places, C places of a chunk, H hidden size, V vocabulary.
"""

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from lingraft.config.evaluation import LanguageModel
from lingraft.corpus.documents import Document
from lingraft.evaluation.data.reading import draw, language_of, read_texts
from lingraft.evaluation.measures.embed import batch_tokens, batches_by_length, longest_input
from lingraft.evaluation.outcome import Outcome, Prediction, Score, unmeasured
from lingraft.evaluation.subject import Subject
from lingraft.models.heads import architecture_of, hidden_states
from lingraft.models.objective import objective_of

_IGNORED = -100  # label of a position that is not predicted
_LOGIT_VALUES = 2**26  # floats of the logits held at once: a quarter of a gigabyte


@dataclass(frozen=True)
class Window:
    """One row of a forward pass: `labels[i]` is the token to predict from position i's output."""

    document: int
    inputs: list[int]
    labels: list[int]


def protocol(settings: LanguageModel) -> str:
    """Loss per document under fixed masks."""
    return "language_model/document"


def evaluate(settings: LanguageModel, subject: Subject) -> Outcome:
    """Loss and bits per byte for every corpus of the model."""
    scores: list[Score] = []
    predictions: list[Prediction] = []
    notes: list[str] = []
    for name, corpus in subject.corpora.items():
        language = language_of(corpus, name)
        documents = draw(read_texts(corpus), settings.documents)
        documents = [document for document in documents if document.text.strip()]
        if not documents:
            notes.append(f"{language}: {corpus} has no held-out text")
            scores.append(unmeasured(language, "bits_per_byte", "no held-out text"))
            continue
        measured = _measure(documents, settings, subject)
        scores += _scores(measured, language, settings, is_causal(subject.model))
        predictions += [{"id": d.id, "language": language} | m for d, m in measured]
        scores += _pseudo(documents[: settings.pseudo_documents], settings, subject, language)
    return Outcome(scores, predictions, notes)


def is_causal(model: Any) -> bool:
    """Whether a model predicts the next token, and not masked ones."""
    return objective_of(model.config) == "causal"


def masked_windows(
    document: int,
    pieces: Sequence[tuple[list[int], list[int]]],
    name: str,
    settings: LanguageModel,
    mask_id: int,
    vocabulary: int,
) -> list[Window]:
    """Mask a document's windows: 80 % mask token, 10 % a random token, 10 % left as they are.

    Args:
        document: index that the windows carry.
        pieces: ids and special-token mask of each window.
        name: the document's id; with the seed it determines the masks.
        settings: mask probability and seed.
        mask_id: id of the mask token.
        vocabulary: number of tokens that a random token is drawn from.

    At least one token of a document is predicted, whatever its length.
    """
    seed = hashlib.sha256(f"{settings.seed}\0{name}".encode()).digest()[:16]
    random = np.random.Generator(np.random.Philox(key=int.from_bytes(seed, "little")))
    places = [
        (w, t) for w, (_, special) in enumerate(pieces) for t, s in enumerate(special) if not s
    ]
    draws_N = random.random(len(places))
    chosen_N = draws_N < max(settings.mask_probability, draws_N.min(initial=1.0) + 1e-12)
    fates_N, others_N = random.random(len(places)), random.integers(vocabulary, size=len(places))
    windows = [Window(document, list(ids), [_IGNORED] * len(ids)) for ids, _ in pieces]
    for n in np.flatnonzero(chosen_N):
        w, t = places[n]
        windows[w].labels[t] = windows[w].inputs[t]
        if fates_N[n] < 0.8:
            windows[w].inputs[t] = mask_id
        elif fates_N[n] < 0.9:
            windows[w].inputs[t] = int(others_N[n])
    return windows


def causal_windows(document: int, ids: Sequence[int], prefix: int, length: int) -> list[Window]:
    """Windows of at most `length` inputs in which every token is predicted exactly once.

    The first window starts at `prefix`; the last one reaches back for context, so that it is as
    long as the others.
    """
    tokens = [prefix, *ids]
    windows = []
    for start in range(0, len(ids), length):
        end = min(start + length, len(ids))
        first = max(0, end - length)
        labels = [_IGNORED] * (start - first) + list(ids[start:end])
        windows.append(Window(document, tokens[first:end], labels))
    return windows


@torch.inference_mode()
def window_losses(
    model: Any, windows: Sequence[Window], padding: int, budget: int | None = None
) -> npt.NDArray[np.float64]:
    """Sum of the losses of each window's labels in nats, W values, in the order of `windows`."""
    losses_W = np.zeros(len(windows))
    lengths = [len(window.inputs) for window in windows]
    progress = tqdm(total=len(windows), desc="held-out loss", disable=None, leave=False)
    for batch in batches_by_length(lengths, budget or batch_tokens(model)):
        losses_W[batch] = _batch_losses(model, [windows[i] for i in batch], padding)
        progress.update(len(batch))
    progress.close()
    return losses_W


def _batch_losses(model: Any, rows: Sequence[Window], padding: int) -> npt.NDArray[np.float64]:
    width = max(len(row.inputs) for row in rows)

    def tensor(values: Callable[[Window], list[int]], fill: int) -> torch.Tensor:
        padded = [values(row) + [fill] * (width - len(row.inputs)) for row in rows]
        return torch.tensor(padded, device=model.device)

    inputs_WT = tensor(lambda row: row.inputs, padding)
    mask_WT = tensor(lambda row: [1] * len(row.inputs), 0)
    labels_WT = tensor(lambda row: row.labels, _IGNORED)
    at_W, _ = (labels_WT != _IGNORED).nonzero(as_tuple=True)
    places_P = (labels_WT.flatten() != _IGNORED).nonzero().squeeze(1)
    labels_P = labels_WT.flatten()[places_P]
    losses_P = torch.cat(
        [
            torch.nn.functional.cross_entropy(logits_CV.float(), labels_C, reduction="none")
            for logits_CV, labels_C in _logits(model, inputs_WT, mask_WT, places_P, labels_P)
        ]
    )
    sums_W = torch.zeros(len(rows), dtype=torch.float64, device=losses_P.device)
    return np.asarray(sums_W.index_add_(0, at_W, losses_P.double()).cpu().numpy())


def _logits(
    model: Any,
    inputs_WT: torch.Tensor,
    mask_WT: torch.Tensor,
    places_P: torch.Tensor,
    labels_P: torch.Tensor,
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield chunks of logits at the predicted places, with the labels that they shall predict.

    The layer over the vocabulary, most of the work of a small model, runs at these places only.
    """
    architecture = architecture_of(model)
    if architecture is None:
        logits_WTV = model(input_ids=inputs_WT, attention_mask=mask_WT).logits
        yield logits_WTV.flatten(0, 1)[places_P], labels_P
        return
    hidden_WTH = hidden_states(model, inputs_WT, attention_mask=mask_WT)
    hidden_PH = architecture.transform(model, hidden_WTH.flatten(0, 1)[places_P])
    output = model.get_output_embeddings()
    size = max(1, _LOGIT_VALUES // model.config.vocab_size)
    for start in range(0, len(labels_P), size):
        yield output(hidden_PH[start : start + size]), labels_P[start : start + size]


def _measure(
    documents: Sequence[Document], settings: LanguageModel, subject: Subject
) -> list[tuple[Document, dict[str, float]]]:
    """Per document: summed loss, predicted tokens, all tokens, bytes of its text."""
    model, tokenizer = subject.model, subject.tokenizer
    windows, tokens_D = _windows(documents, settings, model, tokenizer)
    losses_W = window_losses(model, windows, tokenizer.pad_token_id or 0)
    loss_D = np.zeros(len(documents))
    predicted_D = np.zeros(len(documents), dtype=np.int64)
    for window, loss in zip(windows, losses_W, strict=True):
        loss_D[window.document] += loss
        predicted_D[window.document] += sum(label != _IGNORED for label in window.labels)
    return [
        (
            document,
            {
                "loss": float(loss_D[i]),
                "predicted": int(predicted_D[i]),
                "tokens": tokens_D[i],
                "bytes": len(document.text.encode()),
            },
        )
        for i, document in enumerate(documents)
    ]


def _windows(
    documents: Sequence[Document], settings: LanguageModel, model: Any, tokenizer: Any
) -> tuple[list[Window], list[int]]:
    length = min(settings.sequence_length, longest_input(model, tokenizer))
    texts = [document.text for document in documents]
    if is_causal(model):
        ids = tokenizer(texts, add_special_tokens=False)["input_ids"]
        prefix = _prefix(tokenizer)
        windows = [w for i, row in enumerate(ids) for w in causal_windows(i, row, prefix, length)]
        return windows, [len(row) for row in ids]
    pieces = masked_pieces(tokenizer, texts, length)
    windows = []
    for i, (document, pieces_i) in enumerate(zip(documents, pieces, strict=True)):
        windows += masked_windows(
            i, pieces_i, document.id, settings, tokenizer.mask_token_id, len(tokenizer)
        )
    tokens = [sum(s == 0 for _, special in row for s in special) for row in pieces]
    return [w for w in windows if any(label != _IGNORED for label in w.labels)], tokens


def masked_pieces(
    tokenizer: Any, texts: Sequence[str], length: int
) -> list[list[tuple[list[int], list[int]]]]:
    """Cut each text into windows of at most `length` tokens: (ids, special-token mask) of each."""
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
    for token in (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id):
        if token is not None:
            return int(token)
    return 0


def _scores(
    measured: Sequence[tuple[Document, dict[str, float]]],
    language: str,
    settings: LanguageModel,
    causal: bool,
) -> list[Score]:
    loss_D, predicted_D, tokens_D, bytes_D = (
        np.array([m[name] for _, m in measured], dtype=np.float64)
        for name in ("loss", "predicted", "tokens", "bytes")
    )
    n, loss = len(measured), loss_D.sum() / predicted_D.sum()
    error = float(np.sqrt(((loss_D - loss * predicted_D) ** 2).sum()) / predicted_D.sum())
    bits = tokens_D.sum() / bytes_D.sum() / math.log(2)
    values = {"loss": (loss, error), "bits_per_byte": (loss * bits, error * bits)}
    if causal:
        values["perplexity"] = (math.exp(min(loss, 700)), math.exp(min(loss, 700)) * error)
    return [
        Score(language, metric, float(value), n, "down", seed=settings.seed, standard_error=error)
        for metric, (value, error) in values.items()
    ]


def _pseudo(
    documents: Sequence[Document], settings: LanguageModel, subject: Subject, language: str
) -> list[Score]:
    """Pseudo-perplexity of a masked model: exp of the mean loss when each token is masked once."""
    if not documents or is_causal(subject.model):
        return []
    model, tokenizer = subject.model, subject.tokenizer
    length = min(settings.sequence_length, longest_input(model, tokenizer))
    windows = []
    for i, pieces in enumerate(masked_pieces(tokenizer, [d.text for d in documents], length)):
        for ids, special in pieces:
            for t in (t for t, s in enumerate(special) if not s):
                labels = [_IGNORED] * len(ids)
                labels[t] = ids[t]
                inputs = [*ids[:t], tokenizer.mask_token_id, *ids[t + 1 :]]
                windows.append(Window(i, inputs, labels))
    if not windows:
        return [unmeasured(language, "pseudo_perplexity", "no token in the held-out text")]
    losses_W = window_losses(model, windows, tokenizer.pad_token_id or 0)
    value = math.exp(min(float(losses_W.mean()), 700))
    return [Score(language, "pseudo_perplexity", value, len(documents), "down")]
