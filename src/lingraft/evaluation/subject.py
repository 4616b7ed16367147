"""What is measured, together with the data it is measured on; everything is loaded once.

A task names the kind of subject that it measures. Another kind is another subclass of `Subject`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import KW_ONLY, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from lingraft.artifacts import fingerprint
from lingraft.artifacts.kept import kept_answer, kept_vectors
from lingraft.config.dynamic import Dynamic
from lingraft.corpus.normalizing import NormalizerMark, TextDoor
from lingraft.errors import InputError
from lingraft.evaluation.data.alike import AlikeFolders, require_alike
from lingraft.evaluation.data.digests import (
    digest_of,
    model_digests,
    tokenizer_digest,
)
from lingraft.evaluation.data.reading import language_of
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.evaluation.precision import Precision

if TYPE_CHECKING:
    from lingraft.evaluation.dynamic.rows import StringRows
    from lingraft.evaluation.measures.embed import Embedder
    from lingraft.models.arithmetic import Arithmetic
    from lingraft.numeric.arrays import Float32

PLAIN = "data"  # what a data folder is called that was given without a name
ARITHMETIC = "arithmetic"  # role of the digest that says in what numbers were computed
_REVISION = 2  # of what is not fp32: raised where the same arithmetic gives other numbers
_OPENED = {
    "arithmetic", "model", "embedder", "source_embedder", "source_reader", "own_digests",
    "source_digests",
}  # fmt: skip


@dataclass
class Subject(ABC):
    """What a task measures, and the data for it.

    Attributes:
        folder: the artifact that is measured.
        state: where finished work is kept, so that a killed evaluation resumes.
    """

    kind: ClassVar[str]
    """What messages call it."""

    folder: Path
    _: KW_ONLY
    state: Path | None = None

    @classmethod
    def of(cls, folder: Path, **given: Any) -> Self:
        """A subject of this kind, with those of the given arguments that it has."""
        known = {field.name for field in fields(cls)}
        return cls(folder, **{name: value for name, value in given.items() if name in known})

    @cached_property
    def own_digests(self) -> dict[str, str]:
        """Digests of the subject itself, and of the source model if one was given.

        In another arithmetic than fp32 a model gives other numbers, so that it is named here.
        """
        return self._own_digests()

    @cached_property
    def data_digests(self) -> dict[str, str]:
        """Digest of every data folder by its role; verifies the artifacts among them."""
        roles = self._data_folders()
        # Several roles may have the same folder, which is hashed once.
        seen = {folder: digest_of(folder) for folder in dict.fromkeys(roles.values())}
        return {role: seen[folder] for role, folder in roles.items()}

    @cached_property
    def door(self) -> TextDoor:
        """How text is written that the subject reads."""
        return TextDoor(self._mark(), str(self.folder))

    @cached_property
    def alike(self) -> AlikeFolders:
        """Labelled data, written as the subject reads it."""
        return AlikeFolders(self.door)

    def check_texts(self) -> None:
        """Refuse corpora that are written otherwise than what the subject learned."""
        require_alike(self.door, self._text_folders())

    def _mark(self) -> NormalizerMark:
        return {}

    def _text_folders(self) -> dict[str, Path]:
        """The folders with corpora, by role."""
        return {}

    @abstractmethod
    def _own_digests(self) -> dict[str, str]: ...

    @abstractmethod
    def _data_folders(self) -> dict[str, Path]:
        """Every data folder by its role."""


@dataclass
class TextSubject(Subject):
    """A subject that is measured on text of its languages.

    Attributes:
        source_model: folder of the model it was made from, which reads the pivot's texts.
        corpora: corpora of the subject's languages, by name.
        pivots: for each of these corpora the corpus of the pivot language that it follows.
        evaluation_corpora: corpora whose held-out text is read and that no model is trained on.
    """

    source_model: Path | None = None
    corpora: Mapping[str, Path] = field(default_factory=dict)
    pivots: Mapping[str, Path] = field(default_factory=dict)
    evaluation_corpora: Mapping[str, Path] = field(default_factory=dict)

    @cached_property
    def tokenizer(self) -> Any:
        """The tokenizer in the subject's folder."""
        from lingraft.tokenizers.loading import load_tokenizer

        return load_tokenizer(self.folder)

    def source(self) -> Path:
        """The source model's folder.

        Raises:
            InputError: none was given.
        """
        if self.source_model is None:
            raise InputError("this task needs the source model: give `source_model=DIR`")
        return self.source_model

    def languages(self) -> dict[str, str]:
        """Language of each corpus, by the corpus's name."""
        return {name: language_of(folder, name) for name, folder in self.corpora.items()}

    def _mark(self) -> NormalizerMark:
        from lingraft.tokenizers.text_normalizer import read_mark_of

        return read_mark_of(self.folder)

    def _text_folders(self) -> dict[str, Path]:
        alone = self.evaluation_corpora
        return by_role(corpora=self.corpora, pivots=self.pivots, evaluation_corpora=alone)

    def _data_folders(self) -> dict[str, Path]:
        return self._text_folders()


