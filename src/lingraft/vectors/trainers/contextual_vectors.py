"""What the trainers share that learn the words of a corpus from a language model, the teacher."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, PositiveInt

from lingraft.config.base import Name
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.trainers.corpus_vectors import CorpusTrainer, read_training_text

if TYPE_CHECKING:
    from lingraft.numeric.arrays import Float32
    from lingraft.vectors.contextual.teacher import TeacherModel
    from lingraft.vectors.learning.text import EncodedText
    from lingraft.vectors.vectorset import VectorSet


class ContextualVectors(CorpusTrainer):
    """Vectors of the words of a corpus from the states of a language model, the teacher."""

    teacher: Name
    """The model, of `models`, that reads the corpus; its width is the dimension of the vectors. The
    same multilingual teacher for both languages puts them into one space (`method: identity`)."""
    layer: int = -1
    """Whose states count: 0 the embeddings, n the output of block n, -1 the last layer."""
    maximum_length: int = Field(default=512, ge=8)
    """Tokens that the teacher reads at once; its own limit applies, too."""
    minimum_count: PositiveInt = 5
    """Words seen less often get no vector."""
    lowercase: bool = False
    """Fold the words to lower case, so that `House` and `house` have one vector. The teacher reads
    the text as it is."""

    depends_on_threads: ClassVar[bool] = True

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """The corpus and the teacher."""
        return (("corpora", self.corpus), ("models", self.teacher))

    def misfit(self, sections: Mapping[str, Any]) -> str | None:
        """A teacher of another language; one that names none is multilingual. Or a wrong source."""
        spoken, learned = sections["models"][self.teacher].language, self.language_of(sections)
        if spoken in (None, learned):
            return super().misfit(sections)
        return (
            f"teacher: {self.teacher} is a model of {spoken}, but {self.corpus} is {learned}; name "
            f"a model of {learned}, or leave out `language` of a multilingual one"
        )

    def make(self, given: VectorInputs, threads: int) -> VectorSet:
        """Let the teacher read the corpus.

        Raises:
            ConfigError: the corpus does not say its language, or the training diverged.
            InputError: an input is not given or damaged, or no word is frequent enough.
        """
        from lingraft.vectors.contextual.passages import words_of_sentences
        from lingraft.vectors.contextual.teacher import TeacherModel
        from lingraft.vectors.learning.text import encode
        from lingraft.vectors.vectorset import VectorSet

        texts, language = read_training_text(given, self.corpus, self.only)
        text = encode(words_of_sentences(texts, language, self.lowercase), self.minimum_count)
        folder = given.open("models", self.teacher).folder
        teacher = TeacherModel.open(folder, self.layer, self.maximum_length)
        return VectorSet(
            text.words,
            self.learn(text, texts, language, teacher),
            text.counts_W,
            language=language,
            lowercase=self.lowercase,
            facts=self.facts,
        )

    def learn(
        self, text: EncodedText, texts: Iterable[str], language: str, teacher: TeacherModel
    ) -> Float32:
        """Vectors of the words, in their order.

        Args:
            text: the words, and their ids sentence by sentence.
            texts: the documents.
            language: as in swh_Latn.
            teacher: the model.
        """
        raise NotImplementedError
