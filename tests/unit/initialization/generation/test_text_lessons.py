"""Lessons on text: the frozen model under the rows of any vocabulary, and what learns from it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.initialization.architecture_samples import SIZES
from tests.unit.initialization.generation.conftest import SMALL, TEXT, Planted
from transformers import BertConfig, BertForMaskedLM, LlamaConfig, LlamaForCausalLM

from lingraft.config.checking import check_choice
from lingraft.errors import ConfigError, InputError
from lingraft.initialization.generation.frozen import FrozenModel
from lingraft.initialization.generation.sampled_vocabulary import sample_vocabulary
from lingraft.initialization.generation.split import split_tokens_of
from lingraft.initialization.generation.teaching import TextSource
from lingraft.initialization.generation.text_lessons import distance_to_rows, spans
from lingraft.initialization.generation.windows import SpecialRows, windows_of
from lingraft.initialization.generators import AnyGenerator
from lingraft.initialization.installing.install import read_matrices
from lingraft.initialization.networks.basis import basis_of
from lingraft.initialization.request import Request
from lingraft.models.loading import load_model
from lingraft.models.scoring.losses import WindowBatch, token_losses
from lingraft.models.scoring.windows import IGNORED
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.token_table import TokenTable

LETTERS = st.text(alphabet="abcde ", min_size=1, max_size=40)


class Taught:
    """A generator of the planted model with a course of text."""

    def __init__(self, world: Planted, **text) -> None:
        content = {"method": "hypernetwork", "model": "bert", **SMALL["hypernetwork"]}
        content |= {"epochs": 0, "language_model": TEXT | text}
        self.settings = check_choice(AnyGenerator, content, "generator")
        self.model = load_model(world.root / "model")
        table = TokenTable(load_tokenizer(world.root / "model"))
        self.request = Request(table, table, **read_matrices(self.model))
        self.basis = basis_of(self.request, None)
        reader = self.settings.reader(self.request, self.basis)
        split = split_tokens_of(self.request, self.request.candidate_ids, 0.1, 0)
        source = TextSource(self.settings.language_model, world.inputs())
        self.learned = source.beside(self.settings, reader, self.basis, split, self.model)
        torch.manual_seed(0)
        self.network = self.settings.network(reader, self.basis)


def test_the_gradient_reaches_the_generator_alone(world_of_letters: Planted) -> None:
    """The source model keeps every bit, while the loss of a lesson falls."""
    taught = Taught(world_of_letters, dropped=0.5)
    before = {name: value.clone() for name, value in taught.model.state_dict().items()}
    lesson = taught.learned.course.lesson(0)
    optimizer = torch.optim.Adam(taught.network.parameters(), lr=1e-2)
    losses = []
    for _ in range(25):
        loss = lesson.loss(taught.network, 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.9 * losses[0]
    assert all(p.grad is not None and p.grad.any() for p in taught.network.parameters())
    assert all(p.grad is None for p in taught.model.parameters())
    for name, value in taught.model.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_a_token_of_one_piece_keeps_the_row_of_this_piece(world_of_letters: Planted) -> None:
    """Bit for bit, whatever the generator has learned; and no lesson begins with other rows than
    FVT's."""
    taught = Taught(world_of_letters, dropped=0.0)
    lesson = taught.learned.course.lesson(0)
    rows_VX = lesson.rows(lesson.made(taught.network.eval()))
    torch.nn.init.normal_(taught.network.last.weight)
    other_VX = lesson.rows(lesson.made(taught.network.eval()))
    is_same_V = (rows_VX == other_VX).all(dim=1)
    assert 5 < int(is_same_V.sum()) < len(is_same_V)
    source = {row.tobytes() for row in taught.basis.rows_SX}
    assert all(row.numpy().tobytes() in source for row in rows_VX.detach()[is_same_V])


