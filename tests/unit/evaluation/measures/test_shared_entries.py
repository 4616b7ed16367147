"""What vocabularies share: sets by hand, and the figures of nine languages in WX."""

from pathlib import Path
from typing import Any

import pytest
from evaluation_samples import write_records
from hypothesis import given
from hypothesis import strategies as st
from tests.survey.script_overlap import LANGUAGES, read_lines, written

from lingraft.artifacts import new_artifact
from lingraft.corpus.documents import ORIGINAL, Document, write_lines
from lingraft.evaluation.measures.shared_entries import (
    entries_of_corpora,
    entries_of_text,
    pairs_of_corpora,
    shared_share,
)
from lingraft.evaluation.subject import TokenizerSubject
from lingraft.evaluation.tasks.tokenizer import SHARED, SHARED_AS_WRITTEN, TokenizerFit

# Of vocabularies of 800 entries on the hundred lines of each language as they stand in the package,
# the line numbers of some included: the Jaccard index with Hindi, raw and in WX.
PUBLISHED = {
    "guj_Gujr": (0.004, 0.174), "pan_Guru": (0.004, 0.140), "ben_Beng": (0.002, 0.129),
    "tel_Telu": (0.006, 0.100), "kan_Knda": (0.002, 0.091), "tam_Taml": (0.004, 0.052),
    "mal_Mlym": (0.004, 0.040), "urd_Arab": (0.000, 0.030),
}  # fmt: skip
SETS = st.frozensets(st.text("ab", min_size=2, max_size=4), max_size=8)


def test_words_between_spaces_are_merged() -> None:
    assert entries_of_text(["aab aab", "aab"], 100) in ({"aa", "aab"}, {"ab", "aab"})
    assert entries_of_text(["aab aab"], 2) == frozenset()  # the characters are all that fits
    assert entries_of_text([], 100) == frozenset()


@given(SETS, SETS)
def test_the_jaccard_index(one: frozenset[str], other: frozenset[str]) -> None:
    share = shared_share(one, other)
    assert share == shared_share(other, one) and 0 <= share <= 1
    assert (share == 1) == (one == other and bool(one))
    assert (share == 0) == (not one & other)


def test_corpora_of_a_training_meet_each_other_and_the_rest() -> None:
    pairs = pairs_of_corpora(["a", "b"], ["c"])
    assert pairs == [("a", "b"), ("a", "c"), ("b", "c")]
    assert pairs_of_corpora(["a"], []) == []


def test_the_published_figures() -> None:
    pytest.importorskip("wxconv")
    assert set(PUBLISHED) | {"hin_Deva"} == set(LANGUAGES)
    for side, name in enumerate(("none", "wx")):
        found = {
            language: entries_of_text(
                written(language, name, read_lines(language, whole=True)), 800
            )
            for language in LANGUAGES
        }
        for language, values in PUBLISHED.items():
            share = shared_share(found["hin_Deva"], found[language])
            assert round(share, 3) == values[side], language


def _corpus(folder: Path, language: str, texts: list[str], **more: Any) -> Path:
    with new_artifact(folder, "corpus", facts={"language": language, **more}) as out:
        for split, own in (("train", texts[1:]), ("valid", texts[:1])):
            documents = [
                Document(str(i), text.upper(), {ORIGINAL: text}) if more else Document(str(i), text)
                for i, text in enumerate(own, len(split))
            ]
            write_lines(out / f"{split}.jsonl.zst", documents)
    return folder


def test_both_parts_count_before_and_after_the_normalizer(tmp_path: Path) -> None:
    mark = {"normalizer": {"name": "upper", "package": "pytest"}}
    corpus = _corpus(tmp_path / "one", "hin_Deva", ["ab ab", "cd cd"], **mark)
    found = entries_of_corpora({"one": corpus}, 100, None)["one"]
    assert (found.read, found.written) == ({"AB", "CD"}, {"ab", "cd"})
    assert (found.language, found.is_normalized, found.documents) == ("hin_Deva", True, 2)
    plain = write_records(tmp_path / "plain/valid.jsonl", [{"id": "1", "text": "ab ab"}]).parent
    found = entries_of_corpora({"plain": plain}, 100, 1)["plain"]
    assert (found.read, found.is_normalized, found.language) == ({"ab"}, False, "plain")
    empty = write_records(tmp_path / "empty/valid.jsonl", []).parent
    assert entries_of_corpora({"empty": empty}, 100, 1) == {}


def test_the_task_compares_languages(tmp_path: Path, masked_model: Path) -> None:
    corpora = {
        name: _corpus(tmp_path / name, language, texts)
        for name, language, texts in (
            ("hindi", "hin_Deva", ["ab ab", "cd cd"]),
            ("more-hindi", "hin_Deva", ["ab ab"]),
            ("gujarati", "guj_Gujr", ["ab ab", "ef ef"]),
        )
    }
    gujarati = {"gujarati": corpora.pop("gujarati")}
    subject = TokenizerSubject(masked_model, corpora=corpora, evaluation_corpora=gujarati)
    found = {
        (score.language, score.setting): (score.value, score.n)
        for score in TokenizerFit().evaluate(subject).scores
        if score.metric == SHARED
    }
    languages = "hin_Deva-guj_Gujr"
    assert found == {
        (languages, "hindi gujarati"): (pytest.approx(1 / 3), 2),
        (languages, "more-hindi gujarati"): (pytest.approx(1 / 2), 1),
    }
    off = TokenizerFit(shared_entries=None).evaluate(subject).scores
    assert not {SHARED, SHARED_AS_WRITTEN} & {score.metric for score in off}


def test_a_vocabulary_of_characters_alone_is_not_compared(
    tmp_path: Path, masked_model: Path
) -> None:
    """Characters of Chinese fill a small vocabulary, whose words are then not compared at all."""
    corpora = {
        name: _corpus(tmp_path / name, language, texts)
        for name, language, texts in (
            ("chinese", "zho_Hans", ["语言模型 语言模型", "学习新的字词"]),
            ("japanese", "jpn_Jpan", ["言語 言語", "言語"]),
        )
    }
    subject = TokenizerSubject(masked_model, corpora=corpora)
    [score] = [
        score
        for score in TokenizerFit(shared_entries=8).evaluate(subject).scores
        if score.metric == SHARED
    ]
    assert score.value is None and (score.language, score.n) == ("zho_Hans-jpn_Jpan", 2)
    assert score.note == (
        "chinese: its vocabulary of 8 entries has single characters alone; raise shared_entries"
    )
