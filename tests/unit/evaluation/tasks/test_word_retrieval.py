"""Sentence retrieval by word vectors, on spaces whose words are translations one to one."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from lingraft.evaluation.outcome import MODEL, Outcome
from lingraft.evaluation.tasks.retrieval import Retrieval
from lingraft.evaluation.tasks.sr_t import TatoebaRetrieval
from lingraft.evaluation.tasks.word_retrieval import WordRetrieval
from lingraft.evaluation.word_subjects import AlignmentSubject
from lingraft.vectors.alignment import align
from lingraft.vectors.vectorset import VectorSet
from lingraft.vectors.word_pairs import WordPair

WORDS = [f"w{i}" for i in range(120)]
TRANSLATIONS = [f"x{i * 37 % 120}" for i in range(120)]


@pytest.fixture
def subject(tmp_path: Path, make_corpus: Callable[..., Path]) -> AlignmentSubject:
    """A space and its rotated copy, and sentences that are translated word by word."""
    return planted(tmp_path, make_corpus, TRANSLATIONS)


def planted(
    root: Path, make_corpus: Callable[..., Path], dictionary: Sequence[str]
) -> AlignmentSubject:
    """As `subject`, aligned by a dictionary that may be wrong."""
    generator = np.random.default_rng(0)
    rotation_EE = np.linalg.qr(generator.normal(size=(20, 20)))[0].astype(np.float32)
    source_WE = generator.normal(size=(120, 20)).astype(np.float32)
    counts_W = np.arange(120, 0, -1)
    source = VectorSet(WORDS, source_WE, counts_W, language="eng_Latn")
    target = VectorSet(TRANSLATIONS, source_WE @ rotation_EE, counts_W, language="swh_Latn")
    pairs = [WordPair(*words) for words in zip(WORDS, dictionary, strict=True)]
    made = {"source": source, "target": target, "alignment": align(source, target, pairs)}
    for name, one in made.items():
        (root / name).mkdir()
        one.save(root / name)
    drawn = {str(i): generator.choice(120, size=7) for i in range(80)}
    corpus, pivot = (
        make_corpus(name, {i: " ".join(words[row] for row in drawn[i]) for i in drawn})
        for name, words in (("t", TRANSLATIONS), ("p", WORDS))
    )
    data = {name: root / name for name in ("source", "target")}
    own = {"corpora": {"swahili": corpus}, "pivots": {"swahili": pivot}}
    return AlignmentSubject(root / "alignment", data=data, **own)


def accuracy(outcome: Outcome, system: str = MODEL) -> float:
    [score] = [s for s in outcome.scores if (s.metric, s.system) == ("accuracy@1", system)]
    assert score.value is not None
    assert score.standard_error is not None
    return score.value


def test_words_find_their_sentences(subject: AlignmentSubject) -> None:
    outcome = WordRetrieval().evaluate(subject)
    assert accuracy(outcome) == 1
    assert accuracy(outcome, "copied tokens") < 0.5
    assert {score.language for score in outcome.scores} == {"swahili"}
    assert len(outcome.predictions) == 160
    assert not outcome.notes


def test_a_map_of_wrong_pairs_finds_them_by_chance(
    tmp_path: Path, make_corpus: Callable[..., Path]
) -> None:
    """Chance is 1 of 80. The options change the vectors, not the answer."""
    wrong = planted(tmp_path, make_corpus, [*TRANSLATIONS[50:], *TRANSLATIONS[:50]])
    tasks = [WordRetrieval(), WordRetrieval(sif_weight=1e6), WordRetrieval(common_components=0)]
    outcomes = [task.evaluate(wrong) for task in tasks]
    assert max(map(accuracy, outcomes)) < 0.08
    assert len({outcome.predictions[0]["similarity"] for outcome in outcomes}) == 3


def test_languages_without_pairs_and_sentences_without_words_say_so(
    subject: AlignmentSubject, make_corpus: Callable[..., Path]
) -> None:
    pivot = make_corpus("q", {"1": "w1 w2", "2": "w3 w4"})
    corpora = {"one": make_corpus("o", {"1": "x1"}), "two": make_corpus("u", {"1": "x1", "2": "?"})}
    pivots = {"one": pivot, "two": pivot}
    few = AlignmentSubject(subject.folder, data=subject.data, corpora=corpora, pivots=pivots)
    outcome = WordRetrieval().evaluate(few)
    assert outcome.notes == [
        "one: 1 usable held-out pairs, 2 are needed",
        "two: 1 of 2 sentences have no word with a vector",
    ]


def test_it_stands_beside_retrieval_of_the_same_pairs() -> None:
    words = WordRetrieval(minimum_characters=10)
    assert words.is_reference_of(Retrieval(minimum_characters=10, query_model="same"))
    assert not words.is_reference_of(Retrieval())
    papers = TatoebaRetrieval(data="t", minimum_characters=10, sentences=300, unique=True)
    assert not words.is_reference_of(papers)
