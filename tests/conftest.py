"""What holds for all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

UNIT = Path(__file__).parent / "unit"

# Workers share the processors already: with threads of their own, small matrices wait for each
# other twenty times as long as they take. Libraries read this when they are imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# How long an example takes says more about the machine than about the code.
settings.register_profile("lingraft", deadline=None)
settings.load_profile("lingraft")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse names that differ between workers of pytest-xdist; let the longest tests begin first.

    A worker takes whole files: one with a workflow at the end would keep the others waiting.
    """
    addressed = [item.nodeid for item in items if " at 0x" in item.nodeid]
    if addressed:
        raise pytest.UsageError(f"these tests need ids of their own: {addressed[:3]}")
    items.sort(key=lambda item: item.path.is_relative_to(UNIT))
