"""The vocabularies to choose from: the model's own, more tokens, fewer tokens, another one.

What the configuration names is read where it is made. Where it is not, and for the sizes that are
tried besides, the vocabulary is made here, in the way of the workflow but from less text: learned
once, the first n new tokens are those of any smaller number.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from lingraft.advice.questions import VocabularyQuestion
from lingraft.artifacts import ModelFacts, TokenizerFacts, open_artifact
from lingraft.config.sampled_text import SampledText
from lingraft.config.tokenizers import (
    ExtendedTokenizer,
    KeptTokenizer,
    PretrainedTokenizer,
    PrunedTokenizer,
    Tokenizer,
)
from lingraft.errors import LingraftError
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.files import is_finished
from lingraft.stages.references import converted_model
from lingraft.tokenizers.backend import wrap
from lingraft.tokenizers.continued_merges import NewToken
from lingraft.tokenizers.derived import prune_by_text
from lingraft.tokenizers.extending import append_tokens, learn_tokens
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.roles import describe
from lingraft.tokenizers.samples import Sample
from lingraft.tokenizers.styles import special_tokens
from lingraft.tokenizers.training import train_tokenizer

logger = logging.getLogger(__name__)

Kind = Literal["keep", "extend", "prune", "replace"]
EXTENSIONS = (500, 2_000, 8_000)  # tokens that are tried where the configuration names none
REPLACEMENT = 16_000  # entries of a new vocabulary where the configuration names none
_ALGORITHMS = {"BPE": "bpe", "Unigram": "unigram", "WordPiece": "wordpiece"}


@dataclass(frozen=True)
class CandidateVocabulary:
    """A vocabulary that the model could have.

    Attributes:
        kind: what would be done to the model's own.
        tokenizer: as transformers has it.
        name: of the tokenizer in the configuration; empty for one that is tried besides.
        is_made: it is that of the experiment, and not one from a smaller sample.
        widths: of factorized embeddings that its runs have.
    """

    kind: Kind
    tokenizer: Any
    name: str = ""
    is_made: bool = False
    widths: tuple[int, ...] = ()


@dataclass
class Candidates:
    """The vocabularies for one question, made one after the other.

    Attributes:
        config: the experiment.
        results: the folder of its results.
        question: the model and the text.
        most_bytes: of text that vocabularies are made from here.
        notes: why some are not there.
    """

    config: Config
    results: Path
    question: VocabularyQuestion
    most_bytes: int
    notes: list[str] = field(default_factory=list)
    _known: dict[tuple[Any, ...], list[NewToken]] = field(default_factory=dict)

    def all(self) -> list[CandidateVocabulary]:
        """The candidates, the model's own vocabulary first.

        Raises:
            ArtifactError: the model or a corpus is damaged.
            InputError: the model has no fast tokenizer.
        """
        open_artifact(self._base, ModelFacts)
        own = load_tokenizer(self._base)
        named = [self._named(name, own) for name in self._names]
        known = [candidate for candidate in named if candidate is not None]
        kept = next((one for one in known if one.kind == "keep"), CandidateVocabulary("keep", own))
        others = [one for one in known if one.kind != "keep"]
        tried = [*self._extended(own, others), *self._pruned(own, others)]
        tried += self._replaced(own, others)
        found = [*others, *tried]
        order = ("extend", "prune", "replace")
        return [kept, *sorted(found, key=lambda one: (order.index(one.kind), len(one.tokenizer)))]

    @property
    def _base(self) -> Path:
        return self.results / converted_model(self.question.model)

    @property
    def _names(self) -> list[str]:
        runs = self.config.runs
        return list(dict.fromkeys(runs[run].tokenizer for run in self.question.runs))

    def _folders(self, corpora: Sequence[str]) -> list[Path]:
        return [self.results / "corpora" / name for name in corpora]

    def _sample(self, block: SampledText) -> Sample:
        least = min(self.most_bytes, block.maximum_bytes)
        return Sample.of(
            block.model_copy(update={"maximum_bytes": least}), self._folders(block.corpora)
        )

    def _named(self, name: str, own: Any) -> CandidateVocabulary | None:
        """A tokenizer of the configuration; None with a note where it cannot be had now."""
        block = self.config.tokenizers[name]
        widths = self._widths(name)
        if isinstance(block, KeptTokenizer) and block.model == self.question.model:
            return CandidateVocabulary("keep", own, name, True, widths)
        folder = self.results / "tokenizers" / name
        if is_finished(folder):
            made = open_artifact(folder, TokenizerFacts)
            plain = block.model_dump(mode="json", exclude_unset=True)
            if dict(made.manifest.settings) == plain:
                tokenizer = load_tokenizer(folder)
                return CandidateVocabulary(
                    _kind(block, tokenizer, own), tokenizer, name, True, widths
                )
        try:
            tokenizer = self._made_now(block, own)
        except (LingraftError, FileNotFoundError) as error:
            self.notes.append(f"tokenizers.{name} is left out: {error}")
            return None
        if tokenizer is None:
            self.notes.append(
                f"tokenizers.{name} is left out: it is not made yet (by the rule train_tokenizer)"
            )
            return None
        return CandidateVocabulary(_kind(block, tokenizer, own), tokenizer, name, False, widths)

    def _widths(self, name: str) -> tuple[int, ...]:
        runs = [self.config.runs[run] for run in self.question.runs]
        methods = [
            self.config.initializations[method].width
            for run in runs
            if run.tokenizer == name
            for method in run.initializations
        ]
        return tuple(dict.fromkeys(width for width in methods if width is not None))

    def _made_now(self, block: Any, own: Any) -> Any:
        """A tokenizer from a sample of its text; None if it needs more than that."""
        if isinstance(block, Tokenizer):
            return _trained(block, self._sample(block))
        if isinstance(block, KeptTokenizer):
            other = self.results / converted_model(block.model)
            return load_tokenizer(other) if is_finished(other) else None
        of_model = getattr(block, "model", None) == self.question.model
        if isinstance(block, PrunedTokenizer) and of_model:
            return self._wrapped(
                prune_by_text(block, self._base, own.backend_tokenizer, self._sample(block))
            )
        if isinstance(block, ExtendedTokenizer) and of_model and not block.tokens:
            found = self._learned(own, block)[: block.added]
            return self._wrapped(append_tokens(own.backend_tokenizer, found, str(self._base)))
        return None

    def _learned(self, own: Any, block: ExtendedTokenizer) -> list[NewToken]:
        """The tokens that text gives, as many as any candidate adds: learned once for a text."""
        sample = self._sample(block)
        key = (block.corpora, block.minimum_frequency, tuple(sample.bytes.values()))
        if key not in self._known:
            named = (self.config.tokenizers[name] for name in self._names)
            added = [one.added for one in named if isinstance(one, ExtendedTokenizer)]
            self._known[key] = learn_tokens(
                own.backend_tokenizer,
                sample.texts(),
                max(*EXTENSIONS, *added),
                block.minimum_frequency,
                f"the tokenizer of {self.question.model}",
            )
        return self._known[key]

    def _wrapped(self, backend: Any) -> Any:
        return wrap(backend, name_or_path=str(self._base), **describe(self._base, backend))

    def _extended(
        self, own: Any, others: Sequence[CandidateVocabulary]
    ) -> Iterator[CandidateVocabulary]:
        """Extensions by the numbers of tokens that the configuration has not."""
        sizes = {len(one.tokenizer) - len(own) for one in others if one.kind == "extend"}
        wanted = [size for size in EXTENSIONS if size not in sizes]
        if not wanted:
            return
        block = ExtendedTokenizer(
            algorithm="extend",
            model=self.question.model,
            corpora=self.question.corpora,
            added=max(wanted),
        )
        try:
            found = self._learned(own, block)
        except LingraftError as error:
            self.notes.append(f"no tokens can be added: {error}")
            return
        before = 0
        for size in wanted:
            if len(found) <= before:  # little text has no more of them
                break
            before = size
            backend = append_tokens(own.backend_tokenizer, found[:size], str(self._base))
            yield CandidateVocabulary("extend", self._wrapped(backend))

    def _pruned(
        self, own: Any, others: Sequence[CandidateVocabulary]
    ) -> Iterator[CandidateVocabulary]:
        """The tokens that the text to learn and that in the model's own language use."""
        if any(one.kind == "prune" for one in others):
            return
        block = PrunedTokenizer(
            algorithm="prune",
            model=self.question.model,
            corpora=(*self.question.corpora, *self.question.source),
            minimum_count=1,
        )
        backend = own.backend_tokenizer
        try:
            pruned = prune_by_text(block, self._base, backend, self._sample(block))
        except LingraftError as error:
            self.notes.append(f"no tokens can be taken away: {error}")
            return
        yield CandidateVocabulary("prune", self._wrapped(pruned))

    def _replaced(
        self, own: Any, others: Sequence[CandidateVocabulary]
    ) -> Iterator[CandidateVocabulary]:
        """A new vocabulary of the model's own kind."""
        if any(one.kind == "replace" for one in others):
            return
        kind = type(own.backend_tokenizer.model).__name__
        algorithm = _ALGORITHMS.get(kind, "unigram")
        alone = algorithm == "bpe" and own.mask_token is None
        block = Tokenizer.model_validate(
            {
                "algorithm": algorithm,
                "corpora": self.question.corpora,
                "vocabulary_size": REPLACEMENT,
                "special_tokens_style": "gpt2" if alone else "auto",
            }
        )
        try:
            yield CandidateVocabulary("replace", _trained(block, self._sample(block)))
        except LingraftError as error:
            self.notes.append(f"no new vocabulary can be made: {error}")


def _trained(block: Tokenizer, sample: Sample) -> Any:
    tokenizer = train_tokenizer(sample.texts(), block)
    return wrap(tokenizer, **special_tokens(block).roles)


def _kind(block: Any, tokenizer: Any, own: Any) -> Kind:
    """What a tokenizer of the configuration makes of the model's own."""
    if isinstance(block, ExtendedTokenizer):
        return "extend"
    if isinstance(block, PrunedTokenizer):
        return "prune"
    is_own = isinstance(block, PretrainedTokenizer) and tokenizer.get_vocab() == own.get_vocab()
    return "keep" if is_own else "replace"
