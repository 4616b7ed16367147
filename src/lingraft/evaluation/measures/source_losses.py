"""The untouched source model on held-out documents, with its own tokenizer."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from lingraft.corpus.documents import Document
from lingraft.evaluation.outcome import TOO_FEW_BITS
from lingraft.models.objective import is_causal, is_opened
from lingraft.models.scoring.losses import DocumentLoss, document_losses, window_losses
from lingraft.models.scoring.settings import HeldOutMeasure
from lingraft.models.scoring.windows import IGNORED, DocumentWindows, cut_documents
from lingraft.tokenizers.separators import prefix_id

_FEW = 0.005  # of the tokens: a share that changes no digit that is shown


def source_losses(
    model: Any, tokenizer: Any, documents: Sequence[Document], measure: HeldOutMeasure
) -> dict[str, Any]:
    """The losses of the documents as plain values, with a note for the reader.

    Args:
        model: the source model with its head; none is scored if it sees later tokens.
        tokenizer: its own.
        documents: none empty.
        measure: windows, masks and prefix.
    """
    if is_opened(model.config):
        return {"losses": [], "note": ""}
    text = cut_documents(model, tokenizer, documents, measure)
    losses_W = window_losses(model, text.windows, text.padding)
    note = [_unknown(text, tokenizer)]
    if is_causal(model.config):
        note.append(prefix_note(tokenizer, measure))
    losses = [asdict(loss) for loss in document_losses(text, losses_W)]
    return {"losses": losses, "note": "; ".join(filter(None, note))}


def known_losses(found: Mapping[str, Any]) -> tuple[list[DocumentLoss], str]:
    """What `source_losses` returned, as losses and the note."""
    return [DocumentLoss(**loss) for loss in found["losses"]], found["note"]


def prefix_note(tokenizer: Any, measure: HeldOutMeasure) -> str:
    """From which token a causal model predicts the first one of a document."""
    token = tokenizer.convert_ids_to_tokens(prefix_id(tokenizer, measure.prefix))
    return f"a document's first token is predicted from {token}"


def _unknown(text: DocumentWindows, tokenizer: Any) -> str:
    """How much of the text the tokenizer does not know: a model learns to predict that cheaply."""
    unknown = tokenizer.unk_token_id
    labels = [label for window in text.windows for label in window.labels if label != IGNORED]
    share = labels.count(unknown) / max(1, len(labels))
    if unknown is None or share < _FEW:
        return ""
    return f"{share:.0%} of the tokens are unknown, so {TOO_FEW_BITS}"
