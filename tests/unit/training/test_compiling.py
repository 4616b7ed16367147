"""Which layers are compiled, where, and how."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn
from transformers import AlbertConfig, AlbertForMaskedLM, BertConfig, BertForMaskedLM

from lingraft.training import compiling

SMALL = {
    "vocab_size": 16, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 1,
    "intermediate_size": 8, "embedding_size": 8,
}  # fmt: skip


@pytest.fixture
def compiled(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[list[tuple[nn.Module, dict[str, Any]]]]:
    """What is compiled, without compiling it."""
    found: list[tuple[nn.Module, dict[str, Any]]] = []
    monkeypatch.setattr(nn.Module, "compile", lambda self, **how: found.append((self, how)))
    with torch._dynamo.config.patch(recompile_limit=8, suppress_errors=False):
        yield found


def test_each_layer_is_compiled_by_itself(
    compiled: list[tuple[nn.Module, dict[str, Any]]],
) -> None:
    model = BertForMaskedLM(BertConfig(**SMALL))
    compiling.compile_layers(model)
    assert [module for module, _ in compiled] == list(model.bert.encoder.layer)
    # A kernel that was chosen by its time may add in another order after a restart.
    assert all(how == {"options": {"deterministic": True}} for _, how in compiled)


def test_a_model_without_a_list_of_layers_is_compiled_as_a_whole(
    compiled: list[tuple[nn.Module, dict[str, Any]]],
) -> None:
    model = AlbertForMaskedLM(AlbertConfig(**SMALL))
    compiling.compile_layers(model)
    assert [module for module, _ in compiled] == [model.base_model]


@pytest.mark.parametrize(
    ("device", "is_observed", "zero_stage", "expected"),
    [
        ("cuda", False, 0, True),
        ("cuda", False, 2, True),
        ("cuda", False, 3, False),
        ("cuda", True, 0, False),
        ("cpu", False, 0, False),
    ],
)
def test_where_nobody_says_so(
    monkeypatch: pytest.MonkeyPatch,
    device: str,
    is_observed: bool,
    zero_stage: int,
    expected: bool,
) -> None:
    monkeypatch.setattr(compiling, "runs_kernels", lambda device: device.type == "cuda")
    found = compiling.compiles_by_default(torch.device(device), is_observed, zero_stage)
    assert found is expected


def test_what_layers_compute_is_compiled_without_the_hooks_around_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[tuple[Any, dict[str, Any]]] = []

    def compile_(function: Any, **how: Any) -> Any:
        made.append((function, how))
        return lambda *inputs: function(*inputs) + 1

    monkeypatch.setattr(torch, "compile", compile_)
    with torch._dynamo.config.patch(recompile_limit=8, suppress_errors=False):
        layer = nn.Linear(1, 1, bias=False)
        nn.init.ones_(layer.weight)  # sums of small integers are exact
        hooked: list[float] = []
        layer.register_forward_hook(lambda *given: hooked.append(given[2].item()))
        plain = layer(torch.ones(1)).item()
        compiling.compile_forward([layer])
        assert layer(torch.ones(1)).item() == plain + 1
    assert hooked == [plain, plain + 1]
    assert all(how == {"options": {"deterministic": True}} for _, how in made)
