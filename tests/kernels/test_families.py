"""The numerical tests again, with the kernels of other processors and with one and two threads."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.kernels.families import FAMILIES, Family, available, environment

ROOT = Path(__file__).parents[2]
QUICK = [
    "tests/unit/numeric",
    "tests/unit/reporting/statistics/test_comparison.py",
    "tests/unit/models/test_cross_entropy.py",
    "tests/parity/test_ofa_golden.py",
]
ALL = [
    "tests/unit/numeric",
    "tests/unit/reporting/statistics",
    "tests/unit/reporting/test_golden.py",
    "tests/unit/models",
    "tests/unit/vectors",
    "tests/unit/initialization",
    "tests/unit/training/test_packing.py",
    "tests/unit/evaluation/tasks/test_language_model.py",
    "tests/unit/evaluation/tasks/test_retrieval.py",
    "tests/parity",
]
NAMED = {family.name: family for family in FAMILIES}


def named(name: str) -> Family:
    if NAMED[name] not in available():
        pytest.skip(f"this processor has no {NAMED[name].instructions}")
    return NAMED[name]


def run(family: Family, threads: int, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment(family, threads),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, f"{family.name}, {threads} threads: {done.stdout[-6000:]}"
    return done.stdout


TELL = """
import numpy, threadpoolctl
found = threadpoolctl.threadpool_info()
print([pool["architecture"] for pool in found if pool["internal_api"] == "openblas"])
"""


def test_all_that_is_named_is_there() -> None:
    """The tests that read the longer list are slow, and seldom run."""
    assert [path for path in QUICK + ALL if not (ROOT / path).exists()] == []


def test_the_families_are_different_kernels() -> None:
    assert len({run(family, 1, "-c", TELL) for family in available()}) == len(available())


def test_comparisons_are_the_same_bits_with_every_kernel_and_number_of_threads() -> None:
    told = [
        run(family, threads, "-m", "tests.kernels.comparisons")
        for family in available()
        for threads in (1, 2)
    ]
    assert len(told[0].splitlines()) == 12
    assert set(told) == {told[0]}


@pytest.mark.parametrize("name", NAMED)
def test_the_numbers_hold_with_the_kernels_of_other_processors(name: str) -> None:
    family = named(name)
    if family == available()[-1]:
        pytest.skip("these are the kernels of all other tests")
    run(family, 2, "-m", "pytest", "-p", "no:cacheprovider", "-m", "not slow and not gpu", *QUICK)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", NAMED)
def test_all_numbers_hold_with_every_kernel(name: str, threads: int) -> None:
    run(named(name), threads, "-m", "pytest", "-p", "no:cacheprovider", "-m", "not gpu", *ALL)
