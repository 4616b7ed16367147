"""RetroMAE and DupMAE: the losses and gradients of the authors' classes, and what they are for."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    BertConfig,
    DistilBertConfig,
    GPT2Config,
    RobertaConfig,
    XLMRobertaConfig,
)

from lingraft.models.enhanced_decoder import add_decoder, rebuild
from lingraft.models.factorized import factorize_model
from lingraft.models.future_heads import add_future_heads, future_heads
from lingraft.models.heads import hidden_states, last_layer
from lingraft.training.batches import Batch
from lingraft.training.objectives import FutureTokens, Rebuilding, to_tensors

GOLDEN = Path(__file__).parents[2] / "golden" / "retromae"
NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
SIZE = {"vocab_size": 60, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 24, "max_position_embeddings": 20, **NO_DROPOUT}  # fmt: skip
CONFIGS = {
    "bert": BertConfig(**SIZE),
    "roberta": RobertaConfig(**SIZE),
    "xlm-roberta": XLMRobertaConfig(**SIZE),
    "distilbert": DistilBertConfig(
        vocab_size=60, dim=16, n_layers=2, n_heads=2, hidden_dim=24, dropout=0.0,
        attention_dropout=0.0, max_position_embeddings=20,
    ),
}  # fmt: skip
OURS = {  # the authors' names of the extra layer's parts, and ours
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "attended",
    "attention.output.LayerNorm": "attended_norm",
    "intermediate.dense": "inner",
    "output.dense": "outer",
    "output.LayerNorm": "outer_norm",
}


def make_model(kind: str = "bert", factorized: bool = False) -> Any:
    torch.manual_seed(3)
    model = AutoModelForMaskedLM.from_config(CONFIGS[kind])
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    if factorized:
        model = factorize_model(model, torch.randn(60, 5).numpy(), torch.randn(5, 16).numpy())
    add_decoder(model, 1)
    return model.train()


def golden() -> tuple[Any, Batch]:
    """The model and the batch of the golden numbers."""
    arrays = np.load(GOLDEN / "arrays.npz")
    model = AutoModelForMaskedLM.from_config(BertConfig(**{**SIZE, "max_position_embeddings": 16}))
    add_decoder(model, 0)
    given = {our_name(key[2:]): arrays[key] for key in arrays.files if key.startswith("w:")}
    parameters = dict(model.named_parameters())
    assert set(given) == set(parameters)
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(torch.from_numpy(given[name]))
    ids, visible = arrays["ids"], arrays["visible"].copy()
    positions = np.flatnonzero(arrays["labels"] >= 0)
    # The authors show the first place and padding nothing; neither is rebuilt.
    visible[:, :, 0] = True
    rebuilt = np.flatnonzero(arrays["real"] & (ids > 4))
    batch = Batch(
        arrays["hidden"], positions, ids.ravel()[positions], arrays["real"],
        originals_NL=ids, visible_NLL=visible, rebuilt_R=rebuilt,
    )  # fmt: skip
    return model.train(), batch


def our_name(name: str) -> str:
    """Our name of a parameter of the authors' classes."""
    name = name.removeprefix("lm.")
    if not name.startswith("c_head."):
        return name
    part, _, kind = name.removeprefix("c_head.").rpartition(".")
    return f"enhanced_decoder.{OURS[part]}.{kind}"


def mean_loss(model: Any, batch: Batch, weight: float = 0.0) -> Tensor:
    objective = Rebuilding(model, weight)
    counts = batch.counts
    nats: Tensor = objective(**to_tensors(batch, "cpu"), **objective.shares(counts))
    return nats / counts.predictions


