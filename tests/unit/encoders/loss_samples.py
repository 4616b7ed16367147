"""Tiny students, examples of every form, and the way in which a loss is asked for a batch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from torch import Tensor, nn
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

from lingraft.encoders.examples import Form, TrainingExample
from lingraft.encoders.loss import Loss, Material

torch.set_num_threads(1)  # models this small only wait for each other's threads

WIDTH = 16
WORDS = [f"w{number}" for number in range(60)]
ROLES = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}


def save_model(folder: Path, seed: int = 0, dropout: float = 0.0) -> Path:
    """A random two-layer BERT with its head, and a tokenizer of words."""
    torch.manual_seed(seed)
    vocabulary = {token: i for i, token in enumerate([*ROLES.values(), *WORDS])}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    roles = {f"{role}_token": token for role, token in ROLES.items()}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=64, **roles)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=WIDTH, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64, initializer_range=0.5, pad_token_id=0,
        hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout,
    )  # fmt: skip
    BertForMaskedLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def student_of(folder: Path) -> SentenceTransformer:
    """A sentence encoder around the body of a model: the mean over the tokens."""
    first = Transformer(str(folder), model_kwargs={"add_pooling_layer": False})
    return SentenceTransformer(modules=[first, Pooling(WIDTH)], device="cpu")


def example(*texts: str, **known: Any) -> TrainingExample:
    """An example; its id is its first text."""
    return TrainingExample(texts[0], texts, **known)


def examples_of(form: Form) -> list[TrainingExample]:
    """Six examples of a form, all different."""
    rows = [[f"w{10 * column + row} w{row}" for column in range(5)] for row in range(6)]
    columns = {"texts": 1, "triples": 5, "ranked": 4, "scored": 4}.get(form, 2)
    found = []
    for number, row in enumerate(rows):
        scores = {"graded": (number / 5,), "scored": (3.0, 1.0, float(number))}.get(form, ())
        label = f"class-{number % 3}" if form == "labelled" else None
        # Two definitions each of three entries, which are one word.
        texts = [f"w{number // 2}", row[1]] if form == "definitions" else row[:columns]
        found.append(TrainingExample(f"{form}-{number}", tuple(texts), "und_Zyyy", label, scores))
    return found


def material_of(
    examples: Sequence[TrainingExample], form: Form, student: Any, start: Path, work: Path
) -> Material:
    """What a loss prepares from; the teacher's vectors are drawn from the texts."""

    def teach(texts: Sequence[str]) -> Any:
        draws = [np.random.default_rng(list(text.encode())) for text in texts]
        return np.stack([draw.normal(size=WIDTH) for draw in draws]).astype(np.float32)

    def embed(texts: Sequence[str]) -> Any:
        return student.encode(list(texts), show_progress_bar=False)

    used = range(len(examples))
    return Material(examples, form, used, student, embed, teach, start, work, seed=3)


class Asked:
    """A loss that was prepared, and what it is given for a batch.

    Args:
        loss: the settings.
        material: what it prepares from.
    """

    def __init__(self, loss: Loss, material: Material) -> None:
        self.loss, self.material = loss, material
        self.prepared = loss.prepare(material)
        torch.manual_seed(material.seed)
        self.module: nn.Module = loss.module(material.student, self.prepared)

    def batch(self, numbers: Sequence[int]) -> tuple[list[dict[str, Any]], Tensor | None]:
        """The tokenized columns and the labels of some examples."""
        examples = [self.material.examples[number] for number in numbers]
        columns = self.loss.texts(examples, self.prepared)
        preprocess = self.material.student.preprocess
        labels = self.loss.labels(examples, numbers, self.prepared)
        return [preprocess(list(column.texts)) for column in columns], labels

    def value(self, numbers: Sequence[int], seed: int = 0) -> Tensor:
        """The loss of some examples."""
        torch.manual_seed(seed)
        return self.module(*self.batch(numbers))

    def amount(self, numbers: Sequence[int], seed: int = 0) -> float:
        """The loss of some examples, as a number."""
        return float(self.value(numbers, seed).detach())

    def vectors(self, numbers: Sequence[int], column: int) -> Tensor:
        """The student's vectors of one column, without gradients."""
        with torch.no_grad():
            return self.material.student(self.batch(numbers)[0][column])["sentence_embedding"]
