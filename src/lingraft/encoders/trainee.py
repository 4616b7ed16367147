"""What one step trains: the student, the layers of the loss, and a share of the model's own loss.

Shapes: N examples, L tokens of a text, P predictions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lingraft.encoders.examples import TrainingExample
from lingraft.encoders.loss import Loss, Prepared, TextColumn
from lingraft.encoders.settings import TunedEncoder, TuningStage
from lingraft.encoders.sorted_rows import group_rows, read_sorted
from lingraft.encoders.student import Student
from lingraft.models.heads import attention_inputs, embedding_parameters, prediction_loss
from lingraft.models.loading import load_weights
from lingraft.models.objective import is_causal
from lingraft.numeric.arrays import Uint64
from lingraft.tokenizers.encoding import read_specials
from lingraft.training.masking import Masker
from lingraft.training.parameters import Group, divide

MODEL = "language_model."  # what the names of the language model's parameters begin with


@dataclass(frozen=True)
class Losses:
    """The losses of some examples: what is minimized, and its parts."""

    total: Tensor
    pairs: float
    language_model: float | None


def load_student(student: Student, weights: Mapping[str, Tensor], *, partly: bool = False) -> None:
    """Set the weights of a student by the names that a trainee gives them.

    Args:
        student: changed in place.
        weights: tensors by name; those of a loss belong to their stage and are left out.
        partly: whether some may be missing; they stay as they are.

    Raises:
        InputError: the weights are those of another student.
    """
    parts = _parts(student)
    own = {name: value for name, value in weights.items() if name.split(".")[0] in parts}
    load_weights(parts, own, needed=own if partly else student_weights(student))


def student_weights(student: Student) -> dict[str, nn.Parameter]:
    """The weights of a student that are trained, by the names that a trainee gives them."""
    named = _parts(student).named_parameters()
    return {name: parameter for name, parameter in named if parameter.requires_grad}


def _parts(student: Student) -> nn.ModuleDict:
    """The language model, and the modules behind it in the encoder, few of which have weights."""
    pooling = nn.ModuleList(list(student.encoder)[1:])
    return nn.ModuleDict({"language_model": student.language_model, "pooling": pooling})


class Trainee(nn.Module):
    """A student with the loss of one stage.

    Args:
        student: the language model and its encoder.
        recipe: the recipe.
        stage: the stage.
        prepared: what the loss prepared for the stage.
    """

    def __init__(
        self, student: Student, recipe: TunedEncoder, stage: TuningStage, prepared: Prepared
    ) -> None:
        super().__init__()
        self.student, self.stage, self.prepared = student, stage, prepared
        # Parameters that two have are named by the first: the state has those of the loss apart.
        parts = _parts(student)
        self.language_model: Any = parts["language_model"]
        self.pooling = parts["pooling"]
        read_sorted(student.encoder)
        self.loss = _wrapped(stage.loss.module(student.encoder, prepared), student, recipe)
        self._prompts = recipe.prompts.model_dump()
        self._masker = None
        if stage.language_model_share and not is_causal(student.language_model.config):
            self._masker = Masker(recipe.masking, read_specials(student.tokenizer))

    def groups(self, recipe: TunedEncoder) -> list[Group]:
        """What is trained, at which rate, with which decay."""
        rate = self.stage.learning_rate or recipe.learning_rate
        embeddings = embedding_parameters(self.language_model)
        return divide(self.trained().values(), embeddings, recipe, rate)

    def trained(self) -> dict[str, nn.Parameter]:
        """The parameters that are trained, by name."""
        return {name: p for name, p in self.named_parameters() if p.requires_grad}

    def losses(
        self, examples: Sequence[TrainingExample], numbers: NDArray[np.int64], keys_N: Uint64
    ) -> Losses:
        """The mean losses of some examples of a batch.

        Args:
            examples: N examples.
            numbers: of the examples, among all of the stage.
            keys_N: decide which tokens are hidden.
        """
        loss: Loss = self.stage.loss
        device = self.language_model.device
        columns = [self._tokenized(column) for column in loss.texts(examples, self.prepared)]
        labels = loss.labels(examples, [int(number) for number in numbers], self.prepared)
        pairs = self.loss(columns, labels.to(device))
        share = self.stage.language_model_share
        if not share:
            return Losses(pairs, float(pairs.detach()), None)
        own = self._language_modeling([example.texts[-1] for example in examples], keys_N)
        return Losses(pairs + share * own, float(pairs.detach()), float(own.detach()))

    def _tokenized(self, column: TextColumn) -> dict[str, Any]:
        prompt = self._prompts.get(column.role) or None
        features = self.student.encoder.preprocess(list(column.texts), prompt=prompt)
        device = self.language_model.device
        return {
            name: value.to(device) if isinstance(value, Tensor) else value
            for name, value in features.items()
        }

    def _language_modeling(self, texts: list[str], keys_N: Uint64) -> Tensor:
        """The language model's loss on texts, in nats per prediction."""
        features = self.student.encoder.preprocess(texts)
        ids_NL, mask_NL = features["input_ids"].numpy(), features["attention_mask"]
        real_NL = mask_NL.numpy().astype(bool)
        hidden_NL, predicted_NL = self._hidden(ids_NL.astype(np.int64), real_NL, keys_N)
        nats = []
        for rows in group_rows(mask_NL):
            width = int(real_NL[rows].sum(axis=1).max())
            ids, hidden = ids_NL[rows, :width], hidden_NL[rows, :width]
            predicted, real = predicted_NL[rows, :width], real_NL[rows, :width]
            nats.append(self._nats(hidden, ids, predicted, real))
        return torch.stack(nats).sum() / max(1, int(predicted_NL.sum()))

    def _hidden(
        self, ids_NL: NDArray[np.int64], real_NL: NDArray[np.bool_], keys_N: Uint64
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """What the model reads, and the tokens that are predicted."""
        predicted_NL = np.zeros_like(real_NL)
        if self._masker is None:  # every token but the first is predicted from those before it
            predicted_NL[:, 1:] = real_NL[:, 1:]
            return ids_NL, predicted_NL
        masked = self._masker.apply(ids_NL, real_NL, keys_N)
        predicted_NL.ravel()[masked.positions_P] = True
        return masked.ids_NL, predicted_NL

    def _nats(
        self,
        hidden_NL: NDArray[np.int64],
        ids_NL: NDArray[np.int64],
        predicted_NL: NDArray[np.bool_],
        real_NL: NDArray[np.bool_],
    ) -> Tensor:
        """The loss of some rows, summed over their predictions."""
        targets_P = np.flatnonzero(predicted_NL)
        # A causal model predicts a token from the place before it.
        positions_P = targets_P if self._masker else targets_P - 1
        device = self.language_model.device
        given = (hidden_NL, positions_P, ids_NL.ravel()[targets_P].astype(np.int64))
        tensors = [torch.from_numpy(np.ascontiguousarray(a)).to(device) for a in given]
        real = torch.from_numpy(np.ascontiguousarray(real_NL)).to(device)
        masks = attention_inputs(self.language_model, real, None)
        nats: Tensor = prediction_loss(self.language_model, *tensors, **masks)
        return nats


def _wrapped(module: nn.Module, student: Student, recipe: TunedEncoder) -> nn.Module:
    """The loss, also of the first dimensions alone if the recipe asks for it."""
    if not recipe.matryoshka:
        return module
    from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss

    width = student.encoder.get_embedding_dimension()
    sizes = sorted({*recipe.matryoshka, width}, reverse=True)
    wrapped: nn.Module = MatryoshkaLoss(student.encoder, module, matryoshka_dims=sizes)
    return wrapped
