"""What a quantized file has lost: estimated from its steps, compared with what was really lost."""

from types import SimpleNamespace
from typing import Any

import gguf
import numpy as np
import pytest
from gguf import GGMLQuantizationType as Kind

from lingraft.models.gguf_precision import bits_of, described, mean_squares, precision_of

UNIFORM = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"]  # those that the package quantizes itself


def weights(rows: int = 64, columns: int = 256, seed: int = 0) -> Any:
    """Rows of different sizes, as a trained matrix has them."""
    random = np.random.default_rng(seed)
    sizes_R1 = random.lognormal(sigma=0.7, size=(rows, 1))
    return (random.standard_normal((rows, columns)) * sizes_R1).astype(np.float32)


def tensor(name: str, values: Any, kind: Kind) -> Any:
    data = gguf.quantize(values, kind)
    return SimpleNamespace(
        name=name, data=data, tensor_type=kind, n_elements=values.size, shape=values.shape
    )


def relative(values: Any, other: Any) -> float:
    return float(np.sqrt(np.mean((values - other) ** 2) / np.mean(values**2)))


@pytest.mark.parametrize("name", [*UNIFORM, "F16", "BF16"])
def test_the_estimate_is_near_the_true_error(name: str) -> None:
    kind, values = Kind[name], weights()
    [part] = precision_of(SimpleNamespace(tensors=[tensor("blk.0.ffn_up.weight", values, kind)]))
    true = relative(values, gguf.dequantize(gguf.quantize(values, kind), kind))
    assert part.relative_error == pytest.approx(true, rel=0.1)
    assert part.bits_per_weight == bits_of(name)


@pytest.mark.parametrize("name", UNIFORM)
def test_steps_are_the_distances_of_neighbors_on_the_grid(name: str) -> None:
    """In a block that has every number of its grid, the sorted numbers are one step apart."""
    kind = Kind[name]
    values = np.linspace(-1, 1, 32, dtype=np.float32)[None]
    data = gguf.quantize(values, kind)
    found = np.unique(gguf.dequantize(data, kind).astype(np.float64))
    _, squares = mean_squares(data, kind)
    assert squares is not None
    step = np.diff(found).min() if name != "Q8_0" else np.abs(found).max() / 127
    assert np.sqrt(squares) == pytest.approx(step, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "bits"), [("Q2_K", 2), ("Q3_K", 3), ("Q4_K", 4), ("Q5_K", 5), ("Q6_K", 6)]
)
def test_blocks_of_blocks_have_steps_by_their_own_scales(name: str, bits: int) -> None:
    """Random bytes are blocks, too; each number lies on a grid of the step that is found."""
    kind = Kind[name]
    size = gguf.GGML_QUANT_SIZES[kind][1]
    random = np.random.default_rng(1)
    block = random.integers(0, 256, (1, size), np.uint8)
    halves = np.array([0.01, 0.02], np.float16).view(np.uint8)
    place = {"Q2_K": slice(80, 84), "Q4_K": slice(0, 4), "Q5_K": slice(0, 4)}.get(name)
    if place is None:
        block[:, -2:] = halves[:2]
    else:
        block[:, place] = halves
    values = gguf.dequantize(block, kind).astype(np.float64).reshape(16, 16)
    grids = []
    for number in range(2**bits):  # every number of the grid, written into all places at once
        other = block.copy()
        _fill(other, name, number)
        grids.append(gguf.dequantize(other, kind).astype(np.float64).reshape(16, 16))
    steps = np.abs(np.diff(np.sort(np.array(grids), axis=0), axis=0))
    np.testing.assert_allclose(steps, steps[:1].repeat(len(steps), 0), rtol=1e-3, atol=1e-6)
    _, squares = mean_squares(block, kind)
    assert squares == pytest.approx(np.mean(steps[0] ** 2), rel=1e-3)
    assert np.abs(values).max() <= np.abs(grids).max() + 1e-6


def _fill(block: Any, name: str, number: int) -> None:
    """Write one number into all places of a block of 256."""
    low, high, two = number & 15, number >> 4, number & 3
    nibbles, pairs = low | low << 4, two * 0b01010101
    if name == "Q2_K":
        block[:, 16:80] = pairs
    elif name == "Q3_K":
        block[:, :32], block[:, 32:96] = 0xFF * (number >> 2), pairs
    elif name == "Q4_K":
        block[:, 16:] = nibbles
    elif name == "Q5_K":
        block[:, 16:48], block[:, 48:] = 0xFF * high, nibbles
    else:
        block[:, :128], block[:, 128:192] = nibbles, high * 0b01010101


def test_parts_are_told_apart_and_together_are_the_file() -> None:
    norm = np.ones(256, np.float32)
    file = SimpleNamespace(tensors=[
        tensor("token_embd.weight", weights(128), Kind.Q8_0),
        tensor("blk.0.attn_q.weight", weights(32, seed=1), Kind.Q4_1),
        tensor("blk.0.attn_v.weight", weights(32, seed=2), Kind.Q4_1),
        tensor("blk.0.ffn_up.weight", weights(32, seed=3), Kind.Q8_0),
        tensor("blk.0.attn_norm.weight", norm, Kind.F32),
        tensor("output.weight", np.zeros((4, 256), np.float32), Kind.Q4_0),
    ])  # fmt: skip
    parts = precision_of(file)
    assert [(part.kind, part.type) for part in parts] == [
        ("embeddings", "Q8_0"), ("matrices", "Q4_1"), ("matrices", "Q8_0"),
        ("output matrix", "Q4_0"), ("norms and biases", "F32"),
    ]  # fmt: skip
    assert sum(part.share for part in parts) == pytest.approx(1)
    assert [part.bits_per_weight for part in parts] == [8.5, 5, 8.5, 4.5, 32]
    embeddings, matrices, _, zeros, norms = (part.relative_error for part in parts)
    assert embeddings is not None and matrices is not None
    assert 0 < embeddings < matrices / 5
    assert zeros == norms == 0
    first, *_, last = described(parts)
    assert first.startswith("embeddings: Q8_0, 8.5 bits a weight, 55.9 %")
    assert "% of the weights' size lost" in first
    assert last.endswith("nothing rounded")


def test_a_type_without_equal_steps_has_no_estimate() -> None:
    size = gguf.GGML_QUANT_SIZES[Kind.IQ4_NL][1]
    data = np.full((4, size), 0x3C, np.uint8)
    assert mean_squares(data, Kind.IQ4_NL)[1] is None


def test_large_tensors_are_sampled_evenly_and_always_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    values = weights(256, 512)
    data = gguf.quantize(values, Kind.Q4_1)
    whole = mean_squares(data, Kind.Q4_1)
    monkeypatch.setattr("lingraft.models.gguf_precision._SAMPLE", 1 << 13)
    part = mean_squares(data, Kind.Q4_1)
    assert part == mean_squares(data, Kind.Q4_1)
    assert part != whole
    np.testing.assert_allclose(part, whole, rtol=0.3)
