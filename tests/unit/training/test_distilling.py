"""The losses between a model and its teacher, against loops over spans in float64."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    BertConfig,
    Gemma2Config,
    GPT2Config,
    LlamaConfig,
)

from lingraft.config.distillation import DistillationLoss, SourceDistillation
from lingraft.corpus.token_files import Specials
from lingraft.models.layers import transformer_layers
from lingraft.training.batches import BatchCounts
from lingraft.training.distilling import Distilling, FirstRows
from lingraft.training.objectives import LanguageModeling, to_tensors
from lingraft.training.snippets import Frame, PairedBatch, Snippet, Snippets

OWN, TEACHERS, LAYERS = 30, 20, 4
CONFIGS: dict[str, Any] = {
    "llama": lambda size: LlamaConfig(
        vocab_size=size, hidden_size=16, num_hidden_layers=LAYERS, num_attention_heads=2,
        num_key_value_heads=1, intermediate_size=24, tie_word_embeddings=True,
    ),
    "gemma2": lambda size: Gemma2Config(
        vocab_size=size, hidden_size=16, num_hidden_layers=LAYERS, num_attention_heads=2,
        num_key_value_heads=1, head_dim=8, intermediate_size=24, pad_token_id=0,
        final_logit_softcapping=1.0, attn_implementation="eager",
    ),
    "gpt2": lambda size: GPT2Config(
        vocab_size=size, n_embd=16, n_layer=LAYERS, n_head=2, n_positions=32
    ),
    "bert": lambda size: BertConfig(
        vocab_size=size, hidden_size=16, num_hidden_layers=LAYERS, num_attention_heads=2,
        intermediate_size=24, max_position_embeddings=32,
    ),
}  # fmt: skip
PROJECTIONS = {
    "llama": "self_attn.o_proj",
    "gemma2": "self_attn.o_proj",
    "gpt2": "attn.c_proj",
    "bert": "attention.output.dense",
}
ROWS = [
    ([7, 8, 9, 10], [5, 6, 7, 8, 9, 10], [[1, 2], [2, 3], [4, 6]]),
    ([11, 12], [11, 12, 13], [[1, 1], [2, 3]]),
    ([13, 14, 15], [14, 15], [[1, 1], [3, 2]]),
]


def make(kind: str, size: int, seed: int) -> Any:
    torch.manual_seed(seed)
    auto = AutoModelForMaskedLM if kind == "bert" else AutoModelForCausalLM
    model = auto.from_config(CONFIGS[kind](size))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model.double()


def make_data(kind: str) -> Snippets:
    around: dict[str, Any] = {"prefix": (1,), "suffix": (2,)} if kind == "bert" else {}
    frames = tuple(
        Frame(Specials(size, separator=3, pad=0, **around), 12) for size in (OWN, TEACHERS)
    )
    rows = [Snippet(*(np.array(part, np.int64) for part in row)) for row in ROWS]
    return Snippets(rows, frames, 1)  # type: ignore[arg-type]


def objective(kind: str, **settings: Any) -> Distilling:
    teacher = make(kind, TEACHERS, 2)
    return Distilling(make(kind, OWN, 1), teacher, SourceDistillation(**settings)).train()


def loss_of(made: Distilling, batch: PairedBatch) -> Tensor:
    return made(**to_tensors(batch, "cpu"))


def rows_of(kind: str, data: Snippets, number: int) -> tuple[list[int], list[int], int]:
    """Both rows as they are read, and the number of tokens in front of them."""
    own, teachers, _ = (part.tolist() for part in data.rows[number])
    return ([1, *own, 2], [1, *teachers, 2], 1) if kind == "bert" else (own, teachers, 0)


def states(kind: str, model: Any, ids: list[int]) -> tuple[Tensor, list[Tensor]]:
    """The last hidden states, and the inputs of the projections of the attention by layer."""
    found: list[Tensor] = []
    handles = [
        layer.get_submodule(PROJECTIONS[kind]).register_forward_pre_hook(
            lambda _, inputs: found.append(inputs[0][0])
        )
        for layer in transformer_layers(model)
    ]
    hidden_LH = model.eval().base_model(torch.tensor([ids]))[0][0]
    for handle in handles:
        handle.remove()
    return hidden_LH, found


@torch.no_grad()
def searched(kind: str, made: Distilling, data: Snippets, loss: str, pooling: str) -> float:
    """The loss by a loop over rows, spans and layers, without padding."""
    total = 0.0
    teacher = made._unlisted[0]
    for number in range(len(ROWS)):
        own, teachers, front = rows_of(kind, data, number)
        (hidden_LH, attended), (other_MH, others) = (
            states(kind, made.model, own), states(kind, teacher, teachers)
        )  # fmt: skip
        begin = np.zeros(2, int)
        for end in data.rows[number].ends_K2:
            (a, b), (c, d) = begin + front, end + front
            begin = end
            if loss in ("hidden", "attention"):
                pairs = [(hidden_LH, other_MH)]
                if loss == "attention":
                    pairs = list(zip(attended, others, strict=True))[:2]
                for one, other in pairs:
                    means = one[a:c].mean(0), other[b:d].mean(0)
                    x, y = (one[c - 1], other[d - 1]) if pooling == "last" else means
                    total += float((x - y).square().mean()) / len(pairs)
            elif a > 0:
                p, q = (
                    math.exp(sum(
                        float(model.lm_head(hidden[place - 1]).log_softmax(0)[ids[place]])
                        for place in range(*places)
                    ) / 5.0)
                    for model, hidden, ids, places in (
                        (made.model, hidden_LH, own, (a, c)), (teacher, other_MH, teachers, (b, d))
                    )
                )  # fmt: skip
                total += (
                    -5.0 * math.log(p)
                    if loss == "next-token"
                    else -q * math.log(p) - (1 - q) * math.log(1 - p)
                )
    if loss == "next-token":  # a token inside of a row's first span is predicted too
        for number, (ids, _, ends) in enumerate(ROWS):
            hidden_LH, _ = states(kind, made.model, rows_of(kind, data, number)[0])
            for place in range(1, ends[0][0]):
                total -= float(made.model.lm_head(hidden_LH[place - 1]).log_softmax(0)[ids[place]])
    return total


CASES: list[tuple[str, DistillationLoss, str]] = [
    *[(kind, "hidden", pooling) for kind in CONFIGS for pooling in ("last", "mean")],
    *[(kind, "attention", pooling) for kind in CONFIGS for pooling in ("last", "mean")],
    *[(kind, loss, "last") for kind in ("llama", "gpt2") for loss in ("chunks", "next-token")],
]  # fmt: skip


@pytest.mark.parametrize(("kind", "loss", "pooling"), CASES)
def test_the_loss_is_that_of_a_search(kind: str, loss: str, pooling: str) -> None:
    made = objective(kind, losses={loss: 0.5}, pooling=pooling, depth=0.5, temperature=5.0)
    data = make_data(kind)
    value = loss_of(made, data.batch(np.arange(3)))  # an epoch: every row once
    expected = 0.5 * searched(kind, made, data, loss, pooling)
    # Squared differences and log-probabilities are taken in fp32.
    assert value.item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("kind", ["llama", "bert"])
def test_the_head_is_kept_where_rows_move(kind: str) -> None:
    """The changes of logits by moved rows, against the models' own logits."""
    model = make(kind, OWN, 1)
    new_V = np.arange(OWN) % 3 == 1
    first = FirstRows.of(model, new_V)
    settings = SourceDistillation(losses={"hidden": 1.0, "head": 0.5})
    batch = make_data(kind).batch(np.arange(3))
    made = Distilling(model, make(kind, TEACHERS, 2), settings, first).train()
    alone = Distilling(model, make(kind, TEACHERS, 2), SourceDistillation()).train()
    assert loss_of(made, batch).equal(loss_of(alone, batch))  # nothing has moved
    ids_NL, real_NL = torch.from_numpy(batch.ids_NL), torch.from_numpy(batch.real_NL).long()
    output = model.get_output_embeddings()
    output.weight = torch.nn.Parameter(output.weight.detach().clone())  # the inputs stay
    before_PV = model(ids_NL, attention_mask=real_NL).logits.flatten(0, 1)[batch.positions_P]
    with torch.no_grad():
        output.weight[torch.from_numpy(new_V)] += 0.1 * torch.randn(int(new_V.sum()), 16).double()
    after_PV = model(ids_NL, attention_mask=real_NL).logits.flatten(0, 1)[batch.positions_P]
    expected = 0.5 * (after_PV - before_PV).square().sum()
    found = loss_of(made, batch) - loss_of(alone, batch)
    assert found.item() == pytest.approx(expected.item(), rel=1e-4)
    found.backward()
    assert output.weight.grad is not None
    has_gradient_V = output.weight.grad.abs().sum(1) > 0
    assert has_gradient_V.tolist() == new_V.tolist()


