"""Tasks of mteb, run by mteb: over the corpora's held-out text, or from its catalogue by name.

Scores carry mteb's own metric names; its bitext f1 is the weighted F1 of the best match, not an
accuracy, and its "XNLI" is a similarity task and not the papers' (docs/evaluation.md).
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from lingraft.artifacts import fingerprint
from lingraft.evaluation.data.reading import language_of, usable_pairs
from lingraft.evaluation.dynamic_reading import FrozenReading
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.evaluation.outcome import Outcome, joined, unmeasured
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import register
from lingraft.evaluation.tasks.topics import Topics

if TYPE_CHECKING:
    from mteb import AbsTask

    from lingraft.evaluation.measures.mteb_encoder import Embed, LocalEncoder

_LANGUAGE = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")


@register
class Mteb(Embedding, FrozenReading):
    """Tasks of the Massive Text Embedding Benchmark, run by the package mteb itself."""

    name = "mteb"
    about = "Tasks of mteb over local data or from its catalogue."
    title = "mteb"
    measures = ModelSubject
    brings_texts = True
    reads = ("weights", "tokenizer", "source", "corpora", "pivots")
    packages = ("mteb", "datasets", "scikit-learn")

    local: tuple[Literal["bitext", "classification"], ...] = ("bitext", "classification")
    """Tasks over the corpora's own held-out text: pairs with the pivot, and labelled pages."""
    sentences: int | None = Field(default=300, ge=2)
    """Held-out pairs of the local bitext task; null takes all."""
    minimum_characters: int = Field(default=1, ge=1)
    """Pairs with a shorter side are left out."""
    topics: Topics = Topics()
    """Which pages the local classification task takes, and their labels."""
    tasks: tuple[str, ...] = ()
    """Names from mteb's catalogue (`SIB200Classification.v3`); their data must be in the local
    Hugging Face cache before the evaluation starts."""
    benchmark: str | None = None
    """A whole benchmark of mteb by name, as `MTEB(Multilingual, v2)`."""
    languages: tuple[str, ...] = ()
    """Languages of the named tasks as mteb spells them (`swh`, `deu-Latn`); empty takes all."""
    pivot_model: Literal["source", "same"] = "source"
    """Which model embeds the pivot's sentences of the local bitext task."""

    @model_validator(mode="after")
    def _read_pages_as_pairs(self) -> Self:
        if self.topics.dynamic is not None:
            raise ValueError("topics.dynamic would have no effect here: write `dynamic` beside it")
        return self

    def protocol(self) -> str:
        """mteb's protocol; the id says who embeds the pivot's texts."""
        return f"mteb/{self.pivot_model}"

    def evaluate(self, subject: ModelSubject) -> Outcome:
        """The main score of each task, split and language, with mteb's predictions."""
        from lingraft.evaluation.measures.mteb_runs import named_tasks, run_mteb_task

        encoder = self.encoder(subject)
        with self._folder(subject) as folder:
            tasks = [
                *self.local_tasks(subject),
                *named_tasks(self.tasks, self.benchmark, self.languages),
            ]
            found = joined(
                task if isinstance(task, Outcome) else run_mteb_task(task, encoder, folder)
                for task in tasks
            )
        notes = [f"{s.language}, {s.setting}: {s.note}" for s in found.scores if s.note]
        return Outcome(found.scores, found.predictions, notes)

    def encoder(self, subject: ModelSubject) -> "LocalEncoder":
        """The evaluated model, with the source model for the pivot's language where asked for."""
        from lingraft.evaluation.measures.mteb_encoder import LocalEncoder

        others: dict[str, Embed] = {}
        if self.pivot_model == "source" and subject.pivots and "bitext" in self.local:
            pivots = {language_of(folder, name) for name, folder in subject.pivots.items()}
            others = dict.fromkeys(pivots, partial(subject.embed_pivot, by="source"))
        return LocalEncoder(subject.embedder.embed, self, subject.own_digests, others)

    def local_tasks(self, subject: ModelSubject) -> "Iterator[AbsTask | Outcome]":
        """mteb tasks over the held-out text of each corpus, or why there is none."""
        for name, language in subject.languages().items():
            if not _LANGUAGE.fullmatch(language):
                reason = f"{language!r} is not a language as mteb knows them (swh_Latn)"
                yield Outcome([unmeasured(language, "main_score", reason)])
                continue
            if "bitext" in self.local:
                yield self._bitext(subject, name, language)
            if "classification" in self.local and self.topics.wants(language):
                yield self._classification(subject, name, language)

    def small(self, layers: int) -> dict[str, Any]:
        """Few pairs, from a layer that the small model has."""
        return {"sentences": 20, "layer": min(self.layer, layers)}

    def _bitext(self, subject: ModelSubject, name: str, language: str) -> "AbsTask | Outcome":
        from lingraft.evaluation.measures.mteb_tasks import bitext_task

        pivot = subject.pivots.get(name)
        pairs = usable_pairs(subject.corpora[name], pivot, self.minimum_characters, self.sentences)
        if len(pairs) < 2:
            reason = f"{len(pairs)} usable held-out pairs, 2 are needed"
            return Outcome([unmeasured(language, "f1", reason, setting="bitext")])
        spoken = "eng_Latn" if pivot is None else language_of(pivot, "eng_Latn")
        return bitext_task(pairs, (spoken, language), _revision(subject, name))

    def _classification(
        self, subject: ModelSubject, name: str, language: str
    ) -> "AbsTask | Outcome":
        from lingraft.evaluation.measures.mteb_tasks import classification_task

        train = self.topics.known_pages(subject, "corpora", name, "train")
        test = self.topics.known_pages(subject, "corpora", name, "valid")
        if reason := self.topics.obstacle(train, test):
            return Outcome([unmeasured(language, "accuracy", reason, setting="classification")])
        return classification_task(train, test, language, _revision(subject, name))

    @contextmanager
    def _folder(self, subject: ModelSubject) -> Iterator[Path]:
        """Where mteb keeps finished tasks: for good, if the evaluation has a state to resume from.

        Another mteb, another model, other data or other settings get another folder, so that
        nothing stale is reused and no two evaluations write into one.
        """
        if subject.state is None:
            with tempfile.TemporaryDirectory(prefix="lingraft-mteb-") as folder:
                yield Path(folder)
            return
        made_from = [subject.own_digests, subject.data_digests]
        question = [version("mteb"), self.model_dump(mode="json"), made_from]
        yield subject.state / "mteb" / fingerprint(question)[:16]


def _revision(subject: ModelSubject, name: str) -> str:
    roles = (f"corpora/{name}", f"pivots/{name}")
    return fingerprint({role: subject.data_digests.get(role) for role in roles})
