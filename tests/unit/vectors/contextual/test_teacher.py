"""Means of a teacher's states over parts of texts, beside the model called by hand."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lingraft.models.loading import load_model
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.vectors.contextual.teacher import Part, Passage, TeacherModel

TEXT = "Open the window."


@pytest.fixture(scope="module")
def by_hand(tiny_teacher: Path) -> tuple[list[str], np.ndarray]:
    """The tokens of the text and the states of both layers above the embeddings, (2, T, E)."""
    tokenizer, model = load_tokenizer(tiny_teacher), load_model(tiny_teacher).base_model
    with torch.no_grad():
        encoded = tokenizer(TEXT, return_tensors="pt")
        states = model(**encoded, output_hidden_states=True).hidden_states
    tokens = tokenizer.convert_ids_to_tokens(encoded["input_ids"][0].tolist())
    return tokens, torch.cat(states[1:]).numpy()


def ask(
    teacher: TeacherModel, passages: list[Passage], part: Part = "spans"
) -> dict[int, np.ndarray]:
    found = {}
    for keys_G, means_GE in teacher.means(passages, part):
        found |= dict(zip(keys_G.tolist(), means_GE.numpy(), strict=True))
    return found


def test_a_span_has_the_mean_of_the_tokens_that_overlap_it(
    tiny_teacher: Path, by_hand: tuple[list[str], np.ndarray]
) -> None:
    tokens, states_LTE = by_hand
    spans = [(0, 4), (5, 8), (9, 15)]
    # Another, longer text in the batch changes nothing.
    passages = [Passage(TEXT, [7, 8, 9], spans), Passage(TEXT * 3, [1], [(0, 4)])]
    for layer in (1, 2):
        found = ask(TeacherModel.open(tiny_teacher, layer=layer), passages)
        assert set(found) == {1, 7, 8, 9}
        for key, (start, end) in zip((7, 8, 9), spans, strict=True):
            inside, place = [], 0
            for position, token in enumerate(tokens[1:-1], start=1):
                place = TEXT.lower().index(token.removeprefix("##"), place)
                if start <= place < end:
                    inside.append(position)
                place += len(token.removeprefix("##"))
            expected_E = states_LTE[layer - 1, inside].mean(axis=0)
            np.testing.assert_allclose(found[key], expected_E, atol=1e-5)


def test_the_first_token_and_all_tokens(
    tiny_teacher: Path, by_hand: tuple[list[str], np.ndarray]
) -> None:
    states_TE = by_hand[1][-1]
    teacher = TeacherModel.open(tiny_teacher)
    first = ask(teacher, [Passage(TEXT, [0])], "first")[0]
    everything = ask(teacher, [Passage(TEXT, [0])], "everything")[0]
    np.testing.assert_allclose(first, states_TE[0], atol=1e-5)
    np.testing.assert_allclose(everything, states_TE.mean(axis=0), atol=1e-5)


def test_what_was_cut_off_has_no_state(tiny_teacher: Path) -> None:
    teacher = TeacherModel.open(tiny_teacher, maximum_length=8)
    long = "open the door " * 20
    found = ask(teacher, [Passage(long, [0, 1], [(0, 4), (len(long) - 5, len(long) - 1)])])
    assert set(found) == {0}
    assert teacher.room == 6 and teacher.width == 32
    assert ask(teacher, []) == {}


def test_an_empty_text_is_read(tiny_teacher: Path) -> None:
    assert ask(TeacherModel.open(tiny_teacher), [Passage("", [0], [(0, 0)])]) == {}