def test_bent_logits_are_those_of_the_model() -> None:
    """Gemma 2 bends its logits by tanh."""
    made = objective("gemma2", losses={"next-token": 1.0})
    batch = make_data("gemma2").batch(np.arange(3))
    logits_NLV = made.model(
        torch.from_numpy(batch.ids_NL), attention_mask=torch.from_numpy(batch.real_NL).long()
    ).logits
    places_P = torch.from_numpy(batch.positions_P[batch.positions_P % batch.ids_NL.shape[1] > 0])
    nats = torch.nn.functional.cross_entropy(
        logits_NLV.flatten(0, 1)[places_P - 1],
        torch.from_numpy(batch.ids_NL).flatten()[places_P],
        reduction="sum",
    )
    assert loss_of(made, batch).item() == pytest.approx(nats.item(), rel=1e-6)


def test_losses_add_up_and_a_step_may_be_divided() -> None:
    losses = {"hidden": 1.0, "attention": 2.0, "chunks": 0.5, "next-token": 0.1}
    data = make_data("llama")
    together = loss_of(objective("llama", losses=losses), data.batch(np.arange(3)))
    parts = [
        loss_of(objective("llama", losses={name: weight}), data.batch(np.arange(first, first + 1)))
        for name, weight in losses.items()
        for first in range(3)
    ]
    assert together.item() == pytest.approx(torch.stack(parts).sum().item(), rel=1e-6)
    assert data.batch(np.arange(3)).counts[:3] == (7, 0, 3)  # spans take the place of predictions


