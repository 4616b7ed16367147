"""Results: written whole, read strictly, reused only for the same question."""

import math
from pathlib import Path

import pytest

from lingraft.errors import InputError
from lingraft.evaluation.outcome import Score, binomial_error, unmeasured
from lingraft.evaluation.results import (
    TaskResult,
    is_current,
    predictions_path,
    read_predictions,
    read_result,
    result_key,
    write_result,
)

KEY = result_key("retrieval", "retrieval/same", {"a": 1}, {"weights": "x"}, {"mteb": "2"})
SCORES = (
    Score("swh_Latn", "accuracy@1", 0.5, 2, standard_error=0.35),
    unmeasured("yor_Latn", "accuracy@1", "no text"),
)
ROWS = [{"id": "a", "rank": 1}, {"id": "b", "rank": 7}]


def write(path: Path, key: str = KEY) -> TaskResult:
    result = TaskResult("retrieval", "retrieval/same", {"a": 1}, {"weights": "x"}, {}, key, SCORES)
    write_result(path, result, ROWS)
    return result


def test_a_result_and_its_predictions_survive_the_round_trip(tmp_path: Path) -> None:
    written = write(tmp_path / "retrieval.json")
    read = read_result(tmp_path / "retrieval.json")
    assert read.scores == written.scores
    assert (read.task, read.key, read.settings) == ("retrieval", KEY, {"a": 1})
    assert list(read_predictions(tmp_path / read.predictions)) == ROWS


def test_a_result_is_current_only_with_its_key_and_whole_predictions(tmp_path: Path) -> None:
    path = tmp_path / "retrieval.json"
    assert not is_current(path, KEY)
    write(path)
    assert is_current(path, KEY)
    assert not is_current(path, "another question")
    predictions_path(path).write_bytes(b"cut off")
    assert not is_current(path, KEY)
    predictions_path(path).unlink()
    assert not is_current(path, KEY)


@pytest.mark.parametrize("change", range(5))
def test_every_part_of_the_question_changes_the_key(change: int) -> None:
    parts = ["retrieval", "retrieval/same", {"a": 1}, {"weights": "x"}, {"mteb": "2"}]
    parts[change] = "other" if change < 2 else {"a": 2}
    assert result_key(*parts) != KEY  # type: ignore[arg-type]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": 1}', '{"schema": 99}'])
def test_a_damaged_or_foreign_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"x\.json"):
        read_result(path)


def test_a_value_that_is_no_number_becomes_a_note() -> None:
    score = Score("swh_Latn", "loss", math.nan, 3)
    assert score.value is None
    assert "nan" in score.note


def test_binomial_error_is_the_textbook_one() -> None:
    assert binomial_error(0.8, 5010) == pytest.approx(0.00565, abs=1e-5)
