"""Kernels are compiled where a device, Triton and a C compiler are."""

import importlib.util
import shutil
from collections.abc import Iterator

import pytest
import torch

from lingraft.models import kernels

GPU, PROCESSOR = torch.device("cuda", 0), torch.device("cpu")


@pytest.fixture(autouse=True)
def _unknown() -> Iterator[None]:
    kernels._has_triton.cache_clear()
    yield
    kernels._has_triton.cache_clear()


@pytest.mark.parametrize(
    ("compiler", "triton", "runs"),
    [("gcc", True, True), ("clang", True, True), ("my-cc", True, True), ("", True, False),
     ("gcc", False, False)],
)  # fmt: skip
def test_a_gpu_needs_triton_and_a_compiler(
    monkeypatch: pytest.MonkeyPatch, compiler: str, triton: bool, runs: bool
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: name if name == compiler else None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object() if triton else None)
    monkeypatch.setenv("CC", "my-cc" if compiler == "my-cc" else "")
    assert kernels.runs_kernels(GPU) is runs
    assert not kernels.runs_kernels(PROCESSOR)


def test_a_missing_compiler_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    assert not kernels.runs_kernels(GPU)
    assert not kernels.runs_kernels(GPU)
    assert caplog.text.count("no C compiler (gcc or clang) is installed") == 1