@pytest.mark.parametrize(("name", "weight"), [("retromae", 0.0), ("dupmae", 0.1)])
def test_losses_and_gradients_of_the_authors_classes(name: str, weight: float) -> None:
    expected = json.loads((GOLDEN / "losses.json").read_text())[name]
    model, batch = golden()
    loss = mean_loss(model, batch, weight)
    assert loss.item() == pytest.approx(expected["total"], abs=2e-5)
    masked = Rebuilding(model)(
        *(torch.from_numpy(a) for a in (batch.ids_NL, batch.positions_P, batch.targets_P)),
        torch.from_numpy(batch.real_NL),
    )
    assert masked.item() / batch.counts.predictions == pytest.approx(expected["masked"], abs=1e-5)
    loss.backward()
    norms = {our_name(key): norm for key, norm in expected["gradient_norms"].items()}
    for key, parameter in model.named_parameters():
        assert parameter.grad.norm().item() == pytest.approx(norms[key], rel=1e-4, abs=1e-5), key


def test_the_decoder_learns_from_the_first_token_alone() -> None:
    model, batch = golden()
    tensors = to_tensors(batch, "cpu")
    hidden = hidden_states(
        model, tensors["ids_NL"], attention_mask=tensors["real_NL"].long()
    ).detach()
    hidden.requires_grad_()
    states = rebuild(
        model, hidden[:, 0], tensors["originals_NL"], tensors["visible_NLL"], embedded=False
    )
    states.flatten(0, 1)[tensors["rebuilt_R"]].square().sum().backward()
    assert (hidden.grad[:, 0].abs().sum(1) > 0).all()
    assert not hidden.grad[:, 1:].any()


@pytest.mark.parametrize("factorized", [False, True])
@pytest.mark.parametrize("embedded", [False, True])
@pytest.mark.parametrize("kind", sorted(CONFIGS))
def test_no_token_sees_itself(kind: str, embedded: bool, factorized: bool) -> None:
    model = make_model(kind, factorized)
    ids = torch.randint(5, 60, (2, 9), generator=torch.Generator().manual_seed(4))
    visible = ~torch.eye(9, dtype=torch.bool).repeat(2, 1, 1)
    visible[:, :, 0] = True
    first = torch.randn(2, 16)
    changed = ids.clone()
    changed[:, 5] = (ids[:, 5] + 1) % 55 + 5
    before, after = (
        rebuild(model, first, rows, visible, embedded=embedded) for rows in (ids, changed)
    )
    assert torch.equal(before[:, 5], after[:, 5])
    others = [place for place in range(9) if place != 5]
    assert ((before - after)[:, others].abs().amax(2) > 1e-6).all()


@pytest.mark.parametrize("factorized", [False, True])
@pytest.mark.parametrize("kind", sorted(CONFIGS))
def test_the_loss_is_its_three_parts(kind: str, factorized: bool) -> None:
    """Written with the model's own logits; padding, and a token that is there twice."""
    model = make_model(kind, factorized)
    ids = np.array([[2, 7, 7, 9, 30, 3], [2, 8, 11, 3, 1, 1]])
    real = ids != 1
    hidden = ids.copy()
    hidden[[0, 1], [2, 1]] = 4
    positions, rebuilt = np.array([2, 7]), np.flatnonzero(ids > 4)
    visible = np.ones((2, 6, 6), bool) & real[:, None]
    visible[:, np.arange(6), np.arange(6)] = False
    visible[:, :, 0] = True
    batch = Batch(hidden, positions, ids.ravel()[positions], real, None, ids, visible, rebuilt)
    found = mean_loss(model, batch, 0.1)

    output = model(
        input_ids=torch.from_numpy(hidden), attention_mask=torch.from_numpy(real).long()
    ).logits
    cross_entropy = torch.nn.functional.cross_entropy
    masked = cross_entropy(
        output.flatten(0, 1)[positions], torch.from_numpy(ids.ravel()[positions])
    )
    states = hidden_states(
        model, torch.from_numpy(hidden), attention_mask=torch.from_numpy(real).long()
    )
    decoded = rebuild(
        model, states[:, 0], torch.from_numpy(ids), torch.from_numpy(visible), embedded=True
    )
    inputs, weight, bias = last_layer(model, decoded.flatten(0, 1)[rebuilt])
    logits = torch.nn.functional.linear(inputs, weight, bias)
    rebuilding = cross_entropy(logits, torch.from_numpy(ids.ravel()[rebuilt]))
    bags = torch.zeros(2, 60)
    bags[0, [7, 9, 30]] = torch.tensor([0.5, 0.25, 0.25])
    bags[1, [8, 11]] = 0.5
    pooled = output[:, 1:].masked_fill(~torch.from_numpy(real)[:, 1:, None], -1e4).amax(1)
    expected = masked + rebuilding + 0.1 * cross_entropy(pooled, bags)
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)

    parameters = list(model.parameters())
    ours = torch.autograd.grad(found, parameters, allow_unused=True)
    plain = torch.autograd.grad(expected, parameters, allow_unused=True)
    for mine, reference in zip(ours, plain, strict=True):
        torch.testing.assert_close(mine, reference, rtol=1e-3, atol=1e-5)


