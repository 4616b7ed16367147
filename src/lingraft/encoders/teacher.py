"""Teachers of a student: vectors of the source model, logits of a fine-tuned classifier.

Shapes: N texts or pairs, E dimensions of a vector, C classes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lingraft.artifacts import fingerprint
from lingraft.artifacts.kept import kept_vectors
from lingraft.encoders.examples import TrainingExample
from lingraft.encoders.loss import Material
from lingraft.errors import ConfigError, InputError
from lingraft.evaluation.data.digests import model_digests
from lingraft.evaluation.data.reading import Example
from lingraft.evaluation.measures.embed import open_embedder
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.numeric.arrays import Float32


@dataclass(frozen=True)
class Teacher:
    """A model whose vectors are learned from: means over the tokens of its last layer.

    A teacher that is a sentence encoder embeds in its own way.

    Attributes:
        folder: of the model.
        maximum_length: tokens after which a text is cut.
        device: where it is put.
        kept: folder for its vectors, which tunings may share; None keeps none.
    """

    folder: Path
    maximum_length: int
    device: str
    kept: Path | None = None

    def embed(self, texts: Sequence[str]) -> Float32:
        """Vectors of texts, N x E.

        Raises:
            InputError: the model is damaged.
        """
        how = Embedding(maximum_length=self.maximum_length)

        def embed() -> Float32:
            return open_embedder(self.folder, self.device).embed(texts, how)

        if self.kept is None:
            return embed()
        question = [model_digests(self.folder), how.model_dump(), list(texts)]
        return kept_vectors(self.kept / f"{fingerprint(question)[:24]}.npy", embed)


def teacher_vectors(material: Material) -> Tensor:
    """The teacher's vector of the first text of each used example, N x E; of the others zeros.

    Raises:
        ConfigError: the teacher's vectors are of another width than the student's.
        InputError: a vector is not finite, or zero.
    """
    used = list(material.used)
    vectors_UE = material.teach([material.examples[number].texts[0] for number in used])
    check_teacher(vectors_UE, material.student.get_embedding_dimension())
    vectors_NE = torch.zeros(len(material.examples), vectors_UE.shape[1])
    vectors_NE[used] = torch.from_numpy(vectors_UE)
    return vectors_NE


def check_teacher(vectors_NE: Float32, width: int) -> None:
    """Check that a student can learn from a teacher's vectors.

    Args:
        vectors_NE: of the teacher.
        width: dimensions of the student's vectors.

    Raises:
        ConfigError: the teacher has another width.
        InputError: a vector is not finite, or zero.
    """
    if vectors_NE.shape[1] != width:
        raise ConfigError(
            f"the teacher's vectors have {vectors_NE.shape[1]} dimensions, and the student's have "
            f"{width}; choose a teacher of the same width, or a loss that compares similarities"
        )
    lengths_N = np.linalg.norm(vectors_NE, axis=1)
    if not np.isfinite(lengths_N).all():
        raise InputError("a vector of the teacher is not finite; take a teacher that is whole")
    if not lengths_N.all():
        raise InputError("a vector of the teacher is zero: an empty text is among the originals")


def classifier_logits(
    examples: Sequence[TrainingExample],
    start: Path,
    settings: Mapping[str, Any],
    seed: int,
    work: Path,
) -> Tensor:
    """Fine-tune a classifier that reads both texts of a pair together, on the pairs themselves.

    Args:
        examples: N labelled pairs.
        start: folder of the model to fine-tune.
        settings: of the fine-tuning, as the task `xnli` has them.
        seed: of head, order and dropout.
        work: folder for the checkpoint, so that a killed training goes on.

    Returns:
        Its logits (N, labels in alphabetical order), fp32 on the CPU.
    """
    from lingraft.evaluation.fine_tuning.classifier import Classifier
    from lingraft.evaluation.fine_tuning.recipe import Split
    from lingraft.evaluation.subject import ModelSubject
    from lingraft.evaluation.tasks.xnli import Xnli

    pairs = [Example(e.id, e.texts[0], str(e.label), e.texts[1]) for e in examples]
    # The last epoch is taken: there are no examples left to select one on.
    recipe = Xnli(selection="last", **settings)
    checkpoint = work / "teacher.pt"
    split = Split(pairs, (), ())
    trained = Classifier.train(split, recipe, ModelSubject(start), seed, checkpoint)
    logits_NC = trained.logits(pairs)
    checkpoint.unlink(missing_ok=True)
    return logits_NC.clone()
