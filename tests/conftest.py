"""How tests are shared out among processes."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file together, and all that need the finished workflow, which takes minutes."""
    for item in items:
        needs_finished = "finished" in getattr(item, "fixturenames", ())
        group = "finished" if needs_finished else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
