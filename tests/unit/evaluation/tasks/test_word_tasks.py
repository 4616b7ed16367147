"""The tasks on static vectors, from datasets to scores."""

import json
import shutil
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from lingraft.artifacts import new_artifact
from lingraft.config.checking import check_block
from lingraft.config.datasets import block_of
from lingraft.errors import InputError
from lingraft.evaluation.data.stage import prepare_dataset
from lingraft.evaluation.outcome import Outcome
from lingraft.evaluation.tasks.word_analogies import WordAnalogies
from lingraft.evaluation.tasks.word_associations import WordAssociations, WordGroups
from lingraft.evaluation.tasks.word_similarity import WordSimilarity
from lingraft.evaluation.tasks.word_tagging import WordTagging
from lingraft.evaluation.tasks.word_topics import WordTopics
from lingraft.evaluation.word_subjects import VectorsSubject
from lingraft.vectors.vectorset import VectorSet

WORDS = ["man", "woman", "king", "queen", "apple", "pear"]
VECTORS = [[1, 0, 0], [1, 0.2, 0], [1, 0, 1], [1, 0.15, 1], [0, -1, 0], [0.1, -1, 0]]


@pytest.fixture
def subject(tmp_path: Path) -> VectorsSubject:
    (tmp_path / "vectors").mkdir()
    vectors = VectorSet(WORDS, np.array(VECTORS, np.float32), language="eng_Latn")
    vectors.save(tmp_path / "vectors")
    return VectorsSubject(tmp_path / "vectors")


def with_data(subject: VectorsSubject, content: str, **settings: object) -> VectorsSubject:
    """The subject with a dataset `words`, made from one file of a download."""
    root = subject.folder.parent
    for name in ("download", "words"):
        shutil.rmtree(root / name, ignore_errors=True)
    with new_artifact(root / "download", "download") as staging:
        (staging / "files").mkdir()
        (staging / "files" / "en.tsv").write_text(content)
    block = {"source": "s", "languages": {"eng_Latn": "en"}, "test": "{code}.tsv", **settings}
    prepare_dataset(check_block(block_of(block), block, "d"), root / "download", root / "words")
    return VectorsSubject(subject.folder, data={"words": root / "words"})


def values(outcome: Outcome) -> dict[tuple[str, str], float | None]:
    return {(score.setting, score.metric): score.value for score in outcome.scores}


def test_graded_pairs(subject: VectorsSubject) -> None:
    lines = "one\ttwo\tscore\nman\twoman\t9\nman\tking\t6\nman\tapple\t1\nman\tzebra\t5\n"
    outcome = WordSimilarity(data="words").evaluate(with_data(subject, lines, format="word_pairs"))
    found = values(outcome)
    assert found["graded pairs", "spearman"] == pytest.approx(1)
    assert found["graded pairs", "out_of_vocabulary"] == 0.25
    ids = [record["id"] for record in outcome.predictions]
    assert ids == ["man woman", "man king", "man apple"]


def test_synonyms(subject: VectorsSubject) -> None:
    lines = "man woman\nking queen\napple pear\n"
    task = WordSimilarity(data="words", random_words=20)
    outcome = task.evaluate(with_data(subject, lines, format="word_pairs"))
    assert values(outcome)["synonyms", "auc"] == 1


def test_too_few_known_pairs_are_not_measured(subject: VectorsSubject) -> None:
    data = with_data(subject, "man\tzebra\t9\n", format="word_pairs")
    [score] = WordSimilarity(data="words").evaluate(data).scores
    assert (score.value, score.note) == (None, "0 of 1 pairs are in the vocabulary")


def test_analogies_exclude_the_words_of_the_question(subject: VectorsSubject) -> None:
    """The nearest of the sum is king itself."""
    lines = ": family\nman woman king queen\n: gram1\nman woman king apple\nman woman king zebra\n"
    outcome = WordAnalogies(data="words").evaluate(with_data(subject, lines, format="analogies"))
    found = values(outcome)
    for method in ("3CosAdd", "3CosMul"):
        assert found[f"{method}, covered", "accuracy"] == 0.5
        assert found[f"{method}, all", "accuracy"] == pytest.approx(1 / 3)
        assert found[f"{method}, semantic", "accuracy"] == 1
        assert found[f"{method}, syntactic", "accuracy"] == 0
        assert (found[f"{method}, covered", "mrr"] or 0) > 0.5
    assert found["", "coverage"] == pytest.approx(2 / 3)
    assert {record["setting"] for record in outcome.predictions} == {"3CosAdd", "3CosMul"}


def test_a_rank_beyond_the_cutoff_counts_as_a_miss(subject: VectorsSubject) -> None:
    """The answer of the second question is the second best."""
    lines = "man woman king queen\nman woman king apple\n"
    data = with_data(subject, lines, format="analogies")
    whole = values(WordAnalogies(data="words").evaluate(data))
    cut = values(WordAnalogies(data="words", cutoff=1).evaluate(data))
    assert (whole["3CosMul, all", "mrr"] or 0) > 0.5
    assert cut["3CosMul, all", "mrr@1"] == cut["3CosMul, all", "accuracy"] == 0.5


