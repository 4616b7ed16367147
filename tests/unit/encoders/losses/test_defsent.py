"""DefSent: the head of the language model, frozen, and entries of one token."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from loss_samples import WIDTH, Asked, example, student_of
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling
from transformers import AutoModelForMaskedLM

from lingraft.encoders.losses.defsent import DefSent
from lingraft.errors import ConfigError, InputError

Ask = Callable[..., Asked]
BATCH = [0, 2, 5]


def test_the_target_is_the_token_of_the_entry_by_the_models_own_head(
    ask: Ask, start_model: Path
) -> None:
    asked = ask(DefSent(name="defsent"))
    model = AutoModelForMaskedLM.from_pretrained(start_model)
    with torch.no_grad():
        logits = model.cls(asked.vectors(BATCH, 0)).double().log_softmax(dim=1)
    tokenizer = asked.material.student.tokenizer
    entries = [asked.material.examples[number].texts[0] for number in BATCH]
    tokens = [tokenizer.convert_tokens_to_ids(entry) for entry in entries]
    expected = -sum(float(row[token]) for row, token in zip(logits, tokens, strict=True)) / 3
    assert math.isclose(asked.amount(BATCH), expected, rel_tol=1e-6)
    assert asked.batch(BATCH)[1].tolist() == tokens


def test_the_head_is_frozen_and_the_student_is_not(ask: Ask) -> None:
    asked = ask(DefSent(name="defsent"))
    asked.value(BATCH).backward()
    trained = {id(p) for p in asked.module.parameters() if p.requires_grad}
    assert trained == {id(p) for p in asked.material.student.parameters()}


def test_entries_of_several_tokens_teach_nothing(ask: Ask) -> None:
    rows = [("w1", "w2 w3"), ("w4 w5", "w6"), ("unknown", "w7"), ("w8", "w9")]
    asked = ask(DefSent(name="defsent"), [example(*row) for row in rows])
    assert [int(c) < 0 for c in asked.prepared["classes_N"]] == [False, True, True, False]
    whole = asked.amount([0, 1, 2, 3])
    assert math.isclose(whole, (asked.amount([0]) + asked.amount([3])) / 2, rel_tol=1e-6)
    assert asked.amount([1, 2]) == 0.0


def test_a_dictionary_without_entries_of_one_token_is_refused(ask: Ask) -> None:
    with pytest.raises(InputError, match="no entry is one token"):
        ask(DefSent(name="defsent"), [example("w1 w2", "w3")])


def test_vectors_of_another_width_than_the_head_reads_are_refused(
    ask: Ask, start_model: Path
) -> None:
    asked = ask(DefSent(name="defsent"))
    first = student_of(start_model)[0]
    wide = SentenceTransformer(modules=[first, Pooling(WIDTH, ("cls", "mean"))], device="cpu")
    object.__setattr__(asked.material, "student", wide)
    with pytest.raises(ConfigError, match="32 dimensions and its hidden states 16"):
        asked.loss.prepare(asked.material)
