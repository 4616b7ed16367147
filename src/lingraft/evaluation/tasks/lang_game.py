"""LangGame: what a decoder knows of the letters of words, in questions of its own language.

Tokens hide letters. The questions of Sims et al. (2025) ask for them: which of four words has the
most of a letter, has, begins or ends with some, or is the longest or the shortest. As there, a
model is first trained on such questions, but of other words than those it is tested on.
"""

from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, model_validator

from lingraft.config.base import Language, Seed
from lingraft.errors import InputError
from lingraft.evaluation.data.question_templates import QuestionTemplate, template_of
from lingraft.evaluation.fine_tuning.recipe import QuestionTraining
from lingraft.evaluation.outcome import Outcome, joined, not_measured
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import Metric, Task, register

if TYPE_CHECKING:
    from lingraft.evaluation.data.word_questions import WordLists

ACCURACY, KIND_ACCURACY = "accuracy", "kind_accuracy"


@register
class LangGame(Task[ModelSubject]):
    """Questions about the letters of words, by the most probable of four answers."""

    name = "lang_game"
    about = "LangGame: questions about the letters of words, for decoders."
    title = "LangGame"
    measures = ModelSubject
    is_fine_tuned = True
    brings_texts = True
    main_metric: ClassVar[str] = ACCURACY
    metrics = {
        ACCURACY: Metric("up", "values"),
        KIND_ACCURACY: Metric("up", "values", "of the questions of one kind"),
    }

    questions: int = Field(default=1000, ge=6)
    """Questions of the test, of all six kinds alike."""
    words: int = Field(default=1000, ge=8)
    """The most frequent words of the training text, of letters alone and without capitals."""
    test_words: int = Field(default=250, ge=4)
    """As many of these words, drawn by their hash, are for the test; the model is trained on
    questions about the others."""
    minimum_letters: int = Field(default=2, ge=1)
    """Letters that a word has at least."""
    train: QuestionTraining | None = QuestionTraining()
    """How the model is trained on questions before the test. Null: it is tested as it is alone."""
    templates: dict[Language, QuestionTemplate] = {}
    """Your own questions for a language, instead of those that lingraft has."""
    seed: Seed = 1
    """Draws the words of the test and the questions."""
    prefix: str | None = None
    """What the model reads before a question, as in `language_model`."""
    corpus_bytes: int | None = Field(default=10_000_000, ge=1)
    """Bytes of training text whose words are counted, drawn by the hash of the documents' ids; null
    takes all."""

    @model_validator(mode="after")
    def _words_are_left_to_learn_from(self) -> "LangGame":
        if self.words < self.test_words + 4:
            raise ValueError(
                f"words ({self.words}) must be at least 4 more than test_words "
                f"({self.test_words}): the model is trained on questions about the others"
            )
        return self

    def protocol(self) -> str:
        """The likeliest of four answers."""
        return "lang_game/options"

    def evaluate(self, subject: ModelSubject) -> Outcome:
        """Accuracy in each language that the model learns, before and after training."""
        from lingraft.models.objective import continues_text

        named = dict.fromkeys(subject.languages().values())
        if not continues_text(subject.model.config):
            reason = "this model does not continue a text"
            return joined(not_measured(language, ACCURACY, reason) for language in named)
        return joined(self._measure(subject, language) for language in named)

    def small(self, layers: int) -> dict[str, Any]:
        """Few words and questions, two steps."""
        train = {"steps": 2, "batch_size": 4, "seeds": [1]} if self.train else None
        return {"questions": 24, "words": 40, "test_words": 16, "train": train}

    def _measure(self, subject: ModelSubject, language: str) -> Outcome:
        from lingraft.evaluation.data.word_questions import make_questions
        from lingraft.evaluation.fine_tuning.letter_game import LetterGame

        template, called = template_of(language, self.templates)
        lists = self._words(subject, language)
        missing = partial(not_measured, language, ACCURACY, split="test")
        if isinstance(lists, int):
            return missing(
                f"its training text has only {lists} words of {self.minimum_letters} letters or "
                f"more without capitals, fewer than words ({self.words}): lower words and "
                "test_words, or add text"
            )
        test = make_questions(lists.test, self.questions, Random(f"{self.seed}/{language}/test"))
        if len(test) < self.questions:
            return missing(
                f"{len(lists.test)} words give only {len(test)} questions: raise test_words, or "
                "lower questions"
            )
        game = LetterGame(
            subject, language, template, lists, self.train, self.prefix, f"{self.seed}/{language}"
        )
        try:
            found = [game.reference_rows(test), *game.results(test)]
        except InputError as error:
            return missing(str(error))
        return joined([Outcome([], notes=[f"{language}: questions by {called}"]), *found])

    def _words(self, subject: ModelSubject, language: str) -> "WordLists | int":
        """The words of the language's first corpus; their number where they are too few."""
        from lingraft.evaluation.data.word_questions import divide, words_by_frequency
        from lingraft.evaluation.measures.reference_rows import training_texts

        own = next(name for name, of in subject.languages().items() if of == language)

        def answer() -> list[str]:
            texts = training_texts(subject.corpora[own], self.corpus_bytes)
            return words_by_frequency(texts, language, self.minimum_letters)[: self.words]

        digest = subject.data_digests[f"corpora/{own}"]
        question = [digest, language, self.minimum_letters, self.corpus_bytes, self.words]
        words = subject.remembered("frequent_words", question, answer)
        return divide(words, self.test_words, self.seed) if len(words) == self.words else len(words)
