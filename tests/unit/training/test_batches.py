"""Batches: pure functions of sample numbers, with the right tokens in the right places."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from token_fixtures import SPECIALS, counting, make_file

from lingraft.config.pretraining import Masking, Pretraining
from lingraft.config.training_stages import Stage
from lingraft.corpus.token_files import Specials, TokenFile
from lingraft.errors import InputError
from lingraft.training.batches import (
    RowBuilder,
    TextKnowledge,
    TrainingData,
    deal,
    in_background,
)
from lingraft.training.packing import BestFit
from lingraft.training.stochastok import Splits, StochasTok

FILES = Mapping[str, TokenFile]


def data_of(files: FILES, knowledge: TextKnowledge | None = None, **recipe: Any) -> TrainingData:
    settings = {"steps": 5, "sequence_length": 12, "batch_size": 4, **recipe}
    pretraining = Pretraining(**settings)
    return TrainingData(files, pretraining, pretraining.all_stages[0], 1, knowledge)


def same(left: Any, right: Any) -> bool:
    return all(
        np.array_equal(getattr(left, name), getattr(right, name))
        for name in ("ids_NL", "positions_P", "targets_P")
    )


def test_rows_are_framed_and_targets_are_the_hidden_tokens(tmp_path: Path) -> None:
    data = data_of({"a": make_file(tmp_path, counting(300))})
    batch = data.batch(np.arange(8))
    assert batch.ids_NL.shape == (8, 12)
    assert (batch.ids_NL[:, 0] == 2).all()
    assert (batch.ids_NL[:, -1] == 3).all()
    assert batch.real_NL is None
    restored = batch.ids_NL.copy().ravel()
    restored[batch.positions_P] = batch.targets_P
    content = restored.reshape(8, 12)[:, 1:-1]
    follows = (
        (content[:, 1:] == 3)
        | (content[:, :-1] == 3)
        | ((content[:, 1:] - 5) % 35 == (content[:, :-1] - 4) % 35)
    )
    assert follows.all()  # the text counts upwards, so what was hidden is what was there


@pytest.mark.parametrize("packing", ["concatenate", "best-fit"])
@pytest.mark.parametrize("objective", ["masked", "causal"])
def test_batches_do_not_depend_on_what_came_before(
    tmp_path: Path, packing: str, objective: str
) -> None:
    files = {
        "a": make_file(tmp_path / "a", counting(300)),
        "b": make_file(tmp_path / "b", counting(90)),
    }
    settings = {"packing": packing, "objective": objective, "attend_across_documents": False}
    first, second = data_of(files, **settings), data_of(files, **settings)
    for begin in (0, 40, 4):
        assert same(
            first.batch(np.arange(begin, begin + 4)), second.batch(np.arange(begin, begin + 4))
        )
    whole = first.batch(np.arange(16, 24))
    parts = [first.batch(np.arange(16, 20)), first.batch(np.arange(20, 24))]
    assert np.array_equal(whole.ids_NL, np.concatenate([part.ids_NL for part in parts]))
    assert np.array_equal(whole.targets_P, np.concatenate([part.targets_P for part in parts]))


def test_stopping_at_every_step_of_three_epochs(tmp_path: Path) -> None:
    file = make_file(tmp_path, counting(190))
    reference = data_of({"a": file})
    rows = reference.packings[0].count
    batches = [reference.batch(np.arange(s, s + 1)) for s in range(3 * rows)]
    for stop in range(3 * rows):
        resumed = data_of({"a": file}).batch(np.arange(stop, stop + 1))
        assert same(batches[stop], resumed)


@pytest.mark.parametrize("processes", [1, 2, 4])
def test_any_number_of_processes_sees_the_same_samples_at_each_step(processes: int) -> None:
    accumulation = 8 // processes
    hands = [deal(100, 3, 2, accumulation, process, processes) for process in range(processes)]
    for step in range(3):
        dealt = [next(hand) for _ in range(accumulation) for hand in hands]
        assert np.concatenate(dealt).tolist() == list(range(100 + 16 * step, 116 + 16 * step))
    assert all(next(hand, None) is None for hand in hands)


def test_background_loading_changes_nothing(tmp_path: Path) -> None:
    data = data_of({"a": make_file(tmp_path, counting(300))})
    numbers = [np.arange(begin, begin + 4) for begin in range(0, 40, 4)]
    ahead = list(in_background(data, numbers))
    assert len(ahead) == 10
    for (batch, samples), number in zip(ahead, numbers, strict=True):
        assert np.array_equal(samples, number)
        assert same(batch, data.batch(number))


def test_causal_targets_are_the_next_tokens(tmp_path: Path) -> None:
    specials = Specials(vocabulary_size=40, separator=3, special=(0, 1, 2, 3))
    file = make_file(tmp_path, [[5, 6, 7], [8, 9]], specials)
    builder = RowBuilder(specials, 4, "causal", Masking(), document_attention=True)
    rows = BestFit(file, builder.width).read(*np.array([[0, 1], [0, 0]], np.uint64), True)
    batch = builder.build(rows, np.zeros(2, np.uint64))
    assert batch.ids_NL.tolist() == [[5, 6, 7, 3], [8, 9, 3, 3]]
    assert batch.positions_P.tolist() == [0, 1, 2, 4, 5]
    assert batch.targets_P.tolist() == [6, 7, 3, 9, 3]
    assert batch.documents_NL is not None
    assert batch.documents_NL.tolist() == [[0, 0, 0, 0], [1, 1, 1, -1]]


def test_best_fit_pads_and_predicts_no_padding(tmp_path: Path) -> None:
    file = make_file(tmp_path, [[5] * 6, [6] * 5, [7] * 7])
    batch = data_of({"a": file}, packing="best-fit", batch_size=2).batch(np.arange(2))
    assert batch.real_NL is not None
    assert not batch.real_NL.all()
    assert batch.real_NL.ravel()[batch.positions_P].all()
    assert (batch.ids_NL[~batch.real_NL] == SPECIALS.pad).all()


def test_stochastok_expands_rows_and_leaves_room_for_them(tmp_path: Path) -> None:
    splits = Splits.from_pairs([(token, 5, 6) for token in range(7, 40)], 40)
    file = make_file(tmp_path, counting(300))
    knowledge = TextKnowledge(recutting=StochasTok(splits, 0.5))
    settings = {"stochastok": 0.5, "sequence_length": 32, "objective": "masked"}
    data = data_of({"a": file}, knowledge, **settings)
    batch = data.batch(np.arange(8))
    plain = data_of({"a": file}, **{**settings, "stochastok": 0.0}).batch(np.arange(8))
    assert (batch.ids_NL == 6).sum() > (plain.ids_NL == 6).sum() + 20
    assert same(batch, data.batch(np.arange(8)))
    isolated = data_of({"a": file}, knowledge, **settings, attend_across_documents=False)
    documents = isolated.batch(np.arange(8)).documents_NL
    assert documents is not None
    assert np.array_equal(isolated.batch(np.arange(8)).ids_NL, batch.ids_NL)


def test_too_little_text_for_a_batch(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="24 tokens are 3 rows of 12, fewer than one batch of 16"):
        data_of({"a": make_file(tmp_path, counting(21))}, batch_size=16)


def test_stages_choose_among_the_corpora_of_the_run(tmp_path: Path) -> None:
    file = make_file(tmp_path, counting(300))
    recipe = Pretraining(stages=(Stage(steps=1, corpora=("b",)),), batch_size=2, sequence_length=12)
    with pytest.raises(InputError, match="wants the corpora b, but the run only has a"):
        TrainingData({"a": file}, recipe, recipe.all_stages[0], 1)


def test_weights_of_corpora(tmp_path: Path) -> None:
    files = {
        "a": make_file(tmp_path / "a", counting(300)),
        "b": make_file(tmp_path / "b", counting(90)),
    }
    data = data_of(files, corpus_weights={"a": 1.0, "b": 4.0})
    assert data.sampler.slots_C.tolist() == [2000, 8000]
    with pytest.raises(InputError, match="no weight for b"):
        data_of(files, corpus_weights={"a": 1.0})


@pytest.mark.parametrize("objective", ["retromae", "dupmae"])
def test_what_a_decoder_rebuilds_is_the_row_before_masking(tmp_path: Path, objective: str) -> None:
    file = make_file(tmp_path, [[5 + number % 30] * (3 + number % 9) for number in range(40)])
    settings = {"objective": objective, "masking": {"whole_words": False}}
    data = data_of({"a": file}, **settings)
    whole = data.batch(np.arange(16, 24))
    assert whole.originals_NL is not None
    assert whole.rebuilt_R is not None
    assert whole.visible_NLL is not None
    for row in whole.originals_NL:
        text = row[row != SPECIALS.pad]
        assert (text[0], text[-1]) == (2, 3)
        assert len(set(text[1:-1])) == 1  # one document, framed as the tokenizer does it
    flat = whole.originals_NL.ravel()
    assert np.array_equal(flat[whole.positions_P], whole.targets_P)
    assert np.array_equal(whole.rebuilt_R, np.flatnonzero(flat > 4))
    assert whole.counts == (len(whole.targets_P), len(whole.rebuilt_R), 8, whole.ids_NL.size, 0)
    part = data_of({"a": file}, **settings).batch(np.arange(20, 24))
    assert np.array_equal(whole.visible_NLL[4:], part.visible_NLL)
    assert np.array_equal(whole.originals_NL[4:], part.originals_NL)


def test_other_objectives_carry_nothing_for_a_decoder(tmp_path: Path) -> None:
    batch = data_of({"a": make_file(tmp_path, counting(300))}).batch(np.arange(4))
    assert batch.originals_NL is batch.visible_NLL is batch.rebuilt_R is None
    assert batch.counts == (len(batch.targets_P), 0, 4, batch.ids_NL.size, 0)
