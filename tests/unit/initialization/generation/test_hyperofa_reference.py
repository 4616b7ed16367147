"""`mode: reference` of HyperOFA beside numbers that the authors' code gave (its last version).

Their loss and networks were run once on the inputs below, with these weights; the numbers of
parameters are also those of the report's Table 1.
"""

import json
import math
import random

import numpy as np
import pytest
import torch
from tests.unit.initialization.generation.conftest import WIDTH, Planted
from torch import nn

from lingraft.arguments import VERSION_KEY
from lingraft.config.checking import check_choice
from lingraft.initialization.generation.lessons import batches_of
from lingraft.initialization.generation.loss import row_loss
from lingraft.initialization.generation.stage import train_generator
from lingraft.initialization.generation.trained import TrainedGenerator
from lingraft.initialization.generators import AnyGenerator
from lingraft.initialization.installing.install import read_matrices
from lingraft.initialization.networks.basis import basis_of
from lingraft.initialization.networks.reader import TokenLesson
from lingraft.initialization.networks.word_networks import WordLstm, WordSetLast
from lingraft.initialization.networks.word_reader import WordReader
from lingraft.initialization.request import Evidence, Request
from lingraft.models.loading import load_model
from lingraft.stages.settings import STAGE_VERSION, settings_text
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.token_table import TokenTable
from lingraft.vectors.vectorset import VectorSet

PLACES = torch.tensor([[3, 1, 4, 1], [5, 8, 0, 0], [2, 0, 0, 0]])
PRESENT = torch.tensor([[True] * 4, [True] * 2 + [False] * 2, [True] + [False] * 3])
LSTM = [
    [0.23486486, -0.08000270, -0.15818791],
    [0.24979144, -0.09590004, -0.14136830],
    [0.24530530, -0.09120184, -0.14626422],
]
LSTM_OF_TWO = [
    [0.17232119, -0.25050163, 0.21373260],
    [0.17213765, -0.25015789, 0.21351512],
    [0.17138273, -0.24868865, 0.21255592],
]
SET = [
    [0.05779696, 0.02029257, -0.14005676],
    [0.05735454, 0.02074964, -0.14027648],
    [0.05806245, 0.02001780, -0.13992420],
]


def wave(*shape: int, speed: float) -> torch.Tensor:
    numbers = torch.arange(1, math.prod(shape) + 1, dtype=torch.float64)
    return torch.sin(speed * numbers).reshape(shape).float()


def filled(network: nn.Module) -> nn.Module:
    """With weights that need no random numbers. Theirs counts the table of word vectors as the
    first parameter."""
    with torch.no_grad():
        for number, parameter in enumerate(network.parameters(), 1):
            parameter.copy_(0.2 * wave(*parameter.shape, speed=0.37 + 0.11 * number))
    return network.eval()


def block(**content):
    start = {"method": "hyperofa", "mode": "reference", "model": "bert", "vectors": "many"}
    return check_choice(AnyGenerator, start | content, "generator")


@pytest.mark.parametrize(("temperature", "loss"), [(0.25, 3.0598981), (0.5, 3.0420907)])
def test_the_loss_is_theirs(temperature: float, loss: float) -> None:
    predicted, wanted = wave(6, 5, speed=0.7), 0.3 * wave(6, 5, speed=1.3) + 0.1
    settings = block(temperature=temperature)
    found = row_loss(
        predicted, wanted, {"embeddings": slice(0, 5)},
        settings.contrastive_share, settings.temperature,
    )  # fmt: skip
    assert float(found) == pytest.approx(loss, rel=1e-6)


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (WordLstm(wave(9, 6, speed=0.9), 3, hidden=4, layers=1, dropout=0.2), LSTM),
        (WordLstm(wave(9, 6, speed=0.9), 3, hidden=4, layers=2, dropout=0.2), LSTM_OF_TWO),
        (WordSetLast(wave(9, 6, speed=0.9), 3, heads=2, layers=2, dropout=0.2), SET),
    ],
)
def test_networks_give_their_rows(network: nn.Module, expected) -> None:
    with torch.no_grad():
        rows = filled(network)(PLACES, PRESENT)
    torch.testing.assert_close(rows, torch.tensor(expected), atol=2e-6, rtol=1e-5)


