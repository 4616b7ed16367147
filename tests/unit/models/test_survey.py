"""docs/models.md tells what happens: each architecture of transformers, tried again."""

from pathlib import Path

import pytest
from tests.survey.configurations import ARCHITECTURES
from tests.survey.table import PAGE, survey

SLICE = ["bert-generation", "gpt_neo", "pegasus", "xlm", "xlm-roberta", "xlnet"]


def written() -> dict[str, str]:
    lines = PAGE.read_text("utf-8").splitlines()
    return {line.split("|")[1].strip(): line for line in lines if line.startswith("| ")}


def test_the_table_is_whole() -> None:
    assert set(written()) - {"architecture"} == set(ARCHITECTURES)


@pytest.mark.parametrize("kind", SLICE)
def test_rows_are_what_happens(kind: str, tmp_path: Path) -> None:
    assert str(survey(kind, tmp_path)) == written()[kind]


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(set(ARCHITECTURES) - set(SLICE)))
def test_all_rows_are_what_happens(kind: str, tmp_path: Path) -> None:
    assert str(survey(kind, tmp_path)) == written()[kind]
