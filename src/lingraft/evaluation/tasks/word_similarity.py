"""Word similarity: do vectors order pairs of words as people do?

Where a dataset has graded pairs (WordSim-353, AnlamVer), cosines are correlated with the scores, as
gensim's `evaluate_word_pairs` does. Where it has synonyms without scores, the task asks how often a
synonym is nearer than a random word.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import PositiveInt

from lingraft.corpus.records import field_of, read_records
from lingraft.evaluation.outcome import Outcome, Score, not_measured
from lingraft.evaluation.task import CORRELATION, SHARE, Metric, register
from lingraft.evaluation.words.word_task import WordListTask

if TYPE_CHECKING:
    from pathlib import Path

    from lingraft.numeric.arrays import Int64
    from lingraft.vectors.vectorset import VectorSet

GRADED = "graded pairs"
SYNONYMS = "synonyms"


@register
class WordSimilarity(WordListTask):
    """Similarity of words, by graded pairs or by synonyms."""

    name = "word_similarity"
    about = "Word similarity by vectors: correlation with human scores, or synonyms recognized."
    title = "word similarity"
    dataset = "word_pairs"
    main_metric = "spearman"
    metrics = {
        "spearman": Metric(
            about="rank correlation of cosines with human scores", limits=CORRELATION
        ),
        "pearson": Metric(about="correlation of cosines with human scores", limits=CORRELATION),
        "auc": Metric(
            about="how often a synonym is nearer than a random word; 0.5 is chance", limits=SHARE
        ),
        "out_of_vocabulary": Metric("down", about="share of pairs with an unknown word"),
    }

    any_case: bool = False
    """Ignore case as gensim does, by upper case, which merges Turkish dotless and dotted i."""
    random_words: PositiveInt = 100
    """Random words that each synonym is compared with."""

    def protocol(self) -> str:
        """Pairs with an unknown word are left out, and their share is a score of its own."""
        return "word_similarity/any-case" if self.any_case else "word_similarity/exact"

    def test_list(self, vectors: "VectorSet", data: "Path", name: str, language: str) -> Outcome:
        """Correlations, or the area under the ROC curve, with the share of unknown pairs."""
        import numpy as np

        from lingraft.evaluation.words.lookup import Lookup
        from lingraft.evaluation.words.similarity import known_pairs, pair_cosines

        rows = list(read_records(data, name))
        pairs = [
            (field_of(row, "first", data, name), field_of(row, "second", data, name))
            for row in rows
        ]
        known_P, rows_P2 = known_pairs(Lookup(vectors, self.any_case), pairs)
        is_graded = all(row.get("score") is not None for row in rows)
        setting = GRADED if is_graded else SYNONYMS
        main = "spearman" if is_graded else "auc"
        if len(known_P) < 3:
            reason = f"{len(known_P)} of {len(rows)} pairs are in the vocabulary"
            return not_measured(language, main, reason, n=len(known_P), setting=setting)
        cosines_P = pair_cosines(vectors, rows_P2)
        records: list[dict[str, Any]] = [
            {"id": " ".join(pairs[i]), "language": language, "setting": setting, "cosine": cosine}
            for i, cosine in zip(known_P.tolist(), cosines_P.tolist(), strict=True)
        ]
        if is_graded:
            gold_P = np.array([float(rows[i]["score"]) for i in known_P])
            scores = list(_correlated(cosines_P, gold_P, language))
        else:
            scores = list(self._recognized(vectors, rows_P2, language, records))
        unknown = 1 - len(known_P) / len(rows)
        scores.append(
            Score(language, "out_of_vocabulary", unknown, len(rows), "down", "test",
                  setting=setting)
        )  # fmt: skip
        return Outcome(scores, records)

    def _recognized(
        self,
        vectors: "VectorSet",
        rows_P2: "Int64",
        language: str,
        records: Sequence[dict[str, Any]],
    ) -> Iterator[Score]:
        import numpy as np

        from lingraft.evaluation.words.intervals import mean_error
        from lingraft.evaluation.words.similarity import shares_below

        shares_P = shares_below(vectors, rows_P2, self.random_words)
        for record, share in zip(records, shares_P.tolist(), strict=True):
            record["share_below"] = share
        found_P = shares_P[~np.isnan(shares_P)]
        yield Score(
            language,
            "auc",
            float(found_P.mean()) if len(found_P) else None,
            len(found_P),
            split="test",
            setting=SYNONYMS,
            standard_error=mean_error(found_P),
        )


def _correlated(cosines_P: Any, gold_P: Any, language: str) -> Iterator[Score]:
    from lingraft.evaluation.words.similarity import correlations

    for metric, found in correlations(cosines_P, gold_P).items():
        yield Score(
            language,
            metric,
            found.value,
            len(gold_P),
            split="test",
            setting=GRADED,
            standard_error=found.error,
        )
