"""Lexicon induction and word tests on spaces whose answers are known."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter

from lingraft.artifacts import new_artifact
from lingraft.errors import InputError
from lingraft.evaluation.data.word_lists import read_word_columns
from lingraft.evaluation.outcome import Score
from lingraft.evaluation.subject import AlignmentSubject
from lingraft.evaluation.tasks.lexicon import Lexicon
from lingraft.vectors.settings import AnyAlignment
from lingraft.vectors.stage import align_vectors
from lingraft.vectors.vectorset import VectorSet

WORDS = [f"w{i}" for i in range(120)]


@pytest.fixture(scope="module")
def spaces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A space, its rotated copy with other words, and their alignment."""
    root = tmp_path_factory.mktemp("spaces")
    generator = np.random.default_rng(0)
    vectors_WE = generator.normal(size=(120, 8)).astype(np.float32)
    rotation_EE = np.linalg.qr(generator.normal(size=(8, 8)))[0].astype(np.float32)
    for side, words, rows in (
        ("source", WORDS, vectors_WE),
        ("target", [word.upper() for word in WORDS], vectors_WE @ rotation_EE),
    ):
        (root / side).mkdir()
        VectorSet(words, rows, language="eng_Latn" if side == "source" else "swh_Latn").save(
            root / side
        )
    pairs = "".join(f"{word}\t{word.upper()}\n" for word in WORDS[:100])
    with new_artifact(root / "download", "download") as staging:
        (staging / "files").mkdir()
        (staging / "files" / "pairs.tsv").write_text(pairs)
    settings = {
        "source": "source",
        "target": "target",
        "dictionaries": [{"format": "tsv", "source": "download", "path": "pairs.tsv"}],
    }
    downloads = {"download": root / "download"}
    block = TypeAdapter(AnyAlignment).validate_python(settings)
    align_vectors(block, root / "source", root / "target", downloads, {}, root / "alignment")
    return root


def subject(spaces: Path, **data: Path) -> AlignmentSubject:
    vectors = {"source": spaces / "source", "target": spaces / "target"}
    return AlignmentSubject(spaces / "alignment", data=vectors | data)


def by_name(scores: list[Score]) -> dict[tuple[str, str], float | None]:
    return {(score.setting, score.metric): score.value for score in scores}


def test_a_rotated_copy_is_translated_perfectly(spaces: Path) -> None:
    outcome = Lexicon().evaluate(subject(spaces))
    found = by_name(list(outcome.scores))
    for how in ("nearest", "csls"):
        assert found[(f"held-out folds, {how}, covered", "precision@1")] == 1
    assert found[("held-out folds", "coverage")] == 1
    assert {score.language for score in outcome.scores} == {"eng_Latn-swh_Latn"}
    assert len(outcome.predictions) == 100


def test_both_conventions_for_unknown_words(spaces: Path, tmp_path: Path) -> None:
    path = tmp_path / "test.txt"
    path.write_text("w1 W1\nw2 W2\nw3 unknown\nunknown W4\n")
    outcome = Lexicon(dictionary="test").evaluate(subject(spaces, test=path))
    found = by_name(list(outcome.scores))
    assert found[("test dictionary, csls, covered", "precision@1")] == 1
    assert found[("test dictionary, csls, all", "precision@1")] == 0.5
    assert found[("test dictionary", "coverage")] == 0.5


def test_a_shuffled_dictionary_is_found_by_chance_only(spaces: Path, tmp_path: Path) -> None:
    path = tmp_path / "test.txt"
    path.write_text("".join(f"w{i} W{(i + 50) % 120}\n" for i in range(120)))
    outcome = Lexicon(dictionary="test").evaluate(subject(spaces, test=path))
    found = by_name(list(outcome.scores))
    assert (found[("test dictionary, nearest, covered", "precision@1")] or 0) < 0.05


def test_bad_files_are_named(tmp_path: Path, spaces: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("a\tb\n")
    with pytest.raises(InputError, match=r"x\.tsv, line 1"):
        list(read_word_columns(path, 3))
    with pytest.raises(InputError, match="`data=dictionary=PATH`"):
        Lexicon(dictionary="dictionary").evaluate(subject(spaces))
    with pytest.raises(InputError, match=r"predictions\.tsv"):
        Lexicon().evaluate(AlignmentSubject(tmp_path))