def test_the_identity_tokenizer_gives_the_source_model(world_of_letters: Planted) -> None:
    """With the source's own vocabulary and a trained generator's rows, losses are the model's."""
    taught = Taught(world_of_letters)
    torch.nn.init.normal_(taught.network.last.weight)
    reader = taught.settings.reader(taught.request, taught.basis)
    everything = taught.request.candidate_ids
    lists = reader.of_tokens(taught.request.source, everything)
    # A token inside of a word is read as the word-initial one of its letters (WordPiece).
    begins = taught.request.source.word_start_T[everything]
    one_piece = [i for i, each in enumerate(lists) if len(each) == 1 and begins[i]]
    assert len(one_piece) == sum(begins & ~taught.request.source.special_T[everything])
    assert all(lists[i][0] == everything[i] for i in one_piece)
    places = torch.tensor([[lists[i][0]] for i in one_piece])
    made = taught.network(places, torch.ones_like(places, dtype=torch.bool)).detach()
    rows_SX = torch.from_numpy(taught.basis.rows_SX).clone()
    rows_SX[everything[one_piece]] = made * torch.from_numpy(taught.basis.unit_X)
    np.testing.assert_allclose(rows_SX, taught.basis.rows_SX, rtol=1e-6)
    ids = torch.tensor([[5, 9, 12, 20, 31, 6]])
    labels = [IGNORED, 9, IGNORED, 20, 31, IGNORED]
    window = WindowBatch(
        ids, torch.ones_like(ids, dtype=torch.bool), torch.zeros(3), torch.tensor([1, 3, 4]),
        torch.tensor([label for label in labels if label != IGNORED]),
    )  # fmt: skip
    parts = {name: rows_SX[:, part] for name, part in taught.basis.parts.items()}
    ours = FrozenModel(taught.model, 0.0).losses(parts, window)
    theirs = token_losses(taught.model, ids, window.places_P, window.labels_P)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_untied_decoders_are_read_through_both_matrices(world_of_letters: Planted) -> None:
    torch.manual_seed(1)
    model = LlamaForCausalLM(LlamaConfig(**SIZES, tie_word_embeddings=False)).eval()
    inputs = torch.randn(9, 16, requires_grad=True)
    outputs = torch.randn(9, 16, requires_grad=True)
    ids = torch.tensor([[3, 8, 2, 4]])
    batch = WindowBatch(
        ids, torch.ones_like(ids, dtype=torch.bool), torch.zeros(2), torch.tensor([0, 2]),
        torch.tensor([8, 4]),
    )  # fmt: skip
    frozen = FrozenModel(model, 0.0)
    losses_P = frozen.losses({"embeddings": inputs, "output": outputs}, batch)
    hidden = model.model(inputs_embeds=inputs[ids])[0][0, [0, 2]]
    expected = torch.nn.functional.cross_entropy(
        hidden @ outputs.T, batch.labels_P, reduction="none"
    )
    torch.testing.assert_close(losses_P, expected, rtol=1e-4, atol=1e-5)
    losses_P.sum().backward()
    assert inputs.grad.any() and outputs.grad.any()


def test_a_model_with_further_tables_is_refused() -> None:
    class Model(BertForMaskedLM):
        def __init__(self, config) -> None:
            super().__init__(config)
            self.more = torch.nn.Parameter(torch.zeros(config.vocab_size, 3))

    model = Model(BertConfig(**{k: v for k, v in SIZES.items() if not k.endswith("token_id")}))
    with pytest.raises(InputError, match="leave out `language_model`"):
        FrozenModel(model, 0.0)


def test_special_tokens_stand_first_and_padding_where_it_was() -> None:
    masked = SpecialRows(before=(0,), after=(2,), mask=4, pad=1, longest=8)
    assert masked.order(3) == [0, 1, 2, 4, -1, -1, -1]
    assert masked.places(3).tolist() == [4, 5, 6]
    assert masked.rows([10, 11, 12]).tolist() == [0, 1, 2, 4, 10, 11, 12]
    beyond = SpecialRows(before=(50,), after=(), mask=None, pad=50, longest=8)
    assert beyond.order(2) == [-1, -1, 50] and beyond.places(2).tolist() == [0, 1]


