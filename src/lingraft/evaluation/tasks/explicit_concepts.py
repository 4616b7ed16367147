"""Explicit concepts: word vectors as the ground of a space whose axes are named (SESA).

Labelled texts are the averages of their word vectors. A small encoder learns to give each text one
number for every label, as `lingraft.evaluation.measures.explicit_concepts` says; here the labels,
topics mostly, are the concepts. On test texts: do the largest axes name the label, and are texts of
one label nearer to each other than to other texts?
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import PositiveInt

from lingraft.config.base import Seed
from lingraft.corpus.records import draw
from lingraft.evaluation.data.reading import Example, read_examples
from lingraft.evaluation.outcome import MODEL, Outcome, Score, not_measured
from lingraft.evaluation.task import Metric, register
from lingraft.evaluation.words.word_task import DatasetWordTask

if TYPE_CHECKING:
    from lingraft.numeric.arrays import Float32, Float64, Int64
    from lingraft.vectors.vectorset import VectorSet

AVERAGES = "averages"


@register
class ExplicitConcepts(DatasetWordTask):
    """Texts in a space of named concepts that is learned on frozen word vectors."""

    name = "explicit_concepts"
    about = "Named axes (SESA) learned on word vectors: whether they name a text's label."
    title = "explicit concepts"
    dataset = "topics"
    packages = ("numpy", "scikit-learn", "torch")
    main_metric = "tag_precision"
    metrics = {
        "tag_precision": Metric("up", "values", "average precision of the right axis of a text"),
        "pair_auc": Metric(about="how often texts of one label are nearer than others; .5: chance"),
    }

    train_texts: PositiveInt | None = 5000
    """Training texts, drawn by the hash of their ids; unset takes all."""
    related_pairs: PositiveInt = 2000
    """Pairs of texts of one label to learn from, and of each kind to test with, at most."""
    seed: Seed = 0
    """Seed of the encoder's weights, and of the pairs."""

    def protocol(self) -> str:
        """Labels are the concepts; the encoder reads averages of word vectors."""
        return "explicit_concepts/averages"

    def test(self, vectors: "VectorSet", data: Path, language: str) -> Outcome:
        """Average precision of the axes, and the area under the curve of pairs."""
        import numpy as np

        from lingraft.evaluation.measures.explicit_concepts import (
            learn_concepts,
            related_pairs,
            tag_precisions,
        )
        from lingraft.evaluation.measures.word_sequences import word_sequences

        train, test = draw(read_examples(data, "train"), self.train_texts), _test_texts(data)
        names = sorted({example.label for example in train})
        known = [example for example in test if example.label in names]
        if len(names) < 2 or not known:
            reason = f"{len(names)} labels in training, {len(known)} test texts with one of them"
            return not_measured(language, self.main_metric, reason, n=len(known))
        texts = [example.text for example in (*train, *known)]
        means_NE = word_sequences(texts, vectors, language).averages()
        read_NE, new_NE = means_NE[: len(train)], means_NE[len(train) :]
        labels = np.array([names.index(example.label) for example in (*train, *known)])
        tags_NK = np.eye(len(names), dtype=np.int64)[labels]
        learned, gold = tags_NK[: len(train)], tags_NK[len(train) :]
        pairs_P2, is_related_P = related_pairs(learned, self.related_pairs, self.seed)
        space = learn_concepts(read_NE, learned, pairs_P2[is_related_P], names, self.seed)
        axes_NK = space.axes(new_NE)
        precisions_N = tag_precisions(axes_NK, gold)
        pairs = related_pairs(gold, self.related_pairs, self.seed)
        records = [
            {"id": example.id, "language": language, "gold": example.label, "predicted": top,
             "tag_precision": value}
            for example, [top], value in zip(
                known, space.top(new_NE, 1), precisions_N.tolist(), strict=True
            )
        ]  # fmt: skip
        unseen = len(test) - len(known)
        notes = (
            [f"{language}: {unseen} test texts have labels that training lacks"] if unseen else []
        )
        scores = list(_scores(axes_NK, new_NE, precisions_N, pairs, language))
        return Outcome(scores, records, notes)


def _test_texts(data: Path) -> Sequence[Example]:
    return draw(read_examples(data, "test"), None)


def _scores(
    axes_NK: "Float32",
    means_NE: "Float32",
    precisions_N: "Float64",
    pairs: "tuple[Int64, Int64]",
    language: str,
) -> Iterator[Score]:
    """The scores of the axes, and beside them those of the averages that they are learned on."""
    from lingraft.evaluation.measures.explicit_concepts import pair_ranking
    from lingraft.evaluation.words.intervals import mean_error

    count, error = len(precisions_N), mean_error(precisions_N)
    value = float(precisions_N.mean())
    yield Score(language, "tag_precision", value, count, split="test", standard_error=error)
    if 0 < pairs[1].sum() < len(pairs[1]):
        for system, rows in ((MODEL, axes_NK), (AVERAGES, means_NE)):
            auc = pair_ranking(rows, *pairs)
            yield Score(language, "pair_auc", auc, len(pairs[1]), split="test", system=system)
