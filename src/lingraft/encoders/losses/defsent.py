"""DefSent: a definition's vector predicts the word that it defines, by the model's own head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from lingraft.encoders.examples import TrainingExample
from lingraft.encoders.loss import Loss, Material, Prepared, TextColumn

if TYPE_CHECKING:
    from torch import Tensor, nn


class DefinitionLoss(Loss):
    """A loss that classifies definitions."""

    reads = ("definitions",)

    def texts(self, examples: Sequence[TrainingExample], prepared: Prepared) -> list[TextColumn]:
        """The definitions."""
        return [TextColumn([example.texts[1] for example in examples])]

    def labels(
        self, examples: Sequence[TrainingExample], numbers: Sequence[int], prepared: Prepared
    ) -> Tensor:
        """The classes of the batch."""
        return prepared["classes_N"][list(numbers)]


class DefSent(DefinitionLoss):
    """Cross-entropy of the frozen language modeling head over all tokens. Entries of several tokens
    teach nothing."""

    name: Literal["defsent"]

    paper = "Tsukagoshi et al. 2021, DefSent: Sentence Embeddings using Definition Sentences"

    def prepare(self, material: Material) -> dict[str, Tensor]:
        """The head's tensors, and the token of each example's entry, N, -100 for several tokens.

        Raises:
            ConfigError: the student's vectors are not as wide as the head reads.
            InputError: a definition is empty, or no entry is one token.
        """
        import torch

        from lingraft.encoders.checks import check_texts
        from lingraft.encoders.modules.entry_softmax import UNTRAINED
        from lingraft.encoders.modules.prediction_head import (
            head_tensors,
            open_language_model,
            require_width,
        )
        from lingraft.errors import InputError

        check_texts(material.examples)
        require_width(material.student, "the head reads hidden states")
        tokenizer = material.student.tokenizer
        # The space makes byte-level tokenizers see the beginning of a word; others ignore it.
        entries = [f" {example.texts[0]}" for example in material.examples]
        pieces = tokenizer(entries, add_special_tokens=False)["input_ids"]
        classes_N = torch.tensor(
            [
                ids[0] if len(ids) == 1 and ids[0] != tokenizer.unk_token_id else UNTRAINED
                for ids in pieces
            ]
        )
        if bool((classes_N == UNTRAINED).all()):
            raise InputError("no entry is one token of the student's vocabulary; use defsent-plus")
        head = head_tensors(open_language_model(material.start))
        return {"classes_N": classes_N, **head}

    def module(self, student: Any, prepared: Prepared) -> nn.Module:
        """The mean cross-entropy of the entries that are one token."""
        from lingraft.encoders.modules.entry_softmax import EntrySoftmax
        from lingraft.encoders.modules.prediction_head import PredictionHead, body_config

        return EntrySoftmax(student, PredictionHead(body_config(student), prepared))
