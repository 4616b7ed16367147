"""Minimal pairs of subject-verb agreement: is the sentence with the right form the likelier one?

The shape is MultiBLiMP's (Jumelet et al. 2025). A model that prefers short or frequent forms may
be right often without knowing what agrees, so distributions over its vocabulary stand beside it.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from lingraft.config.base import Name
from lingraft.corpus.normalizing import TextDoor
from lingraft.evaluation.data.alike import AlikeFolders
from lingraft.evaluation.data.minimal_pairs import MinimalPair, draw_pairs, read_minimal_pairs
from lingraft.evaluation.outcome import (
    MODEL,
    Outcome,
    Prediction,
    Score,
    binomial_error,
    joined,
    not_measured,
)
from lingraft.evaluation.subject import ModelSubject, languages_of
from lingraft.evaluation.task import Metric, Task, register
from lingraft.evaluation.tasks.language_model import SOURCE

if TYPE_CHECKING:
    from lingraft.models.scoring.windows import DocumentWindows

ACCURACY, KIND_ACCURACY = "accuracy", "kind_accuracy"
CHANCE = "chance"
NOT_LONGER = "wrong form not longer"  # pairs that a preference for short words does not solve
_FEW = 50  # pairs: one of them is then two points


@register
class Agreement(Task[ModelSubject]):
    """Which of two sentences, that differ in the form of one verb, has the higher probability."""

    name = "agreement"
    about = "Subject-verb agreement: the right form is more probable than the wrong one."
    title = "agreement"
    measures = ModelSubject
    reads = ("weights", "tokenizer", "corpora", "data", "source")
    dataset = "minimal_pairs"
    metrics = {
        ACCURACY: Metric("up", "values"),
        KIND_ACCURACY: Metric("up", "values", "of some of the pairs"),
    }

    data: Name
    """The minimal pairs, by their name in `datasets`: a treebank (`format: agreement`) or lists."""
    pairs: int | None = Field(default=500, ge=1)
    """Pairs of a language, one of a sentence, drawn by the hash of their ids; null takes all."""
    prefix: str | None = None
    """What a causal model reads before a sentence, as in `language_model`."""
    reference_bytes: int | None = Field(default=10_000_000, ge=1)
    """Bytes of training text on which the rows beside the models are counted; null takes all."""

    def protocol(self) -> str:
        """Sums over whole sentences, not means over tokens."""
        return "agreement/sentence"

    def evaluate(self, subject: ModelSubject) -> Outcome:
        """Accuracy in each language that the model learns and the dataset has."""
        learned = subject.languages().values()
        languages = subject.dataset(self.data)
        known = {k: folder for k, folder in languages.items() if not learned or k in learned}
        if not known:
            reason = f"{self.data} has no pairs of it"
            return joined(not_measured(name, ACCURACY, reason) for name in dict.fromkeys(learned))
        return joined(self._measure(subject, *place) for place in known.items())

    def small(self, layers: int) -> dict[str, Any]:
        """Few pairs."""
        return {"pairs": 20}

    def _measure(self, subject: ModelSubject, language: str, folder: Path) -> Outcome:
        from lingraft.evaluation.measures.sentence_likelihood import (
            cut_sentences,
            log_probabilities,
            preferences,
        )
        from lingraft.models.objective import is_opened

        pairs = self._drawn(folder)
        if not pairs:
            return not_measured(language, ACCURACY, f"{self.data} has no pairs", split="test")
        if is_opened(subject.model.config):
            reason = "this decoder sees later tokens"
            return not_measured(language, ACCURACY, reason, split="test")
        cut = cut_sentences(subject.model, subject.tokenizer, _texts(pairs), self.prefix)
        found = {MODEL: preferences(log_probabilities(subject.model, cut))}
        found |= self._references(subject, language, cut)
        if subject.source_model is not None and (source := self._source(subject, language)):
            found[SOURCE] = source
        few = f"{language}: {self.data} has only {len(pairs)} pairs, too few to tell models apart"
        return joined(
            [
                Outcome([_chance(language, len(pairs))], notes=[few] if len(pairs) < _FEW else []),
                *(_outcome(language, pairs, system, right) for system, right in found.items()),
            ]
        )

    def _drawn(self, folder: Path) -> list[MinimalPair]:
        return draw_pairs(read_minimal_pairs(folder), self.pairs)

    def _source(self, subject: ModelSubject, language: str) -> list[float]:
        """What the untouched source model prefers, once for all its models; empty if it cannot."""
        from lingraft.evaluation.measures.sentence_likelihood import (
            cut_sentences,
            log_probabilities,
            preferences,
        )
        from lingraft.models.objective import is_opened
        from lingraft.tokenizers.text_normalizer import read_mark_of

        # The same pairs as the source model's own text is written.
        alike = AlikeFolders(TextDoor(read_mark_of(subject.source()), str(subject.source())))
        folders = alike.of({language: languages_of(subject.data, self.data)[language]})
        texts = _texts(self._drawn(folders[language]))

        def answer() -> list[float]:
            model, tokenizer = subject.source_reader
            if is_opened(model.config):
                return []
            cut = cut_sentences(model, tokenizer, texts, self.prefix)
            return preferences(log_probabilities(model, cut))

        question = [subject.source_digests, self.prefix, texts]
        return list(subject.remembered("source_preferences", question, answer))

    def _references(
        self, subject: ModelSubject, language: str, cut: "DocumentWindows"
    ) -> Mapping[str, list[float]]:
        """What the distributions prefer, counted on the first corpus of the language."""
        from lingraft.evaluation.measures import reference_rows
        from lingraft.evaluation.measures.sentence_likelihood import preferences

        own = next((name for name, of in subject.languages().items() if of == language), None)
        if own is None:
            return {}

        def answer() -> dict[str, list[float]]:
            losses = reference_rows.losses_on_corpus(
                subject.folder, subject.corpora[own], cut, True, self.reference_bytes
            )
            return {name: preferences([-x.loss for x in by]) for name, by in losses.items()}

        digests = subject.own_digests["tokenizer"], subject.data_digests[f"corpora/{own}"]
        question = [*digests, reference_rows.fingerprint_of(cut), self.reference_bytes]
        return dict(subject.remembered("reference_preferences", question, answer))


def _texts(pairs: Sequence[MinimalPair]) -> list[str]:
    """The right and the wrong sentence of each pair, in turn."""
    return [text for pair in pairs for text in (pair.right, pair.wrong)]


def _chance(language: str, count: int) -> Score:
    return Score(language, ACCURACY, 0.5, count, split="test", system=CHANCE)


def _outcome(
    language: str, pairs: Sequence[MinimalPair], system: str, right: Sequence[float]
) -> Outcome:
    """The scores of a system over all pairs and over those of each kind, and a record of each."""
    scores: list[Score] = []
    records: list[Prediction] = []
    for kind, chosen in _by_kind(pairs):
        metric = KIND_ACCURACY if kind else ACCURACY
        values = [right[i] for i in chosen]
        share = sum(values) / len(values)
        scores.append(
            Score(
                language, metric, share, len(values), split="test", system=system, setting=kind,
                standard_error=binomial_error(share, len(values)),
            )
        )  # fmt: skip
        place = {"language": language, "system": system} | ({"setting": kind} if kind else {})
        records += [{"id": pairs[i].id, **place, metric: right[i]} for i in chosen]
    return Outcome(scores, records)


def _by_kind(pairs: Sequence[MinimalPair]) -> Iterator[tuple[str, list[int]]]:
    """Yield the places of all pairs, of each kind under its name, and of those that are harder."""
    yield "", list(range(len(pairs)))
    hard = [i for i, pair in enumerate(pairs) if len(pair.wrong) <= len(pair.right)]
    if 0 < len(hard) < len(pairs):
        yield NOT_LONGER, hard
    for kind in sorted({pair.kind for pair in pairs if pair.kind}):
        yield kind, [i for i, pair in enumerate(pairs) if pair.kind == kind]
