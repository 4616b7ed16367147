"""What is counted as work, and figures that go on after a restart."""

from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, BertConfig, GPT2Config

from lingraft.training.energy import EnergyMeter
from lingraft.training.monitor import PEAKS, Monitor, flops, peak_of
from lingraft.training.world import World

ALONE = World(0, 1, torch.device("cpu"))


@pytest.fixture
def model() -> Any:
    config = BertConfig(
        vocab_size=50, hidden_size=8, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=16, type_vocab_size=1,
    )  # fmt: skip
    return AutoModelForMaskedLM.from_config(config)


def test_work_of_a_step(model: Any) -> None:
    """Two per weight and token forward, as much each for inputs and weights backward."""
    layer = 4 * 8 * 8 + 2 * 8 * 16
    body = 2 * layer + 8 * 8 + 16 * 8 + 8  # the head's transform, positions, type
    attention = 4 * 16 * 8 * 2
    expected = 3 * (32 * (2 * body + attention) + 2 * 5 * 50 * 8)
    assert flops(model, tokens=32, length=16, predictions=5) == expected


def test_a_decoder_sees_half_of_a_row_on_average() -> None:
    config = GPT2Config(
        vocab_size=50, n_embd=8, n_layer=2, n_head=2, n_positions=16, bos_token_id=0, eos_token_id=0
    )
    model = AutoModelForCausalLM.from_config(config)
    body = 2 * (4 * 8 * 8 + 2 * 8 * 32) + 16 * 8
    attention = 4 * 16 * 8 * 2 / 2
    assert flops(model, 32, 16, 5) == 3 * (32 * (2 * body + attention) + 2 * 5 * 50 * 8)


def test_work_is_the_same_where_zero_has_only_a_flat_part_here(model: Any) -> None:
    whole = flops(model, 32, 16, 5)
    for parameter in model.parameters():
        parameter.ds_shape, parameter.ds_numel = parameter.shape, parameter.numel()
        parameter.data = torch.empty(0)
    assert flops(model, 32, 16, 5) == whole


def test_frozen_weights_need_no_gradient(model: Any) -> None:
    whole = flops(model, 32, 16, 5)
    weights = [p for name, p in model.named_parameters() if "encoder" in name and p.ndim > 1]
    for parameter in weights:
        parameter.requires_grad_(False)
    saved = 2 * 32 * sum(p.numel() for p in weights)
    assert flops(model, 32, 16, 5) == whole - saved


def test_figures_go_on_after_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    joules = iter([10.0, 12.5])
    monkeypatch.setattr(EnergyMeter, "of", lambda device: EnergyMeter(lambda: next(joules)))
    monitor = Monitor(ALONE, seconds=100.0, joules=7.0)
    monitor.note(tokens=64, seconds=2.0, flops=1e9)
    figures = monitor.read()
    assert figures["joules"] == 9.5
    assert figures["seconds"] >= 100.0
    assert figures["tokens_per_second"] == 32.0
    assert "mfu" not in figures  # nobody knows the peak of this processor


def test_no_energy_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EnergyMeter, "of", lambda device: EnergyMeter(None))
    assert "joules" not in Monitor(ALONE, 0.0).read()


def test_peaks_are_dense_ones() -> None:
    assert PEAKS["H200"] == PEAKS["H100"] == 989e12
    assert PEAKS["A100"] == 312e12


def test_cpu_time_adds_up_over_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([1.0, 3.5, 4.0])
    monkeypatch.setattr("lingraft.training.monitor._cpu_time", lambda: next(clock))
    monitor = Monitor(ALONE, seconds=100.0, cpu_seconds=50.0)
    assert monitor.cpu_seconds() == 52.5
    assert monitor.read()["cpu_seconds"] == 53.0


@pytest.mark.parametrize(
    ("device", "known"),
    [
        ("NVIDIA L4", "L4"),
        ("NVIDIA L40", "L40"),
        ("NVIDIA L40S", "L40S"),
        ("NVIDIA A100-SXM4-80GB", "A100"),
        ("NVIDIA H100 80GB HBM3", "H100"),
        ("NVIDIA GH200 480GB", "GH200"),
        ("NVIDIA GeForce RTX 4090", "RTX 4090"),
        ("NVIDIA L20", None),
    ],
)
def test_a_peak_is_that_of_the_whole_name(device: str, known: str | None) -> None:
    assert peak_of(device) == (PEAKS[known] if known else None)
