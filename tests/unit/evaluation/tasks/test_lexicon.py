"""Lexicon induction and word tests on spaces whose answers are known."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from lingraft.artifacts import new_artifact, read_manifest
from lingraft.config.checking import check_block
from lingraft.config.datasets import DictionaryDataset
from lingraft.errors import InputError
from lingraft.evaluation.data.stage import prepare_dataset
from lingraft.evaluation.data.word_lists import read_word_columns
from lingraft.evaluation.outcome import Score
from lingraft.evaluation.tasks.lexicon import Lexicon
from lingraft.evaluation.word_subjects import AlignmentSubject
from lingraft.vectors.induction import CommonSpace
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


def dictionary(
    folder: Path,
    lines: str,
    languages: str = "eng_Latn-swh_Latn",
    test: str | dict[str, str] = "{code}.txt",
) -> Path:
    """A dataset of test dictionaries, made from a file of a download."""
    with new_artifact(folder / "download", "download") as staging:
        (staging / "files").mkdir()
        (staging / "files" / "en-sw.txt").write_text(lines)
    block = {"source": "s", "format": "dictionary", "languages": {languages: "en-sw"}}
    settings = check_block(DictionaryDataset, block | {"test": test}, "datasets.test")
    prepare_dataset(settings, folder / "download", folder / "test")
    return folder / "test"


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
    path = dictionary(tmp_path, "w1 W1\nw2 W2\nw3 unknown\nunknown W4\n")
    outcome = Lexicon(data="test").evaluate(subject(spaces, test=path))
    found = by_name(list(outcome.scores))
    assert found[("test dictionary, csls, covered", "precision@1")] == 1
    assert found[("test dictionary, csls, all", "precision@1")] == 0.5
    assert found[("test dictionary", "coverage")] == 0.5


def test_words_that_the_map_was_fitted_on_are_counted_and_told(
    spaces: Path, tmp_path: Path
) -> None:
    """The papers' evaluators do not look whether a word was used; w0 to w99 were."""
    path = dictionary(tmp_path, "w98 W98\nw99 W99\nw100 W100\n")
    outcome = Lexicon(data="test").evaluate(subject(spaces, test=path))
    assert by_name(list(outcome.scores))[("test dictionary", "coverage")] == 1
    assert [note for note in outcome.notes if "2 of the 3 words were used" in note]
    fresh = dictionary(tmp_path / "fresh", "w100 W100\nw101 W101\n")
    assert not Lexicon(data="test").evaluate(subject(spaces, test=fresh)).notes


def test_dictionaries_with_names_share_what_is_loaded_and_searched(
    spaces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    load, search = VectorSet.load, CommonSpace.__init__

    def loading(path: Path, *given: int) -> VectorSet:
        made.append(path.name)
        return load(path, *given)

    def searching(*given: Any) -> None:
        made.append("space")
        search(*given)

    monkeypatch.setattr(VectorSet, "load", loading)
    monkeypatch.setattr(CommonSpace, "__init__", searching)
    lists = {"one": "{code}.txt", "two": "*.txt"}
    path = dictionary(tmp_path, "w1 W1\nw2 unknown\n", test=lists)
    found = by_name(list(Lexicon(data="test").evaluate(subject(spaces, test=path)).scores))
    for name in lists:
        assert found[(f"test dictionary {name}, csls, all", "precision@1")] == 0.5
    assert sorted(made) == ["source", "space", "target"]


def test_a_direction_without_a_test_dictionary_is_told(spaces: Path, tmp_path: Path) -> None:
    path = dictionary(tmp_path, "W1 w1\n", languages="swh_Latn-eng_Latn")
    outcome = Lexicon(data="test").evaluate(subject(spaces, test=path))
    assert outcome.notes == [
        "eng_Latn-swh_Latn, test dictionary: test has no dictionary of eng_Latn-swh_Latn"
    ]


def test_counts_are_those_of_the_file_and_of_the_vectors(spaces: Path, tmp_path: Path) -> None:
    """Several translations of a word count once, a repeated line once, other cases apart; a joiner
    inside of a word (as Sinhala writes) belongs to it."""
    lines = "w1 W1\nw1 W2\nw1 W1\nw2 W2\nW2 W2\nක්‍ෂ W3\n\n# a comment\nw3	not here\n"
    outcome = Lexicon(data="test").evaluate(subject(spaces, test=dictionary(tmp_path, lines)))
    counts = {
        s.setting: s.n for s in outcome.scores if s.setting.startswith("test dictionary, csls")
    }
    assert counts == {"test dictionary, csls, covered": 2, "test dictionary, csls, all": 5}
    assert read_manifest(tmp_path / "test").facts.languages == {"eng_Latn-swh_Latn": {"test": 7}}


def test_a_shuffled_dictionary_is_found_by_chance_only(spaces: Path, tmp_path: Path) -> None:
    path = dictionary(tmp_path, "".join(f"w{i} W{(i + 50) % 120}\n" for i in range(120)))
    outcome = Lexicon(data="test").evaluate(subject(spaces, test=path))
    found = by_name(list(outcome.scores))
    assert (found[("test dictionary, nearest, covered", "precision@1")] or 0) < 0.05


def test_bad_files_are_named(tmp_path: Path, spaces: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("a\tb\n")
    with pytest.raises(InputError, match=r"x\.tsv, line 1"):
        list(read_word_columns(path, 3))
    with pytest.raises(InputError, match="name the data test"):
        Lexicon(data="test").evaluate(subject(spaces))
    with pytest.raises(InputError, match="`data=source=PATH`"):
        Lexicon(data="test").evaluate(AlignmentSubject(spaces / "alignment", data={"test": path}))
    with pytest.raises(InputError, match="has no folder for any language"):
        Lexicon(data="test").evaluate(subject(spaces, test=path))
    with pytest.raises(InputError, match=r"predictions\.tsv"):
        Lexicon().evaluate(AlignmentSubject(tmp_path))