@dataclass
class ModelSubject(TextSubject):
    """A model with its tokenizer.

    Attributes:
        data: datasets and other folders that the settings of tasks name.
        generators: trained generators of rows that the settings of tasks name.
        precision: of the forward passes of the model and of its source model.
    """

    kind = "model"

    precision: Precision = "fp32"
    data: Mapping[str, Path] = field(default_factory=dict)
    generators: Mapping[str, Path] = field(default_factory=dict)
    _made_rows: dict[str, "StringRows | str"] = field(default_factory=dict, init=False, repr=False)

    def compute_in(self, precision: Precision) -> None:
        """Say in what arithmetic the model and its source model are read, before anything is.

        Args:
            precision: as the settings have it.

        Raises:
            ValueError: they were read in another one already, a defect of the calling code.
        """
        if precision == self.precision:
            return
        if used := _OPENED & set(vars(self)):
            raise ValueError(f"the precision comes too late: {', '.join(sorted(used))} is known")
        self.precision = precision

    @cached_property
    def arithmetic(self) -> "Arithmetic":
        """What forward passes compute in on this machine."""
        if self.precision != "fast":
            return self.precision
        from lingraft.models.arithmetic import fast_arithmetic

        return fast_arithmetic(_device())

    @cached_property
    def model(self) -> Any:
        """The model with its head, in evaluation mode, on the GPU where there is one."""
        return self._load(self.folder)

    def read_with(self, dynamic: Dynamic | None) -> Self:
        """The same model, which has read nothing yet and reads with one number of merges.

        Args:
            dynamic: how texts are read; None reads them as the tokenizer cuts them.

        Raises:
            InputError: the model cannot read so.
        """
        other = copy(self)
        for name in ("query_embedder", "plain_embedder"):
            other.__dict__.pop(name, None)
        other.__dict__["embedder"] = self.embedder.anew(dynamic, self._generated_rows(dynamic))
        if dynamic is not None:
            content = dynamic.model_dump(mode="json")
            digests = {"dynamic": fingerprint(content)}
            other.__dict__["own_digests"] = self.own_digests | digests
        return other

    def why_no_rows(self, dynamic: Dynamic) -> str:
        """Why the model has no rows of merged strings; empty if it has.

        Args:
            dynamic: how texts are read.
        """
        rows = None if dynamic.generator is None else self._rows_by(dynamic.generator)
        return rows if isinstance(rows, str) else ""

    def _generated_rows(self, dynamic: Dynamic | None) -> "StringRows | None":
        if dynamic is None or dynamic.generator is None:
            return None
        rows = self._rows_by(dynamic.generator)
        if isinstance(rows, str):
            raise InputError(f"dynamic.embeddings: {rows}")
        return rows

    def _rows_by(self, generator: str) -> "StringRows | str":
        """Rows of merged strings by a generator, or why there are none; made once."""
        from lingraft.evaluation.measures.generated_strings import generated_rows

        if generator not in self._made_rows:
            self._made_rows[generator] = generated_rows(self, generator)
        return self._made_rows[generator]

    @cached_property
    def embedder(self) -> "Embedder":
        """Embeds with the evaluated model; an encoder in its own way."""
        from lingraft.evaluation.measures.embed import Embedder, open_embedder
        from lingraft.models.sentence_encoder import is_sentence_encoder

        if is_sentence_encoder(self.folder):
            return open_embedder(self.folder, _device(), self.arithmetic)
        return Embedder(self.model.base_model, self.tokenizer)

    @cached_property
    def query_embedder(self) -> "Embedder":
        """Embeds what is asked for with the evaluated model."""
        return self.embedder.for_queries()

    @cached_property
    def plain_embedder(self) -> "Embedder":
        """Embeds texts as they are with the evaluated model, without a prompt of the encoder."""
        return self.embedder.plain()

    @cached_property
    def source_embedder(self) -> "Embedder":
        """Embeds with the source model and its own tokenizer."""
        from lingraft.evaluation.measures.embed import open_embedder

        return open_embedder(self.source(), _device(), self.arithmetic)

    @cached_property
    def source_reader(self) -> tuple[Any, Any]:
        """The source model with its head, and its own tokenizer."""
        from lingraft.tokenizers.loading import load_tokenizer

        return self._load(self.source()), load_tokenizer(self.source())

    @cached_property
    def source_digests(self) -> dict[str, str]:
        """Digests of the source model's weights and tokenizer, and the arithmetic if not fp32."""
        return model_digests(self.source()) | self._arithmetic_digest()

    def embed_pivot(self, texts: Sequence[str], how: Embedding, by: str) -> "Float32":
        """Vectors of texts of the pivot language.

        Every model of a run asks for the same vectors of the source model, so they are kept in
        `state`, which the evaluations of an experiment may share.

        Args:
            texts: N texts.
            how: layer, pooling, treatment of special tokens.
            by: `source` for the source model, `same` for the evaluated one.

        Returns:
            One vector for each text, N x E.

        Raises:
            InputError: there is no source model.
        """
        if by == "same":
            return self.query_embedder.embed(texts, how)
        if self.state is None:
            return self.source_embedder.embed(texts, how)
        settings = how.model_dump(include=set(Embedding.model_fields))
        key = fingerprint([self.source_digests, settings, list(texts)])
        path = self.state / "embeddings" / f"{key[:24]}.npy"
        return kept_vectors(path, lambda: self.source_embedder.embed(texts, how))

    def remembered(self, what: str, question: Any, answer: Callable[[], Any]) -> Any:
        """The answer to a question that no model changes, kept in `state`.

        Args:
            what: folder of such answers.
            question: all that the answer depends on, as plain values.
            answer: computes it, as plain values.
        """
        if self.state is None:
            return answer()
        return kept_answer(self.state / what / f"{fingerprint(question)[:24]}.json", answer)

    def dataset(self, name: str) -> dict[str, Path]:
        """Language -> folder of a dataset artifact.

        Raises:
            InputError: the dataset was not given, or has no languages.
        """
        return self.alike.of(languages_of(self.data, name))

    def _own_digests(self) -> dict[str, str]:
        digests = model_digests(self.folder) | self._arithmetic_digest()
        if self.source_model is not None:
            source = self.source_digests.items()
            digests |= {f"source_{name}": digest for name, digest in source}
        return digests

    def _arithmetic_digest(self) -> dict[str, str]:
        """What keeps numbers apart that were computed otherwise; nothing for fp32."""
        if self.arithmetic == "fp32":
            return {}
        return {ARITHMETIC: fingerprint([self.arithmetic, _REVISION])}

    def _load(self, folder: Path) -> Any:
        from lingraft.models.arithmetic import compute_in
        from lingraft.models.loading import load_model

        model: Any = load_model(folder)
        return compute_in(model.to(_device()), self.arithmetic)

    def _data_folders(self) -> dict[str, Path]:
        own = by_role(data=self.data, generators=self.generators)
        return super()._data_folders() | own


@dataclass
class TokenizerSubject(TextSubject):
    """A tokenizer alone, which may be in a model's folder."""

    kind = "tokenizer"

    def _own_digests(self) -> dict[str, str]:
        digests = {"tokenizer": tokenizer_digest(self.folder)}
        if self.source_model is not None:
            digests["source_tokenizer"] = tokenizer_digest(self.source_model)
        return digests


def by_role(**given: Mapping[str, Path]) -> dict[str, Path]:
    """Folders by kind and name (`corpora/swahili`), from their names by kind."""
    return {
        f"{kind}/{name}": folder
        for kind, folders in given.items()
        for name, folder in folders.items()
    }


def languages_of(data: Mapping[str, Path], name: str) -> dict[str, Path]:
    """Language -> folder of a dataset as it was made; `dataset` has it as the subject reads it."""
    if name not in data:
        raise InputError(f"this task's settings name the data {name}: give `data={name}=DIR`")
    folder = data[name]
    found = {path.name: path for path in sorted(folder.glob("*/"))}
    if not found:
        raise InputError(f"data {name} ({folder}) has no folder for any language")
    return found


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
