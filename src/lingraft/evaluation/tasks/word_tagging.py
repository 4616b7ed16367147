"""Parts of speech (or other tags of words) from frozen vectors of a window."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeInt

from lingraft.corpus.records import draw
from lingraft.evaluation.data.tag_files import Sentence, read_sentences
from lingraft.evaluation.outcome import MODEL, Outcome, Prediction, Score, not_measured
from lingraft.evaluation.task import SHARE, Metric, register
from lingraft.evaluation.words.word_task import DatasetWordTask

if TYPE_CHECKING:
    from lingraft.numeric.arrays import Float64, Int64
    from lingraft.vectors.vectorset import VectorSet

USUAL = "usual tag of the word"


@register
class WordTagging(DatasetWordTask):
    """Tags of words from frozen vectors: a small classifier that sees a window."""

    name = "word_tagging"
    about = "Tags of words, such as parts of speech, by a small classifier on frozen vectors."
    title = "tagging"
    dataset = "tags"
    packages = ("numpy", "torch")
    main_metric = "token_accuracy"
    metrics = {
        "token_accuracy": Metric("up", "correct_tokens", limits=SHARE),
        "new_word_accuracy": Metric(
            about="of words that the training text does not have", limits=SHARE
        ),
    }

    window: NonNegativeInt = 2
    """Neighbors that the classifier sees on either side."""
    train_sentences: int | None = Field(default=None, ge=2)
    """Training sentences, drawn by the hash of their ids; null takes all."""
    test_sentences: int | None = Field(default=None, ge=1)
    """Test sentences, drawn by the hash of their ids; null takes all."""

    def protocol(self) -> str:
        """Frozen vectors; the id says how wide the window is."""
        return f"word_tagging/window-{self.window}"

    def test(self, vectors: "VectorSet", data: Path, language: str) -> Outcome:
        """Accuracy on all words and on new ones, beside that of the word's usual tag."""
        from lingraft.evaluation.words.window_tagger import tag_words, usual_tags, word_windows

        train = draw(read_sentences(data, "train"), self.train_sentences)
        tested = draw(read_sentences(data, "test"), self.test_sentences)
        if not train or not tested:
            missing = "test" if train else "training"
            return not_measured(language, "token_accuracy", f"there is no {missing} sentence")
        tags = [tag for sentence in train for tag in sentence.tags]
        words = [word for sentence in tested for word in sentence.words]
        found = tag_words(
            word_windows(train, vectors, self.window),
            tags,
            word_windows(tested, vectors, self.window),
        )
        known = {word for sentence in train for word in sentence.words}
        scores: list[Score] = []
        records: list[Prediction] = []
        for system, predicted in ((MODEL, found), (USUAL, usual_tags(train, words))):
            scores += _scores(tested, predicted, known, language, system)
            records += _records(tested, predicted, language, system)
        return Outcome(scores, records)


def _records(
    tested: Sequence[Sentence], predicted: Sequence[str], language: str, system: str
) -> Iterator[Prediction]:
    """How many words of each sentence are right."""
    start = 0
    for sentence in tested:
        own = predicted[start : start + len(sentence.tags)]
        start += len(sentence.tags)
        yield {
            "id": sentence.id,
            "language": language,
            "system": system,
            "correct": sum(a == b for a, b in zip(sentence.tags, own, strict=True)),
            "tokens": len(own),
        }


def _scores(
    tested: Sequence[Sentence],
    predicted: Sequence[str],
    known: set[str],
    language: str,
    system: str,
) -> Iterator[Score]:
    """Sentences, not words, are drawn again for the standard errors: their words go together."""
    import numpy as np

    from lingraft.evaluation.words.intervals import bootstrap_error

    tags = [tag for sentence in tested for tag in sentence.tags]
    right_N = np.array([a == b for a, b in zip(tags, predicted, strict=True)])
    is_new_N = np.array([word not in known for sentence in tested for word in sentence.words])
    sentence_N = np.repeat(np.arange(len(tested)), [len(sentence.tags) for sentence in tested])
    for metric, chosen_N in (
        ("token_accuracy", np.ones(len(tags), dtype=bool)),
        ("new_word_accuracy", is_new_N),
    ):
        count = int(chosen_N.sum())
        if not count:
            continue
        hits_S, all_S = (
            np.bincount(sentence_N[part_N], minlength=len(tested)).astype(np.float64)
            for part_N in (right_N & chosen_N, chosen_N)
        )
        error = bootstrap_error(partial(_ratios, hits_S, all_S), len(tested))
        yield Score(
            language,
            metric,
            float(right_N[chosen_N].mean()),
            count,
            split="test",
            system=system,
            standard_error=error,
        )


def _ratios(hits_S: "Float64", all_S: "Float64", rows_BS: "Int64") -> "Float64":
    """The share of right words in each resample of the sentences."""
    shares_B: Float64 = hits_S[rows_BS].sum(axis=1) / all_S[rows_BS].sum(axis=1)
    return shares_B
