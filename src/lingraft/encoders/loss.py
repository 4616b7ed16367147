"""What every loss has: settings, and how they become a module that sees batches of examples.

A loss says which texts of an example the student embeds (`texts`), what it compares them with
(`labels`), and how (`module`). The module has the signature of the losses of sentence-transformers,
`module(columns, labels)`, so these fit as they are.

What stays the same during a stage is made once, by `prepare`: vectors of a teacher, a matrix of
entries, logits of a classifier. It is kept beside the checkpoints, and a stage that goes on after a
kill goes on with the same numbers.

Shapes: N examples of a batch, E dimensions of a vector.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from lingraft.config.base import Block
from lingraft.encoders.examples import Form, TrainingExample

if TYPE_CHECKING:
    from torch import Tensor, nn

    from lingraft.numeric.arrays import Float32

Role = Literal["query", "document", "plain"]
Rivals = Literal["in-batch", "hard", "all"]
Status = Literal["exact", "after the paper"]
Prepared = Mapping[str, "Tensor"]


@dataclass(frozen=True)
class TextColumn:
    """Texts that the student embeds, one of each example; the role chooses their prompt (`plain`:
    none)."""

    texts: Sequence[str]
    role: Role = "document"


@dataclass(frozen=True)
class Material:
    """What a loss can prepare its tensors from, at the beginning of a stage.

    Attributes:
        examples: all examples of the stage; a batch names them by their numbers here.
        form: what their texts are.
        used: numbers of those that the stage's steps see, in order.
        student: a SentenceTransformer, as the stage before left it.
        embed: vectors of texts by the student, without gradients, N x E.
        teach: vectors of texts by the teacher, N x E.
        start: folder of the model that the recipe starts from.
        work: folder for files that outlive a kill.
        seed: of the training.
    """

    examples: Sequence[TrainingExample]
    form: Form
    used: Sequence[int]
    student: Any
    embed: Callable[[Sequence[str]], Float32]
    teach: Callable[[Sequence[str]], Float32]
    start: Path
    work: Path
    seed: int


class Loss(Block):
    """How the vectors of an example's texts are compared."""

    name: str
    """Name of the loss."""

    reads: ClassVar[tuple[Form, ...]]
    """The forms of examples that it can learn from."""
    paper: ClassVar[str]
    """Authors, year and title."""
    status: ClassVar[Status] = "exact"
    """`exact` where a test compares it with an independent formula; `after the paper` where the
    paper leaves its details open."""
    needs_dropout: ClassVar[bool] = False
    """Whether dropout alone makes the vectors differ that it compares."""

    @property
    def compares_examples(self) -> bool:
        """Whether an example's loss depends on the others of the batch, which then cannot be
        divided into smaller forward passes; by default not."""
        return False

    def prepare(self, material: Material) -> dict[str, Tensor]:
        """What the stage needs beside the student, made once; by default nothing.

        Raises:
            InputError: the examples are of no use to this loss.
        """
        return {}

    def texts(self, examples: Sequence[TrainingExample], prepared: Prepared) -> list[TextColumn]:
        """The texts of a batch that the student embeds; by default all of them, the first of each
        example as a query.

        Args:
            examples: N examples.
            prepared: what `prepare` made.
        """
        columns = zip(*(example.texts for example in examples), strict=True)
        return [
            TextColumn(column, "document" if number else "query")
            for number, column in enumerate(columns)
        ]

    def labels(
        self, examples: Sequence[TrainingExample], numbers: Sequence[int], prepared: Prepared
    ) -> Tensor:
        """What the vectors of a batch are compared with beside each other; by default the examples'
        numbers, by which a module finds what was prepared for them.

        Args:
            examples: N examples.
            numbers: of the examples, among all of the stage.
            prepared: what `prepare` made.
        """
        import torch

        return torch.tensor(numbers)

    def module(self, student: Any, prepared: Prepared) -> nn.Module:
        """A module with `forward(columns, labels)`, the mean loss of a batch.

        Weights that it adds to the student's are drawn from torch's generator, which the stage
        seeds before.

        Args:
            student: a SentenceTransformer, which the module trains.
            prepared: what `prepare` made.
        """
        raise NotImplementedError

    def advance(self, module: nn.Module, progress: float) -> None:
        """Adapt the module to the share of the stage that is done, from 0 to 1; by default not."""