def test_a_teacher_learns_nothing_and_drops_nothing() -> None:
    made = objective("bert")
    batch = make_data("bert").batch(np.arange(3))
    assert loss_of(made, batch).item() == loss_of(made, batch).item()  # 10 % dropout otherwise
    loss_of(made, batch).backward()
    (teacher,) = made._unlisted
    assert not teacher.training
    assert all(p.grad is None and not p.requires_grad for p in teacher.parameters())
    assert {name for name, _ in made.named_parameters()} == {
        f"model.{name}" for name, _ in made.model.named_parameters()
    }


@pytest.mark.parametrize("kind", ["llama", "gpt2", "bert"])
def test_layers_may_be_computed_again(kind: str) -> None:
    """With activation checkpointing the gradients are the same, and nothing is dropped."""
    losses = {"hidden": 1.0, "attention": 1.0}
    batch = make_data(kind).batch(np.arange(3))
    gradients = []
    for again in (False, True):
        made = objective(kind, losses=losses)
        layers = transformer_layers(made.model)
        calls: list[Any] = []  # of a linear layer inside
        linear = layers[1].get_submodule(PROJECTIONS[kind])
        linear.register_forward_hook(lambda *given, calls=calls: calls.append(given[0]))
        if again:
            made.model.gradient_checkpointing_enable({"use_reentrant": False})
        made.train()
        loss_of(made, batch).backward()
        assert len(calls) == (2 if again else 1)
        gradients.append([p.grad for p in made.model.parameters() if p.grad is not None])
        assert not made.eval().model.training
        assert not any(module.training for module in made.modules())
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other)


def test_lower_layers_alone_are_computed() -> None:
    made = objective("llama", losses={"attention": 1.0}, depth=0.5)
    loss_of(made, make_data("llama").batch(np.arange(3))).backward()
    layers = transformer_layers(made.model)
    assert len(layers) == LAYERS
    gradients = [layer.self_attn.v_proj.weight.grad is not None for layer in layers]  # type: ignore[union-attr]
    assert gradients == [True, True, False, False]


def test_equal_models_and_texts_have_no_loss() -> None:
    made = Distilling(
        make("llama", OWN, 1), make("llama", OWN, 1), SourceDistillation(losses={"hidden": 1.0})
    )
    rows = [
        Snippet(np.array(i), np.array(i), np.array([[1, 1], [len(i), len(i)]])) for i, _, _ in ROWS
    ]
    frame = Frame(Specials(OWN, separator=3), 12)
    batch = Snippets(rows, (frame, frame), 1).batch(np.arange(3))
    assert loss_of(made, batch).item() == 0.0


def test_a_loss_without_a_teacher_needs_none() -> None:
    settings = SourceDistillation(losses={"next-token": 1.0})
    batch = make_data("llama").batch(np.arange(3))
    alone = loss_of(Distilling(make("llama", OWN, 1), None, settings), batch)
    assert alone.equal(loss_of(objective("llama", losses={"next-token": 1.0}), batch))


@pytest.mark.parametrize(
    "losses",
    [
        {"hidden": 1.0},
        {"attention": 1.0},
        {"next-token": 1.0},
        {"hidden": 1.0, "next-token": 1.0},
        {"chunks": 1.0},
    ],
)
def test_the_work_is_that_of_a_counter(losses: dict[DistillationLoss, float]) -> None:
    """Against PyTorch's own count of the operations of a step."""
    made = objective("llama", losses=losses, depth=0.5)
    for name, parameter in made.model.named_parameters():
        parameter.requires_grad_("embed" in name)
    data = make_data("llama")
    batches = [data.batch(np.array([number])) for number in range(3)]  # without padding
    counts = BatchCounts(*map(sum, zip(*(batch.counts for batch in batches), strict=True)))
    with FlopCounterMode(display=False) as counter:
        for batch in batches:
            loss_of(made, batch).backward()
    assert made.work(counts) == pytest.approx(counter.get_total_flops(), rel=0.25)


def test_evaluations_are_those_of_the_model() -> None:
    made = objective("llama")
    ids_NL = torch.arange(12).view(2, 6)
    places_P = torch.tensor([0, 3, 8])
    arguments = ids_NL, places_P, ids_NL.flatten()[places_P + 1]
    plain = LanguageModeling(made.model)
    assert made(*arguments, apart=True).equal(plain(*arguments, apart=True))
