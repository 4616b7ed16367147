"""InfoNCE: its numbers against slow formulas and the library, and what it never compares."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from loss_samples import Asked, example, examples_of
from sentence_transformers.sentence_transformer.losses import (
    MatryoshkaLoss,
    MultipleNegativesRankingLoss,
)
from torch import Tensor

from lingraft.encoders.losses.infonce import Hardness, InfoNce
from lingraft.encoders.modules.contrast import Contrastive, ContrastSettings
from lingraft.errors import ConfigError, InputError

Ask = Callable[..., Asked]
BATCH = [0, 2, 3, 5]


def cosine(left: Tensor, right: Tensor) -> float:
    return float(left @ right / (left.norm() * right.norm()))


def cross_entropy(logits: list[float], right: int) -> float:
    return math.log(sum(map(math.exp, logits))) - logits[right]


def slow(columns: list[Tensor], temperature: float, strength: float = 0.0, mode: str = "") -> float:
    """InfoNCE in loops: every document of the batch is a rival, those of `mode` count more."""
    queries, documents = columns[0], columns[1:]
    losses = []
    for row, query in enumerate(queries):
        logits = []
        for column, texts in enumerate(documents):
            for place, text in enumerate(texts):
                own, positive = place == row, place == row and column == 0
                counts = {"in-batch": not own, "hard": own, "all": True}.get(mode, False)
                similar = cosine(query, text)
                extra = strength * similar if counts and not positive else 0.0
                logits.append(similar / temperature + extra)
        losses.append(cross_entropy(logits, row))
    return sum(losses) / len(losses)


def columns_of(asked: Asked, numbers: list[int] = BATCH) -> list[Tensor]:
    count = len(asked.batch(numbers)[0])
    return [asked.vectors(numbers, column) for column in range(count)]


@pytest.mark.parametrize("form", ["pairs", "triples", "definitions"])
def test_it_is_the_cross_entropy_of_the_positive(ask: Ask, form: str) -> None:
    asked, numbers = ask(InfoNce(name="infonce", temperature=0.1), form=form), [0, 2, 4]
    expected = slow(columns_of(asked, numbers), 0.1)
    assert math.isclose(asked.amount(numbers), expected, rel_tol=1e-6)


def test_symmetric_is_the_mean_of_both_directions(ask: Ask) -> None:
    asked = ask(InfoNce(name="infonce", temperature=0.2, symmetric=True), form="pairs")
    left, right = columns_of(asked)
    expected = (slow([left, right], 0.2) + slow([right, left], 0.2)) / 2
    assert math.isclose(asked.amount(BATCH), expected, abs_tol=1e-6)


def test_hard_only_is_the_log_softmax_over_five_scores(ask: Ask) -> None:
    loss = InfoNce(name="infonce", temperature=0.2, negatives="hard-only")
    rows = [[f"w{10 * column + row}" for column in range(6)] for row in range(4)]
    asked = ask(loss, [example(*row) for row in rows], "triples")
    alone = [asked.amount([number]) for number in range(4)]
    assert not loss.compares_examples
    assert math.isclose(asked.amount([0, 1, 2, 3]), sum(alone) / 4, rel_tol=1e-6)
    query, *documents = columns_of(asked, [0])
    scores = torch.tensor([cosine(query[0], document[0]) / 0.2 for document in documents])
    assert len(scores) == 5
    assert math.isclose(alone[0], -scores.log_softmax(0)[0], rel_tol=1e-6)


@pytest.mark.parametrize("mode", ["in-batch", "hard", "all"])
@pytest.mark.parametrize("progress", [0.0, 0.25, 0.5, 1.0])
def test_hardness_adds_its_share_of_the_cosine(ask: Ask, mode: Any, progress: float) -> None:
    hardness = Hardness(mode=mode, start=1.0, end=5.0, ramp=0.5)
    asked = ask(InfoNce(name="infonce", temperature=0.1, hardness=hardness), form="triples")
    asked.loss.advance(torch.nn.Sequential(asked.module), progress)
    strength = {0.0: 1.0, 0.25: 3.0}.get(progress, 5.0)
    expected = slow(columns_of(asked), 0.1, strength, mode)
    assert math.isclose(asked.amount(BATCH), expected, rel_tol=1e-6)


def test_without_strength_hardness_is_infonce_to_the_bit(ask: Ask) -> None:
    plain = ask(InfoNce(name="infonce"), form="triples")
    hard = ask(InfoNce(name="infonce", hardness=Hardness(start=0.0, end=0.0)), form="triples")
    hard.loss.advance(hard.module, 0.7)
    assert torch.equal(plain.value(BATCH), hard.value(BATCH))


def test_the_gradient_share_of_hard_negatives_rises_over_the_stage(ask: Ask) -> None:
    """Planted: each example has a negative near its query, one beside it and one behind it."""
    asked = ask(InfoNce(name="infonce", hardness=Hardness(end=9.0)), form="triples")
    axes = torch.eye(16)
    query, sides = axes[:4], axes[4:8]
    columns = [query, query + 0.3 * sides, query + sides, query + 9 * sides, sides - query]
    shares = []
    for progress in (0.0, 0.3, 0.6, 1.0):
        asked.loss.advance(asked.module, progress)
        vectors = [column.clone().requires_grad_() for column in columns]
        asked.module.compare(vectors, torch.arange(4)).backward()
        # Of the cosines' gradients: a vector's own is divided by its length.
        hard, *easy = [float(v.grad.norm() * v.norm()) for v in vectors[2:]]
        shares.append(hard / (hard + sum(easy)))
    assert shares == sorted(shares)
    assert shares[-1] > shares[0]


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("mode", [None, "in-batch", "hard", "all"])
def test_it_equals_the_library_where_no_text_repeats(ask: Ask, symmetric: bool, mode: Any) -> None:
    hardness = Hardness(mode=mode, start=4.0, end=4.0) if mode else None
    loss = InfoNce(name="infonce", temperature=0.04, symmetric=symmetric, hardness=hardness)
    asked = ask(loss, form="triples")
    loss.advance(asked.module, 0.0)
    back = ("doc_to_query",) if symmetric else ()
    library = MultipleNegativesRankingLoss(
        asked.material.student,
        scale=25.0,
        directions=("query_to_doc", *back),
        partition_mode="per_direction",
        hardness_mode=mode and f"{mode}_negatives".replace("-", "_"),
        hardness_strength=4.0 if mode else 0.0,
    )  # fmt: skip
    expected = library(asked.batch(BATCH)[0], None)
    torch.testing.assert_close(asked.value(BATCH), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("form", ["triples", "translations"])
@pytest.mark.parametrize("mini_batch", [1, 3, 64])
def test_mini_batches_change_neither_loss_nor_gradients(
    ask: Ask, form: str, mini_batch: int
) -> None:
    found = []
    for cached in (None, mini_batch):
        hardness = Hardness(start=2.0, end=2.0)
        loss = InfoNce(name="infonce", symmetric=True, cached=cached, hardness=hardness)
        asked = ask(loss, form=form)
        loss.advance(asked.module, 0.0)
        value = asked.value(BATCH)
        value.backward()
        parameters = asked.material.student.named_parameters()
        gradients = {name: p.grad for name, p in parameters if p.grad is not None}
        found.append((value.detach(), gradients))
    (whole, gradients), (parts, again) = found
    assert math.isclose(whole, parts, abs_tol=1e-6)
    assert gradients.keys() == again.keys()
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, again[name], rtol=1e-4, atol=1e-6)


def test_both_passes_of_mini_batches_compute_in_the_same_precision(ask: Ask) -> None:
    asked = ask(InfoNce(name="infonce", cached=2), form="pairs")
    seen = []
    first = asked.material.student[0].model.encoder.layer[0]
    first.register_forward_hook(lambda *_: seen.append(torch.is_autocast_enabled("cpu")))
    for enabled in (True, False):
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            value = asked.value(BATCH)
        value.backward()
    assert seen == [True] * 8 + [False] * 8


@pytest.mark.parametrize("form", ["triples", "translations"])
def test_mini_batches_can_be_cut_to_fewer_dimensions(ask: Ask, form: str) -> None:
    found = []
    for cached in (None, 2):
        asked = ask(InfoNce(name="infonce", symmetric=True, cached=cached), form=form)
        student = asked.material.student
        value = MatryoshkaLoss(student, asked.module, [16, 5])(*asked.batch(BATCH))
        value.backward()
        found.append((value.detach(), student[0].model.embeddings.LayerNorm.weight.grad))
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-5)


def compared(vectors: list[Tensor], form: str, part: slice) -> tuple[Tensor, list[Tensor]]:
    """Loss and gradients of a part of four examples."""
    queries = vectors[0] if form == "translations" else None
    texts_NC = torch.arange(4 * len(vectors)).reshape(4, -1)
    module = Contrastive(None, texts_NC, ContrastSettings(0.1, symmetric=True), queries)
    embedded = vectors if queries is None else vectors[1:]
    own = [v[part].clone().requires_grad_() for v in embedded]
    loss = module.compare(own, torch.arange(4)[part])
    loss.backward()
    return loss.detach(), [v.grad for v in own]


def compare_half(rank: int, place: str, vectors: list[Tensor], form: str) -> None:
    """One of two processes."""
    dist.init_process_group("gloo", init_method=f"file://{place}", rank=rank, world_size=2)
    torch.save(compared(vectors, form, slice(2 * rank, 2 * rank + 2)), f"{place}-{rank}")
    dist.destroy_process_group()


@pytest.mark.parametrize("form", ["triples", "translations"])
def test_two_processes_compare_what_one_does(tmp_path: Path, form: str) -> None:
    """The mean over processes of losses and of gradients is that of the whole batch."""
    torch.manual_seed(0)
    vectors = [torch.randn(4, 6) for _ in range(3 if form == "triples" else 2)]
    loss, gradients = compared(vectors, form, slice(0, 4))
    place = str(tmp_path / "meeting")
    torch.multiprocessing.spawn(compare_half, (place, vectors, form), nprocs=2)
    losses, halves = zip(*(torch.load(f"{place}-{rank}") for rank in range(2)), strict=True)
    torch.testing.assert_close(sum(losses) / 2, loss)
    for gradient, *parts in zip(gradients, *halves, strict=True):
        torch.testing.assert_close(torch.cat(parts) / 2, gradient)


@pytest.mark.parametrize("symmetric", [False, True])
def test_translations_are_compared_with_the_teachers_vectors(ask: Ask, symmetric: bool) -> None:
    asked = ask(InfoNce(name="infonce", symmetric=symmetric), form="translations")
    (translations,) = columns_of(asked)
    originals = [asked.material.examples[number].texts[0] for number in BATCH]
    given = torch.from_numpy(asked.material.teach(originals))
    expected = slow([given, translations], 0.05)
    if symmetric:
        expected = (expected + slow([translations, given], 0.05)) / 2
    assert math.isclose(asked.amount(BATCH), expected, rel_tol=1e-6)


@pytest.mark.parametrize(
    ("first", "second", "meet"),
    [
        (("w1", "w2"), ("w1", "w3"), 0),  # one query, two answers: nobody is a rival
        (("w1", "w2"), ("w3", "w2"), 0),  # one answer to two queries
        (("w1", "w2"), ("w2", "w1"), 0),  # each query is the other's answer: equal texts
        (("w1", "w2"), ("w3", "w1"), 1),  # the second answer is the first query; it may meet w2
        (("w1", "w2"), ("w3", "w4"), 2),
    ],
)
def test_texts_that_belong_together_are_never_negatives(
    ask: Ask, first: tuple[str, ...], second: tuple[str, ...], meet: int
) -> None:
    """`meet`: how many of the two queries have a rival at all, without which the loss is zero."""
    asked = ask(InfoNce(name="infonce"), [example(*first), example(*second)], "pairs")
    vectors = [v.requires_grad_() for v in columns_of(asked, [0, 1])]
    asked.module.compare(vectors, torch.tensor([0, 1])).backward()
    assert sum(bool(row.norm() > 1e-9) for row in vectors[0].grad) == meet


def test_the_positive_of_a_repeated_query_is_no_negative_among_the_mined_ones(ask: Ask) -> None:
    rows = [("w1", "w2", "w5"), ("w1", "w3", "w6"), ("w4", "w7", "w3")]
    asked = ask(InfoNce(name="infonce"), [example(*row) for row in rows], "triples")
    hidden_QD = asked.module._batch(columns_of(asked, [0, 1, 2]), torch.arange(3)).known_documents(
        torch.arange(3)
    )
    # Documents: w2 w3 w7 w5 w6 w3. Of the query w1, w2 and w3 are right wherever they are.
    assert hidden_QD.int().tolist() == [[1, 1, 0, 0, 0, 1], [1, 1, 0, 0, 0, 1], [0, 0, 1, 0, 0, 0]]


def test_queries_of_equal_positives_do_not_meet_in_the_second_direction(ask: Ask) -> None:
    rows = [("w1", "w2"), ("w3", "w2"), ("w4", "w1")]
    asked = ask(InfoNce(name="infonce"), [example(*row) for row in rows], "pairs")
    batch = asked.module._batch(columns_of(asked, [0, 1, 2]), torch.arange(3))
    known_QB = batch.known_queries(torch.arange(3))
    assert known_QB.int().tolist() == [[1, 1, 0], [1, 1, 0], [1, 0, 1]]


def test_gradients_are_those_of_the_formula(ask: Ask) -> None:
    asked = ask(InfoNce(name="infonce", temperature=0.5, symmetric=True), form="pairs")
    vectors = [v.double().requires_grad_() for v in columns_of(asked)]
    compare = lambda *given: asked.module.compare(given, torch.tensor(BATCH))  # noqa: E731
    assert torch.autograd.gradcheck(compare, vectors)


@pytest.mark.parametrize(
    ("rows", "form", "settings", "message"),
    [
        ([("w1", "w2", "w2")], "triples", {}, "example w1 has its query, its positive or one text"),
        ([("w1", "w2", "w1")], "triples", {}, "among its negatives"),
        ([("w1", "w2", "w3", "w3")], "triples", {}, "one text twice"),
        ([("w1", "w2")], "pairs", {"negatives": "hard-only"}, "has 0 negatives and needs 1"),
        ([("w1", "w2")], "pairs", {}, "1 examples, fewer than 2"),
        ([("w1", " ")], "definitions", {}, "example w1 has an empty text"),
    ],
)
def test_bad_examples_are_refused_in_one_line(
    ask: Ask, rows: list[tuple[str, ...]], form: str, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message) as refusal:
        ask(InfoNce(name="infonce", **settings), [example(*row) for row in rows], form)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"negatives": "hard-only", "symmetric": True}, "symmetric needs the queries"),
        ({"negatives": "hard-only", "hardness": Hardness(mode="in-batch", end=1.0)}, "no effect"),
    ],
)
def test_settings_without_effect_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        InfoNce(name="infonce", **settings)


def test_a_teacher_of_another_width_is_refused(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    import loss_samples

    wide = loss_samples.WIDTH + 1
    asked = ask(InfoNce(name="infonce"), form="translations")
    monkeypatch.setattr(loss_samples, "WIDTH", wide)
    with pytest.raises(ConfigError, match=f"{wide} dimensions, and the student's have 16"):
        asked.loss.prepare(asked.material)


def test_examples_come_in_all_forms() -> None:
    assert {len(each.texts) for each in examples_of("triples")} == {5}