def test_lists_with_names_have_scores_of_their_own(subject: VectorsSubject) -> None:
    lines = "man woman 9\nman king 6\nman apple 1\nman zebra 5\n"
    lists = {"people": "{code}.tsv", "again": "*.tsv"}
    data = with_data(subject, lines, format="word_pairs", test=lists)
    outcome = WordSimilarity(data="words").evaluate(data)
    found = values(outcome)
    for name in lists:
        assert found[f"graded pairs, {name}", "spearman"] == pytest.approx(1)
    assert {record["setting"] for record in outcome.predictions} == {
        "graded pairs, again",
        "graded pairs, people",
    }
    outcome = WordSimilarity(data="words", words=2).evaluate(data)
    assert outcome.notes[0].startswith("again: eng_Latn, graded pairs: 1 of 4 pairs")


def test_associations(subject: VectorsSubject) -> None:
    test = WordGroups(
        language="eng_Latn",
        targets=(("king", "queen"), ("apple", "pear", "plum")),
        attributes=(("man", "woman"), ("apple", "pear")),
    )
    found = values(WordAssociations(tests={"fruit": test}).evaluate(subject))
    assert (found["fruit", "effect_size"] or 0) > 1
    assert found["fruit", "p_value"] == pytest.approx(1 / 6)
    assert found["fruit", "coverage"] == pytest.approx(8 / 9)
    other = test.model_copy(update={"language": "swh_Latn"})
    task = WordAssociations(tests={"fruit": other})
    assert not task.can_measure("eng_Latn", {})
    assert task.evaluate(subject).scores[0].note == "no test is in eng_Latn"
    unknown = test.model_copy(update={"targets": (("king", "x"), ("apple", "pear"))})
    [score] = WordAssociations(tests={"fruit": unknown}).evaluate(subject).scores
    assert score.note == "fewer than two words of a group are known"


CONLL = "man N\nking N\n\nwoman N\nqueen N\n\nsees V\n"


def test_tagging(subject: VectorsSubject) -> None:
    tagged = with_data(subject, CONLL * 3, format="tags", train="{code}.tsv")
    outcome = WordTagging(data="words", window=1, train_sentences=8).evaluate(tagged)
    found = {(score.metric, score.system): score for score in outcome.scores}
    assert found["token_accuracy", "usual tag of the word"].value == 1
    assert found["token_accuracy", "model"].n == 15
    assert 0.5 < (found["token_accuracy", "model"].value or 0) <= 1
    assert ("new_word_accuracy", "model") not in found
    assert sum(record["tokens"] for record in outcome.predictions) == 30
    untrained = with_data(subject, CONLL, format="tags")
    [score] = WordTagging(data="words", test_sentences=1).evaluate(untrained).scores
    assert score.note == "there is no training sentence"


@pytest.mark.parametrize("classifier", ["averaged", "recurrent"])
def test_topics_by_words(
    subject: VectorsSubject, tmp_path: Path, classifier: Literal["averaged", "recurrent"]
) -> None:
    """Pages of two topics whose words lie apart."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for split, count in (("train", 24), ("valid", 6)):
        pages = [
            {
                "id": str(i),
                "text": ("man woman king" if i % 2 else "apple pear apple"),
                "metadata": {"topic": "people" if i % 2 else "fruit"},
            }
            for i in range(count)
        ]
        (corpus / f"{split}.jsonl").write_text("".join(json.dumps(page) + "\n" for page in pages))
    given = VectorsSubject(subject.folder, corpora={"english": corpus})
    outcome = WordTopics(classifiers=(classifier,)).evaluate(given)
    found = {(score.metric, score.system): score.value for score in outcome.scores}
    assert found["accuracy", "model"] == 1
    assert found["accuracy", "majority"] == 0.5
    assert {score.setting for score in outcome.scores} == {classifier}
    assert not WordTopics(languages=("swh_Latn",)).can_measure("eng_Latn", {})
    [score] = WordTopics().evaluate(subject).scores
    assert score.note == "no run learns from text of this language"
    [score] = WordTopics(label="none").evaluate(given).scores
    assert score.note == 'no training page carries the label "none"'


def test_another_language_is_not_measured(subject: VectorsSubject) -> None:
    data = with_data(subject, "a b\n", format="word_pairs")
    (data.data["words"] / "eng_Latn").rename(data.data["words"] / "swh_Latn")
    [score] = WordSimilarity(data="words").evaluate(data).scores
    assert score.note == "words has no data of eng_Latn"


@pytest.mark.parametrize(
    ("format", "content", "message"),
    [
        ("word_pairs", "a\tb\t1\nc\td\tx\n", "line 2: 'x' is not a number"),
        ("word_pairs", "a\n", "line 1: two words expected"),
        ("analogies", "a b c\n", "line 1: four words expected"),
    ],
)
def test_bad_lines_are_named(
    subject: VectorsSubject, format: str, content: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        with_data(subject, content, format=format)


def test_synonyms_of_a_dictionary(tmp_path: Path) -> None:
    """Translations of one sense are synonyms; those of two senses are not."""
    article = "car /x/\naraba, otomobil, kara taşıt\nvagon\n"
    index = (
        "car\tA\t"
        + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[len(article.encode())]
    )
    with new_artifact(tmp_path / "download", "download") as staging:
        (staging / "files").mkdir()
        (staging / "files" / "eng-tur.index").write_text(index + "\n")
        (staging / "files" / "eng-tur.dict").write_text(article)
    block = {"source": "s", "format": "synonyms", "languages": ["tur_Latn"]}
    settings = check_block(block_of(block), block, "d")
    prepare_dataset(settings, tmp_path / "download", tmp_path / "data")
    from lingraft.corpus.records import read_records

    rows = list(read_records(tmp_path / "data" / "tur_Latn", "test"))
    assert json.loads(json.dumps(rows)) == [{"first": "araba", "second": "otomobil"}]