@given(st.lists(st.lists(st.integers(0, 5), max_size=9), max_size=5), st.integers(4, 12))
def test_windows_have_all_of_the_text(ids: list[list[int]], length: int) -> None:
    """Of a causal model each piece is predicted once; of a masked one all stand in windows."""
    flat = [number for each in ids for number in each]
    causal = SpecialRows(before=(0,), after=(), mask=None, pad=0, longest=99)
    windows = windows_of(ids, causal, 6, length, seed=1)
    labels = [label for window in windows for label in window.labels if label != IGNORED]
    assert labels == causal.places(6)[flat].tolist()
    masked = SpecialRows(before=(0,), after=(2,), mask=4, pad=1, longest=99)
    hidden = windows_of(ids, masked, 6, length, seed=1)
    assert bool(hidden) == bool(flat)
    for window in hidden:
        assert window.inputs[0] == 0 and window.inputs[-1] == 2 and len(window.inputs) <= length
        assert window.predictions


def test_equal_seeds_give_equal_vocabularies_and_noise_changes_them() -> None:
    texts = ["nyumba kubwa ya mti", "mti mkubwa na nyumba", "watu wa nyumba na mti"] * 3
    made = [
        sample_vocabulary(texts, 60, noise, np.random.default_rng(seed))
        for noise, seed in ((0.5, 1), (0.5, 1), (0.5, 2), (0.0, 1), (0.0, 2))
    ]
    assert made[0] == made[1] and made[0] != made[2] and made[3] == made[4]
    assert {piece for piece, _ in made[0].pieces} >= set("nyumbaktiw▁")
    assert " nyumba" in made[3].texts


@given(st.lists(LETTERS, min_size=1, max_size=6), st.integers(0, 5))
def test_a_vocabulary_writes_its_own_text(texts: list[str], seed: int) -> None:
    if not "".join(texts).strip():
        return
    vocabulary = sample_vocabulary(texts, 1000, 1.0, np.random.default_rng(seed))
    for text, numbers in zip(texts, vocabulary.cut(texts), strict=True):
        words = " ".join(text.split())
        written = "".join(vocabulary.texts[number] for number in numbers)
        assert written == (" " + words if words else "")


def test_the_distance_is_that_of_zett() -> None:
    draw = np.random.default_rng(0)
    made, true = draw.normal(size=(5, 7)), draw.normal(size=(5, 7))
    parts = {"embeddings": slice(0, 3), "output": slice(3, 6), "bias": slice(6, 7)}
    expected = np.mean([
        np.mean([np.sum((made[i, p] - true[i, p]) ** 2) for i in range(5)])
        / np.mean([np.sqrt(np.sum(true[i, p] ** 2)) for i in range(5)])
        for p in (parts["embeddings"], parts["output"])
    ])  # fmt: skip
    found = distance_to_rows(torch.tensor(made), torch.tensor(true), parts)
    assert float(found) == pytest.approx(expected)
    assert float(distance_to_rows(torch.zeros(0, 7), torch.zeros(0, 7), parts)) == 0.0


def test_spans_are_parts_of_documents() -> None:
    texts = ["a" * 1500, "b" * 400, "c" * 10]
    found = spans(texts, 600, np.random.default_rng(0))
    assert sum(map(len, found)) == 600 and all(any(f in text for text in texts) for f in found)
    assert sorted(map(len, spans(texts, 10**6, np.random.default_rng(0)))) == [10, 400, 1000]


def test_text_that_gives_no_window_is_answered(world_of_letters: Planted) -> None:
    taught = Taught(world_of_letters).learned.course.taught
    silent = replace(taught, texts=[["\U0001f600"]])
    with pytest.raises(InputError, match=r"`language_model.corpora` have no text"):
        from lingraft.initialization.generation.text_lessons import TextCourse

        TextCourse(silent).lesson(0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"epochs": 0}, "epochs: 0 would learn nothing"),
        ({"width": 4, "language_model": TEXT}, "language_model needs full rows"),
        ({"language_model": TEXT | {"corpora": []}}, "corpora"),
    ],
)
def test_mistakes_are_answered(content, said) -> None:
    with pytest.raises(ConfigError, match=said):
        check_choice(AnyGenerator, {"method": "hypernetwork", "model": "m", **content}, "generator")
