"""Analogies of words, a : b = c : ?, by 3CosAdd and 3CosMul.

Questions with an unknown word are left out of the `covered` scores, as gensim's
`evaluate_word_analogies` does, and count 0 in the scores over `all` questions.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import PositiveInt

from lingraft.corpus.records import field_of, read_records
from lingraft.evaluation.outcome import Outcome, Score, not_measured
from lingraft.evaluation.task import SHARE, Metric, register
from lingraft.evaluation.words.word_task import WordListTask

if TYPE_CHECKING:
    from pathlib import Path

    from lingraft.numeric.arrays import Int64
    from lingraft.vectors.vectorset import VectorSet

_SYNTACTIC = "gram"  # sections of Google's analogies whose names start so are syntactic


@register
class WordAnalogies(WordListTask):
    """Analogies of words."""

    name = "word_analogies"
    about = "Analogies of words by vectors: accuracy and mean reciprocal rank."
    title = "analogies"
    dataset = "analogies"
    main_metric = "accuracy"
    metrics = {
        "accuracy": Metric(limits=SHARE),
        "mrr": Metric(about="mean reciprocal rank of the answer", limits=SHARE),
        "coverage": Metric(about="share of questions whose words are all known"),
    }

    methods: tuple[Literal["3CosAdd", "3CosMul"], ...] = ("3CosAdd", "3CosMul")
    """How the answer is sought."""
    cutoff: PositiveInt | None = None
    """The last rank that counts: `mrr@10` is 0 where the answer is not among the first ten."""
    any_case: bool = False
    """Ignore case as gensim does, by upper case, which merges Turkish dotless and dotted i."""

    def protocol(self) -> str:
        """The words of a question are no answers."""
        return "word_analogies/any-case" if self.any_case else "word_analogies/exact"

    def test_list(self, vectors: "VectorSet", data: "Path", name: str, language: str) -> Outcome:
        """Accuracy and mean reciprocal rank, over known questions and over all."""
        from lingraft.evaluation.words.analogy import answer_ranks, known_questions
        from lingraft.evaluation.words.lookup import Lookup

        rows = list(read_records(data, name))
        questions = [field_of(row, "words", data, name) for row in rows]
        lookup = Lookup(vectors, self.any_case)
        known_Q, forms_Q4 = known_questions(lookup, questions)
        if not len(known_Q):
            return not_measured(language, "accuracy", "no question is in the vocabulary")
        sections = [str(rows[i].get("section", "")) for i in known_Q]
        scores = [Score(language, "coverage", len(known_Q) / len(rows), len(rows), split="test")]
        records: list[dict[str, Any]] = []
        for method in self.methods:
            ranks_Q = answer_ranks(vectors, lookup, forms_Q4, method)
            scores += self._scores(ranks_Q, sections, len(rows), language, method)
            records += (
                {"id": " ".join(questions[i]), "language": language, "setting": method,
                 "rank": rank}
                for i, rank in zip(known_Q.tolist(), ranks_Q.tolist(), strict=True)
            )  # fmt: skip
        return Outcome(scores, records)

    def _scores(
        self, ranks_Q: "Int64", sections: Sequence[str], total: int, language: str, method: str
    ) -> Iterator[Score]:
        """Over known questions, over all, and over the known ones of either kind."""
        import numpy as np

        from lingraft.evaluation.words.intervals import mean_error

        is_syntactic_Q = np.array([section.startswith(_SYNTACTIC) for section in sections])
        unknown = np.zeros(total - len(ranks_Q))
        parts = {"covered": ranks_Q, "all": np.concatenate([ranks_Q, unknown])}
        if is_syntactic_Q.any():
            parts |= {"semantic": ranks_Q[~is_syntactic_Q], "syntactic": ranks_Q[is_syntactic_Q]}
        mrr = "mrr" if self.cutoff is None else f"mrr@{self.cutoff}"
        for part, ranks_N in parts.items():
            if not len(ranks_N):
                continue
            # A rank of 0 is a miss: 1 / 0 must not be computed.
            is_found_N = (ranks_N > 0) & (ranks_N <= (self.cutoff or np.inf))
            reciprocal_N = np.where(is_found_N, 1 / np.maximum(ranks_N, 1), 0.0)
            for metric, values_N in (("accuracy", (ranks_N == 1) * 1.0), (mrr, reciprocal_N)):
                yield Score(
                    language,
                    metric,
                    float(values_N.mean()),
                    len(values_N),
                    split="test",
                    setting=f"{method}, {part}",
                    standard_error=mean_error(values_N),
                )
