"""The loss as a module that DeepSpeed can wrap.

Shapes: N rows, L tokens, P predictions, R tokens that a decoder rebuilds, H hidden size.
"""

from typing import Any

import torch
from torch import Tensor, nn

from lingraft.config.pretraining import Pretraining
from lingraft.models.bag_of_words import bag_of_words_loss, bags_of_words
from lingraft.models.enhanced_decoder import rebuild
from lingraft.models.future_heads import future_heads
from lingraft.models.heads import (
    attention_inputs,
    hidden_states,
    last_layer,
    prediction_loss,
    states_at,
    summed_nats,
)
from lingraft.models.scoring.losses import token_losses
from lingraft.training.batches import Batch, BatchCounts
from lingraft.training.monitor import flops


class LanguageModeling(nn.Module):
    """Cross-entropy of a language model's predictions in nats: their sum, or one for each."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def shares(self, total: BatchCounts) -> dict[str, float]:
        """What the loss of a batch needs to know of the whole step, as arguments of `forward`.

        Args:
            total: counts of all batches of the step.
        """
        return {}

    def work(self, total: BatchCounts) -> float:
        """Useful floating point operations of a step.

        Args:
            total: counts of all batches of the step.
        """
        return flops(self.model, total.tokens, total.length, self.predictions(total))

    def predictions(self, total: BatchCounts) -> int:
        """How often the output layer is asked in a step."""
        return total.predictions

    def forward(
        self,
        ids_NL: Tensor,
        positions_P: Tensor,
        targets_P: Tensor,
        real_NL: Tensor | None = None,
        documents_NL: Tensor | None = None,
        apart: bool = False,
    ) -> Tensor:
        inputs = attention_inputs(self.model, real_NL, documents_NL)
        if apart:
            return token_losses(self.model, ids_NL, positions_P, targets_P, **inputs)
        return self.summed(ids_NL, positions_P, targets_P, **inputs)

    def summed(
        self, ids_NL: Tensor, positions_P: Tensor, targets_P: Tensor, **inputs: Any
    ) -> Tensor:
        """The loss of a batch, summed over what it predicts.

        Args:
            ids_NL: input ids.
            positions_P: row * L + place of the hidden states that predict.
            targets_P: ids of the right tokens.
            inputs: further inputs of the model's body.
        """
        return prediction_loss(self.model, ids_NL, positions_P, targets_P, **inputs)


class Rebuilding(LanguageModeling):
    """RetroMAE's loss, or DupMAE's: the sum of three means, each over what it counts.

    These are the masked predictions, the tokens that the decoder rebuilds, and (DupMAE) the rows'
    bags of words. As a step's loss is divided by its predictions, the other parts are multiplied
    by them first; so the loss is the same however the step is divided into batches.

    Args:
        model: with a decoder.
        bag_weight: of the loss on bags of words; 0 for RetroMAE.
    """

    def __init__(self, model: Any, bag_weight: float = 0.0) -> None:
        super().__init__(model)
        self.bag_weight = bag_weight

    def shares(self, total: BatchCounts) -> dict[str, float]:
        return {
            "of_rebuilt": total.predictions / max(1, total.rebuilt),
            "of_bags": self.bag_weight * total.predictions / max(1, total.rows),
        }

    def predictions(self, total: BatchCounts) -> int:
        # With a loss on bags of words all rebuilt tokens predict a second time.
        return total.predictions + (2 if self.bag_weight else 1) * total.rebuilt

    def forward(
        self,
        ids_NL: Tensor,
        positions_P: Tensor,
        targets_P: Tensor,
        real_NL: Tensor | None = None,
        documents_NL: Tensor | None = None,
        apart: bool = False,
        *,
        originals_NL: Tensor | None = None,
        visible_NLL: Tensor | None = None,
        rebuilt_R: Tensor | None = None,
        of_rebuilt: float = 1.0,
        of_bags: float = 0.0,
    ) -> Tensor:
        if originals_NL is None or visible_NLL is None or rebuilt_R is None:  # as in evaluation
            return super().forward(ids_NL, positions_P, targets_P, real_NL, documents_NL, apart)
        model = self.model
        hidden_NLH = hidden_states(model, ids_NL, **attention_inputs(model, real_NL, documents_NL))
        nats = self._nats(hidden_NLH, positions_P, targets_P)
        decoded_NLH = rebuild(
            model, hidden_NLH[:, 0], originals_NL, visible_NLL, embedded=self.bag_weight > 0.0
        )
        nats = nats + of_rebuilt * self._nats(
            decoded_NLH, rebuilt_R, originals_NL.flatten()[rebuilt_R]
        )
        if not self.bag_weight:
            return nats
        pooled_NL = torch.ones_like(ids_NL, dtype=torch.bool) if real_NL is None else real_NL
        # The first token has its own loss; all others predict the bag together.
        states_NLH, weight_VH, bias_V = last_layer(model, hidden_NLH[:, 1:])
        bags_NV = bags_of_words(originals_NL, rebuilt_R, len(weight_VH))
        return nats + of_bags * bag_of_words_loss(
            states_NLH, weight_VH, bias_V, pooled_NL[:, 1:], bags_NV
        )

    def _nats(self, hidden_NLH: Tensor, places_P: Tensor, targets_P: Tensor) -> Tensor:
        return summed_nats(self.model, hidden_NLH.flatten(0, 1)[places_P], targets_P)


class FutureTokens(LanguageModeling):
    """Cross-entropy of the next token, and by further heads of those after it in the same document.

    The parts are summed over what they predict; a step divides all of them by its next tokens.

    Args:
        model: a decoder with further heads.
    """

    def predictions(self, total: BatchCounts) -> int:
        return (1 + len(future_heads(self.model))) * total.predictions

    def summed(
        self, ids_NL: Tensor, positions_P: Tensor, targets_P: Tensor, **inputs: Any
    ) -> Tensor:
        hidden_PH = states_at(self.model, ids_NL, positions_P, **inputs)
        nats = summed_nats(self.model, hidden_PH, targets_P)
        for ahead, head in enumerate(future_heads(self.model), 1):
            # Predicting places follow one another within a document, and there only: a place that
            # is so much further on in the batch and in the list predicts a token of the same one.
            near_F = positions_P[ahead:] == positions_P[:-ahead] + ahead
            hidden_FH, targets_F = hidden_PH[:-ahead][near_F], targets_P[ahead:][near_F]
            nats = nats + summed_nats(self.model, hidden_FH, targets_F, head)
        return nats


def objective_of_recipe(model: Any, recipe: Pretraining) -> LanguageModeling:
    """The loss that a recipe asks for.

    Args:
        model: with the head that the recipe trains, and with a decoder where it needs one.
        recipe: objective and weights.
    """
    if recipe.future_tokens:
        return FutureTokens(model)
    if not recipe.rebuilds:
        return LanguageModeling(model)
    return Rebuilding(model, recipe.bag_of_words_weight or 0.0)


def to_tensors(batch: Batch, device: torch.device | str) -> dict[str, Tensor]:
    """A batch as the arguments of its objective."""
    arrays = vars(batch)
    tensors = {name: torch.from_numpy(a) for name, a in arrays.items() if a is not None}
    if torch.device(device).type == "cpu":
        return tensors
    # From pinned memory the copy to the GPU runs beside the GPU's other work.
    return {name: t.pin_memory().to(device, non_blocking=True) for name, t in tensors.items()}
