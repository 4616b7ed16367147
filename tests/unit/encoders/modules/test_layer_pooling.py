"""The twelve poolings of DSE against loops over tokens, and their folder."""

import math
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from loss_samples import WIDTH, student_of
from sentence_transformers import SentenceTransformer

from lingraft.encoders.modules.layer_pooling import LayerPooling

TEXTS = ["w1 w2 w3 w4", "w5 w6"]
TWELVE = list(product(["concat", "mean"], ["mean", "sqrt", "max"], [False, True]))


def pooled(start: Path, pooling: LayerPooling) -> SentenceTransformer:
    first = student_of(start)[0]
    first.model.config.output_hidden_states = True
    return SentenceTransformer(modules=[first, pooling], device="cpu")


@pytest.mark.parametrize(("join", "tokens", "with_cls"), TWELVE)
def test_each_is_what_its_name_says(
    start_model: Path, join: Any, tokens: Any, with_cls: bool
) -> None:
    student = pooled(start_model, LayerPooling(WIDTH, 2, join, tokens, with_cls))
    column = student.preprocess(TEXTS)
    with torch.no_grad():
        found = student(column)
    for row in range(len(TEXTS)):
        first, last = found["all_layer_embeddings"][-2][row], found["all_layer_embeddings"][-1][row]
        vectors = []
        for place in range(0 if with_cls else 1, int(column["attention_mask"][row].sum())):
            both = torch.cat([first[place], last[place]])
            vectors.append(both if join == "concat" else (first[place] + last[place]) / 2)
        each = torch.stack(vectors)
        sums = {
            "mean": each.mean(0),
            "sqrt": each.sum(0) / math.sqrt(len(each)),
            "max": each.amax(0),
        }
        torch.testing.assert_close(found["sentence_embedding"][row], sums[tokens])
    assert student.get_embedding_dimension() == WIDTH * (2 if join == "concat" else 1)


def test_its_folder_is_read_again(start_model: Path, tmp_path: Path) -> None:
    student = pooled(start_model, LayerPooling(WIDTH, 2, "mean", "max", True))
    student.save(str(tmp_path), create_model_card=False)
    again = SentenceTransformer(str(tmp_path), device="cpu", trust_remote_code=True)
    before, after = (each.encode(TEXTS, show_progress_bar=False) for each in (student, again))
    assert isinstance(again[1], LayerPooling)
    assert (before == after).all()


def test_layers_that_are_not_there_are_refused(start_model: Path) -> None:
    student = pooled(start_model, LayerPooling(WIDTH, 3))
    with pytest.raises(ValueError, match="pooling over 3 layers was given 2"):
        student(student.preprocess(TEXTS))
