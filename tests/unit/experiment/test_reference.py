"""What is generated from the models is in step with them."""

import re
from pathlib import Path

import pytest

from lingraft.experiment.reference import REFERENCE, SCHEMA, reference, schema

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("path", "text"), [(SCHEMA, schema()), (REFERENCE, reference())], ids=["schema", "reference"]
)
def test_generated_files_are_in_step(path: Path, text: str) -> None:
    assert (ROOT / path).read_text("utf-8") == text, "run `make docs` and commit the result"


def test_every_key_is_explained() -> None:
    rows = [line for line in reference().splitlines() if line.startswith("| `")]
    assert len(rows) > 100
    assert not [row for row in rows if not row.split(" | ")[-1].strip(" |")]


def test_headings_are_for_people_and_links_lead_to_them() -> None:
    text = reference()
    headings = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    assert not [heading for heading in headings if "_" in heading]
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in headings}
    assert len(anchors) == len(headings)
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors
