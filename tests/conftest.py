"""What holds for all tests."""

import pytest
from hypothesis import settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("lingraft", deadline=None)
settings.load_profile("lingraft")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a name with an address in it: workers of pytest-xdist must collect the same names."""
    addressed = [item.nodeid for item in items if " at 0x" in item.nodeid]
    if addressed:
        raise pytest.UsageError(f"these tests need ids of their own: {addressed[:3]}")
