"""Every promise of the README, and every row of what is equal, names tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECTION = (ROOT / "README.md").read_text("utf-8").split("\n## Promises\n")[1]
PROMISES = [text for text in SECTION.split("\n- ")[1:] if text.strip()]

EQUAL = (ROOT / "docs" / "performance.md").read_text("utf-8").split("\n## What is equal\n")[1]
PAIRS = [row for row in EQUAL.split("\n## ")[0].splitlines() if row.startswith("| ")][1:]


@pytest.mark.parametrize("promise", [*PROMISES, *PAIRS], ids=lambda text: str(text)[:40])
def test_a_promise_names_its_tests(promise: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", promise)
    assert named, "no test is named"
    for path, name in named:
        assert f"\ndef {name}(" in (ROOT / path).read_text("utf-8"), f"{path} has no {name}"
