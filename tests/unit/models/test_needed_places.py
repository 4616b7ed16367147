"""The last layer computes fewer places, and what is asked for stays what it was."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from tests.unit.models.test_heads import MASKED, make_model, rows
from torch.utils.flop_counter import FlopCounterMode

from lingraft.models import heads, needed_places
from lingraft.models.heads import ARCHITECTURES, attention_inputs, prediction_loss, states_at
from lingraft.models.layers import transformer_layers

# Not in order: the states come in the order that is asked for.
PLACES = torch.tensor([41, 3, 7, 25])


@pytest.fixture
def everywhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """While it is in use, all layers compute all places."""
    with monkeypatch.context() as patch:
        patch.setattr(needed_places, "may_be_narrowed", lambda layer: False)
        yield patch


def loss_of(model: Any) -> torch.Tensor:
    ids = rows()
    real = torch.ones_like(ids, dtype=torch.bool)
    real[1, 12:] = False
    inputs = attention_inputs(model, real, None)
    return prediction_loss(model, ids, PLACES, ids.flatten()[PLACES], **inputs)


def with_gradients(model: Any) -> list[torch.Tensor]:
    parameters = [p for p in model.parameters() if p.requires_grad]
    loss = loss_of(model)
    gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
    return [loss.detach(), *(g for g in gradients if g is not None)]


def operations(model: Any) -> int:
    with FlopCounterMode(display=False) as counter:
        loss_of(model)
    return counter.get_total_flops()


def all_masked() -> set[str]:
    return {name for name, found in ARCHITECTURES.items() if not found.causal}


def test_all_encoders_that_we_know_are_tried() -> None:
    assert all_masked() - {"camembert"} == set(MASKED)  # CamemBERT's layers are RoBERTa's
    assert all(ARCHITECTURES[name].narrowing for name in all_masked())


@pytest.mark.parametrize("name", sorted(MASKED))
def test_loss_and_gradients_stay(name: str, everywhere: pytest.MonkeyPatch) -> None:
    model = make_model(name).double()
    expected, most = with_gradients(model), operations(model)
    everywhere.undo()
    for ours, theirs in zip(with_gradients(model), expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-11)
    assert operations(model) < most
    assert not any(m._forward_pre_hooks or m._forward_hooks for m in model.modules())


@pytest.mark.parametrize("name", ["bert", "modernbert"])
def test_nothing_is_asked_for(name: str) -> None:
    model, none = make_model(name), PLACES[:0]
    assert states_at(model, rows(), none).shape == (0, 16)
    prediction_loss(model, rows(), none, none).backward()


def dropped(model: Any) -> None:
    transformer_layers(model)[-1].output.dropout.p = 0.1


def compiled(model: Any) -> None:
    transformer_layers(model)[-1].compile(backend="eager")


def compiled_forward(model: Any) -> None:
    layer = transformer_layers(model)[-1]
    layer.forward = torch.compile(layer.forward, backend="eager")


def recomputed(model: Any) -> None:
    model.gradient_checkpointing_enable({"use_reentrant": False})


def in_chunks(model: Any) -> None:
    transformer_layers(model)[-1].chunk_size_feed_forward = 5


@pytest.mark.parametrize("change", [dropped, compiled, compiled_forward, recomputed, in_chunks])
def test_layers_that_would_not_stay_compute_all(
    change: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model("bert")
    change(model)
    seen: list[torch.Tensor] = []
    wide = heads.hidden_states

    def watched(*given: Any, **inputs: Any) -> torch.Tensor:
        seen.append(wide(*given, **inputs))
        return seen[-1]

    monkeypatch.setattr(heads, "hidden_states", watched)
    loss_of(model).backward()
    assert seen[0].shape == (3, 20, 16)


def test_dropout_that_rests_narrows() -> None:
    model = make_model("bert")
    dropped(model)
    layer = transformer_layers(model)[-1]
    assert not needed_places.may_be_narrowed(layer)
    assert needed_places.may_be_narrowed(layer.eval())


def test_hooks_go_where_the_body_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_model("bert")
    last = transformer_layers(model)[-1]

    def fail(*given: Any) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(last.intermediate, "forward", fail)
    with pytest.raises(RuntimeError, match="out of memory"):
        loss_of(model)
    assert not any(m._forward_pre_hooks for m in model.modules())
