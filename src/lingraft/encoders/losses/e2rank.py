"""E2Rank: one model that embeds, and that ranks a list by the vector of a prompt with the list."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from lingraft.encoders.examples import TrainingExample
from lingraft.encoders.loss import Loss, Material, Prepared, TextColumn
from lingraft.evaluation.measures.listwise import INSTRUCTION, listwise_prompt

if TYPE_CHECKING:
    from torch import Tensor, nn


class E2Rank(Loss):
    """InfoNCE with the best document as positive and all others of the batch as negatives, plus
    RankNet over the cosines of the documents with a prompt that has query and documents."""

    name: Literal["e2rank"]
    temperature: PositiveFloat = 0.03
    """Divides the cosines of InfoNCE."""
    rank_weight: Annotated[float, Field(ge=0.0)] = 2.0
    """Weight of RankNet in the sum."""
    rank_scale: PositiveFloat = 10.0
    """Multiplies the cosines that RankNet compares."""
    instruction: str = INSTRUCTION
    """First line of the prompt."""
    document_characters: PositiveInt | None = None
    """Characters after which a document is cut in the prompt, whose end is the query. Unset: never;
    a prompt that is longer than the student reads is refused."""

    reads = ("ranked",)
    paper = (
        "Liu et al. 2025, E2Rank: Your Text Embedding can Also be an Effective and Efficient "
        "Listwise Reranker"
    )

    @property
    def compares_examples(self) -> bool:
        """The documents of all examples are rivals."""
        return True

    def prepare(self, material: Material) -> dict[str, Tensor]:
        """Numbers of the texts, N x C, which tell equal ones.

        Raises:
            InputError: an example has fewer than two documents, or one twice, or its prompt is
                longer than the student reads.
        """
        from lingraft.encoders.checks import check_negatives, check_texts
        from lingraft.encoders.text_numbers import text_numbers

        check_texts(material.examples)
        check_negatives(material.examples, least=1)
        self._check_prompts(material)
        return {"texts_NC": text_numbers([example.texts for example in material.examples])}

    def texts(self, examples: Sequence[TrainingExample], prepared: Prepared) -> list[TextColumn]:
        """Queries, documents and prompts."""
        prompts = [self.prompt(example) for example in examples]
        return [*super().texts(examples, prepared), TextColumn(prompts, "plain")]

    def prompt(self, example: TrainingExample) -> str:
        """The prompt of an example; the order of its documents there depends on its id alone."""
        documents = list(example.texts[1:])
        random.Random(example.id).shuffle(documents)
        query, longest = example.texts[0], self.document_characters
        return listwise_prompt(query, documents, self.instruction, longest)

    def module(self, student: Any, prepared: Prepared) -> nn.Module:
        """The mean of the sum over a batch."""
        from lingraft.encoders.modules.contrast import ContrastSettings
        from lingraft.encoders.modules.listwise_ranking import ListwiseRanking

        how = ContrastSettings(self.temperature)
        return ListwiseRanking(
            student, prepared["texts_NC"], how,
            rank_weight=self.rank_weight, rank_scale=self.rank_scale,
        )  # fmt: skip

    def _check_prompts(self, material: Material) -> None:
        from lingraft.errors import InputError

        longest = material.student.max_seq_length
        for example in material.examples:
            length = len(material.student.tokenizer(self.prompt(example))["input_ids"])
            if length > longest:
                raise InputError(
                    f"the prompt of example {example.id} has {length} tokens, and the student "
                    f"reads {longest}; set document_characters, or raise maximum_length"
                )
