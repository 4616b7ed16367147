"""Rows of merged strings by a trained generator, for the model that it has learned.

Shapes: U strings, E width of the embedding.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from lingraft.evaluation.dynamic.rows import MeanRows, StringRows
from lingraft.evaluation.measures.large_vocabulary import source_request
from lingraft.initialization.generation.trained import RowMaker, TrainedGenerator
from lingraft.initialization.networks.basis import EMBEDDINGS
from lingraft.models.sentence_encoder import is_sentence_encoder
from lingraft.tokenizers.dynamic.merging import MergedString
from lingraft.tokenizers.spelling import speller, spelling_of


class GeneratedStringRows(StringRows):
    """What a generator makes of the text of a string; the mean of its pieces where it knows
    nothing of it."""

    def __init__(self, maker: RowMaker, backend: Any, means: MeanRows) -> None:
        """Make rows.

        Args:
            maker: the generator beside its model.
            backend: the model's tokenizer, of `tokenizers`.
            means: of the pieces.
        """
        self._maker, self._means = maker, means
        self._spell = speller(backend, spelling_of(backend))

    def make(self, strings: Sequence[MergedString]) -> Tensor:
        """Generated rows, without gradients."""
        rows_UE = self._means.make(strings).detach().clone()
        made = self._maker.of_texts([self._spell(string.text) for string in strings])
        if len(made.rows_N):
            known_KE = torch.from_numpy(made.values[EMBEDDINGS]).to(rows_UE)
            rows_UE[torch.from_numpy(made.rows_N).to(rows_UE.device)] = known_KE
        return rows_UE


def generated_rows(subject: Any, name: str) -> GeneratedStringRows | str:
    """Rows of merged strings by a generator, or why it makes none of this model.

    Args:
        subject: the model, a `ModelSubject`.
        name: of the generator.

    Raises:
        InputError: the generator was trained with other word vectors, or is damaged.
    """
    if name not in subject.generators:
        return f"there is no generator {name} for this model; give `generators={name}=DIR`"
    if is_sentence_encoder(subject.folder):
        return f"the generator {name} has learned rows of a language model, not of an encoder"
    generator = TrainedGenerator.load(subject.generators[name])
    request = source_request(subject.model, subject.tokenizer)
    if not generator.learned(request):
        return f"the generator {name} was trained for other rows than this model has"
    means = MeanRows(subject.model.get_input_embeddings())
    backend = subject.tokenizer.backend_tokenizer
    return GeneratedStringRows(generator.beside(request), backend, means)