@pytest.mark.parametrize(
    ("width", "hidden", "layers", "parameters"),
    [(100, 800, 2, 22_125_900), (100, 800, 4, 52_871_500), (400, 1600, 2, 87_412_400)],
)
def test_sizes_are_those_of_table_1(width: int, hidden: int, layers: int, parameters: int) -> None:
    with torch.device("meta"):
        network = WordLstm(torch.zeros(5, 200), width, hidden=hidden, layers=layers, dropout=0.4)
        assert sum(p.numel() for p in network.parameters()) == parameters
        last = WordSetLast(torch.zeros(5, 200), 100, heads=10, layers=28, dropout=0.4)
        assert sum(p.numel() for p in last.parameters()) == 22_615_700


def request_of(world: Planted, words: list[str]) -> Request:
    table = TokenTable(load_tokenizer(world.root / "model"))
    vectors = np.arange(len(words) * WIDTH, dtype=np.float32).reshape(-1, WIDTH)
    evidence = Evidence(multilingual_vectors=VectorSet(words, vectors))
    matrices = read_matrices(load_model(world.root / "model"))
    return Request(table, table, **matrices, evidence=evidence)


def test_rows_are_embeddings_in_their_own_unit(world_of_letters: Planted) -> None:
    request = request_of(world_of_letters, ["eng:a"])
    basis = basis_of(request, None, as_authors=block().follows_authors)
    assert list(basis.parts) == ["embeddings"] and (basis.unit_X == 1).all()
    np.testing.assert_array_equal(basis.multiples_SX, request.embeddings_SD)
    scaled = basis_of(request, None)
    assert list(scaled.parts) == ["embeddings", "bias"] and scaled.unit_X[0] != 1


def test_a_list_has_each_word_once_and_is_cut_after_it_was_shortened(
    world_of_letters: Planted,
) -> None:
    """As in their data set: at most 256 words are what is left of a longer list."""
    request = request_of(world_of_letters, [])
    letters = [text for text in request.source.texts if len(text) == 1]
    token = next(i for i, text in enumerate(request.source.texts) if text == letters[0])
    words = [f"eng:{letters[0]}", *(f"l{n:02}:{letters[0]}" for n in range(40))]
    request = request_of(world_of_letters, words)
    rows_N = np.array([token])
    short = WordReader(request, 10, "reference")
    (whole,) = WordReader(request, 100, "reference").of_tokens(request.source, rows_N)
    assert sorted(whole) == list(range(41)) and len(short.table_RE) == 41
    assert short.of_tokens(request.source, rows_N) == [whole[:10]]
    draw, seen = np.random.default_rng(0), set()
    for _ in range(60):
        (shown,) = short.lesson(rows_N, np.empty(0, np.int64), draw).lists
        assert len(shown) == 10 == len(set(shown))
        seen.update(shown)
    assert seen == set(range(41))
    ours = WordReader(request, 10, "reference")
    assert ours.evidence_digest == short.evidence_digest


def test_batches_are_full_and_go_from_short_lists_to_long_ones() -> None:
    """Their sampler sorts a group of 40 batches, and their loader drops what does not fill one."""
    draw = np.random.default_rng(1)
    lists = [[0] * random.Random(n).randint(1, 30) for n in range(403)]
    batches = batches_of(TokenLesson(np.arange(403), lists), 8, draw, as_authors=True)
    assert [len(batch) for batch in batches] == [8] * 50
    lengths = [len(lists[place]) for batch in batches[:40] for place in batch]
    assert lengths == sorted(lengths)
    few = batches_of(TokenLesson(np.arange(3), lists[:3]), 8, draw, as_authors=True)
    assert [len(batch) for batch in few] == [3]


def test_a_reference_generator_goes_all_the_way(world_of_letters: Planted, tmp_path) -> None:
    settings = block(hidden=8, epochs=2, network_type="lstm")
    metrics = train_generator(settings, world_of_letters.inputs(), tmp_path / "made")
    assert metrics["tokens"]["training"] > 10
    generator = TrainedGenerator.load(tmp_path / "made")
    assert dict(generator.sizes) == {"embeddings": WIDTH}


def test_only_the_reference_is_made_again() -> None:
    assert settings_text(block(), "generator") != settings_text(block(mode="default"), "generator")
    assert block().revision == block(mode="default").revision + 1
    # Once: a second time would make everything with a revision again.
    expected = STAGE_VERSION["generator"] + block().revision
    assert json.loads(settings_text(block(), "generator"))[VERSION_KEY] == expected