def test_a_step_in_parts_has_the_loss_of_the_whole() -> None:
    model, batch = golden()
    whole = mean_loss(model, batch, 0.1)
    objective = Rebuilding(model, 0.1)
    shares = objective.shares(batch.counts)
    parts = [
        objective(**to_tensors(part_of(batch, rows), "cpu"), **shares) for rows in ([0, 1], [2])
    ]
    assert sum(parts).item() / batch.counts.predictions == pytest.approx(whole.item(), rel=1e-6)


def part_of(batch: Batch, rows: list[int]) -> Batch:
    """Some neighboring rows of a batch."""
    length, first = batch.ids_NL.shape[1], rows[0]
    chosen = [np.isin(places // length, rows) for places in (batch.positions_P, batch.rebuilt_R)]
    return Batch(
        batch.ids_NL[rows], batch.positions_P[chosen[0]] - first * length,
        batch.targets_P[chosen[0]], batch.real_NL[rows], None, batch.originals_NL[rows],
        batch.visible_NLL[rows], batch.rebuilt_R[chosen[1]] - first * length,
    )  # fmt: skip


def test_further_tokens_of_the_same_document_are_predicted() -> None:
    """Against a loop over places: a document's end is never looked across, nor a row's."""
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_config(
        GPT2Config(vocab_size=20, n_embd=8, n_layer=1, n_head=2, n_positions=16)
    ).eval()
    add_future_heads(model, 3)
    for head in future_heads(model):
        torch.nn.init.normal_(head.weight)  # type: ignore[arg-type]
    ids_NL = torch.randint(20, (3, 7))
    documents = [[0, 0, 0, 0, 1, 1, 1], [0, 0, 1, 2, 2, 2, 2], [3, 3, 3, 3, 3, 3, 3]]
    same = [[a == b for a, b in zip(row, [*row[1:], -1], strict=True)] for row in documents]
    positions_P = torch.tensor(same).flatten().nonzero().squeeze(1)
    targets_P = ids_NL.flatten()[positions_P + 1]
    objective = FutureTokens(model)
    nats = objective(ids_NL, positions_P, targets_P)

    expected = torch.zeros(())
    hidden_NLH = model.transformer(ids_NL)[0]
    for ahead, head in enumerate([model.lm_head, *future_heads(model)], 1):
        for row, numbers in enumerate(documents):
            for place in range(7 - ahead):
                if numbers[place] == numbers[place + ahead]:
                    logits_V = head(hidden_NLH[row, place])
                    expected -= logits_V.log_softmax(0)[ids_NL[row, place + ahead]]
    assert nats.item() == pytest.approx(expected.item(), rel=1e-5)
    alone_P = objective(ids_NL, positions_P, targets_P, apart=True)  # as in evaluation
    assert len(alone_P) == len(positions_P)
