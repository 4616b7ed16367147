"""The methods as blocks of a configuration, and what they do with weights in memory."""

import subprocess
import sys
from typing import Any

import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from lingraft.encoders.merging.given import Given, Weights
from lingraft.encoders.merging.merge import merge_weights
from lingraft.encoders.merging.methods import MERGINGS, AnyMerging
from lingraft.encoders.merging.methods.average import Average
from lingraft.encoders.merging.methods.method import Merging
from lingraft.encoders.merging.methods.slerp import Slerp
from lingraft.encoders.merging.methods.task_arithmetic import TaskArithmetic
from lingraft.encoders.merging.methods.ties import Ties
from lingraft.errors import InputError

MERGING: TypeAdapter[Merging] = TypeAdapter(AnyMerging)


def model(seed: int, dtype: torch.dtype = torch.float32, **more: Tensor) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    weights = {
        "a": torch.randn(4, 3, generator=generator),
        "b": torch.randn(5, generator=generator),
    }
    return {name: tensor.to(dtype) for name, tensor in weights.items()} | more


def several(number: int, **options: Any) -> dict[str, Weights]:
    return {f"m{n}": model(n + 1, **options) for n in range(number)}


def test_the_key_names_the_method() -> None:
    assert set(MERGINGS) == {"average", "self-positioning", "slerp", "task-arithmetic", "ties"}
    assert isinstance(MERGING.validate_python({"method": "ties", "density": 0.5}), Ties)
    assert isinstance(MERGING.validate_python({}), Average)


@pytest.mark.parametrize(
    "values",
    [
        {"method": "fisher"},
        {"method": "slerp", "t": 1.5},
        {"method": "ties", "density": 0},
        {"method": "average", "shares": [-1, 2]},
        {"method": "self-positioning", "steps": 0},
    ],
)
def test_mistakes_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MERGING.validate_python(values)


def test_the_settings_are_light_to_import() -> None:
    code = "import sys, lingraft.encoders.merging.methods; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_only_self_positioning_is_after_its_paper() -> None:
    assert {name for name, one in MERGINGS.items() if one.status != "exact"} == {"self-positioning"}
    assert all(one.paper for one in MERGINGS.values())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_average_is_the_mean(dtype: torch.dtype) -> None:
    members = several(3, dtype=dtype)
    merged = merge_weights(Average(), Given(members))
    for name, tensor in merged.weights.items():
        mean = torch.stack([one[name].double() for one in members.values()]).mean(dim=0)
        assert tensor.dtype == dtype
        assert torch.allclose(tensor, mean.to(dtype), rtol=0, atol=1e-6)
    assert merged.record["coefficients"] == dict.fromkeys(members, pytest.approx(1 / 3))


def test_shares_of_an_average_are_divided_by_their_sum() -> None:
    members = several(2)
    merged = merge_weights(Average(shares=[3, 1]), Given(members))
    assert merged.record["coefficients"] == {"m0": 0.75, "m1": 0.25}
    slow = 0.75 * members["m0"]["a"] + 0.25 * members["m1"]["a"]
    assert torch.allclose(merged.weights["a"], slow, rtol=0, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_task_arithmetic_of_scale_zero_is_the_base(dtype: torch.dtype) -> None:
    base = model(0, dtype)
    base["a"][0, 0] = -0.0
    found = merge_weights(TaskArithmetic(scale=0), Given(several(3, dtype=dtype), base)).weights
    for name, tensor in base.items():
        assert torch.equal(found[name], tensor)
        assert torch.equal(found[name].signbit(), tensor.signbit())


def test_task_arithmetic_is_the_formula() -> None:
    members, base = several(3), model(0)
    found = merge_weights(TaskArithmetic(scale=0.7), Given(members, base)).weights
    for name, start in base.items():
        slow = start + 0.7 * sum(one[name] - start for one in members.values())
        assert torch.allclose(found[name], slow, rtol=0, atol=1e-6)


def test_slerp_records_the_angle_of_each_tensor() -> None:
    members = several(2)
    merged = merge_weights(Slerp(t=1), Given(members))
    assert merged.record["angles"].keys() == {"a", "b"}
    assert torch.equal(merged.weights["a"], members["m1"]["a"])


@pytest.mark.parametrize(
    ("settings", "members", "base", "problem"),
    [
        (Average(), 1, None, "average merges two models or more, not 1"),
        (Average(), 2, 0, "average uses no `base`"),
        (Average(shares=[1, 1]), 3, None, "average has 2 `shares` for 3 models"),
        (Average(shares=[0, 0]), 2, None, "average needs a share above 0"),
        (Slerp(), 3, None, "slerp merges 2 models, not 3"),
        (TaskArithmetic(), 2, None, "task-arithmetic needs .* as `base`"),
        (Ties(), 2, None, "ties needs .* as `base`"),
    ],
)
def test_what_does_not_fit_the_method(
    settings: Merging, members: int, base: int | None, problem: str
) -> None:
    start = None if base is None else model(base)
    with pytest.raises(InputError, match=problem):
        merge_weights(settings, Given(several(members), start))


@pytest.mark.parametrize("name", sorted(name for name in MERGINGS if MERGINGS[name].needs_probe))
def test_a_method_without_its_probe(name: str) -> None:
    with pytest.raises(InputError, match="needs a probe"):
        merge_weights(MERGING.validate_python({"method": name}), Given(several(2), model(0)))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"c": torch.ones(1)}, "odd cannot be merged with m0: only one of the two has c"),
        ({"a": torch.ones(5, 3)}, r"odd .* the shape of a is \(5, 3\), not \(4, 3\)"),
        ({"a": torch.ones(4, 3).half()}, "odd .* the type of a is torch.float16"),
        ({"b": torch.tensor([1, torch.nan, 0, 0, 0])}, "odd cannot be merged: b has .* not finite"),
        ({"b": torch.tensor([1, torch.inf, 0, 0, 0])}, "odd cannot be merged: b has .* not finite"),
    ],
)
def test_weights_that_cannot_be_merged(change: dict[str, Tensor], problem: str) -> None:
    members = several(1) | {"odd": model(5, **change)}
    with pytest.raises(InputError, match=problem) as refused:
        merge_weights(Average(), Given(members))
    assert "\n" not in str(refused.value)


def test_the_base_is_compared_too() -> None:
    with pytest.raises(InputError, match=r"the base cannot be merged with m0: only one .* has c"):
        merge_weights(Ties(), Given(several(2), model(0, c=torch.ones(1))))


def test_whole_numbers_have_no_mixture() -> None:
    members = {name: model(1, c=torch.arange(3)) for name in "ab"}
    with pytest.raises(InputError, match="c has whole numbers"):
        merge_weights(Average(), Given(members))


def test_what_a_type_cannot_hold_is_refused() -> None:
    with pytest.raises(InputError, match=r"makes a larger than torch.float16 can hold"):
        given = Given(several(2, dtype=torch.float16), model(0, torch.float16))
        merge_weights(TaskArithmetic(scale=1e6), given)
