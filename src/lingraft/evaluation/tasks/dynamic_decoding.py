"""Dynamic tokenization of a decoder: would it read faster in longer tokens, and write as well?

Feher, Vulic and Minixhofer (2024), Retrofitting Large Language Models with Dynamic Tokenization,
section 3.2: a vocabulary that is much larger than the model's, whose rows are made when they are
needed. The model reads in long tokens, and the next token is found by an index of all rows.

Nothing is trained here, and nothing is stored in the model: the numbers say what its body makes of
rows that it has never seen.

Shapes: N more tokens, P predicted places.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from lingraft.config.base import Name
from lingraft.corpus.records import has_records, held_out_documents
from lingraft.evaluation.outcome import Outcome, Prediction, Score, joined, not_measured
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import Metric, Task, register

if TYPE_CHECKING:
    from lingraft.evaluation.measures.index_decoding import OutputIndex
    from lingraft.evaluation.measures.large_vocabulary import LargeVocabulary
    from lingraft.evaluation.measures.merged_texts import DividedCorpus
    from lingraft.initialization.method import Method
    from lingraft.models.scoring.losses import DocumentLoss
    from lingraft.tokenizers.continued_merges import NewToken

BITS, CHANGE = "rest_bits_per_byte", "bits_per_byte_change"
STATIC = "static"
_SEARCHES = 1000  # places at which the index is compared with an exact search
_TIMED = 200  # of them, one after the other
_ROWS = 16  # long rows whose reading is timed


@register
class DynamicDecoding(Task[ModelSubject]):
    """A decoder with a far larger vocabulary, whose rows are made from its own and not stored."""

    name = "dynamic_decoding"
    about = "A decoder that reads, and writes, in the tokens of a far larger vocabulary."
    title = "dynamic"
    measures = ModelSubject
    is_diagnostic = True
    reads: ClassVar[tuple[str, ...]] = ("weights", "tokenizer", "corpora", "generators")
    packages = ("faiss-cpu",)
    metrics = {
        "length_saved": Metric("none", None, "share of the tokens that are not read"),
        BITS: Metric("down", "bits", "of the rest of a document behind its beginning"),
        CHANGE: Metric("down", None, "of the same rest, from the model's own tokens"),
        "prefill_seconds": Metric("down", None, "to read 1,000 bytes"),
        "recall": Metric("up", None, "of the k best next tokens, by the index"),
        "search_seconds": Metric("down", None, "to find 1,000 next tokens"),
    }

    added: list[Annotated[int, Field(ge=0)]] = Field(default=[20_000], min_length=1)
    """How many tokens more than the model's own the large vocabulary has; several are measured one
    by one. 0 is the model as it is."""
    embeddings: Literal["fvt"] | Name = "fvt"
    """What makes the rows of new tokens: `fvt`, the mean of their pieces, or a trained generator,
    by a name in `generators`. It learned the rows of the run's model and reads nothing but
    tokens."""
    merge_bytes: int | None = Field(default=10_000_000, ge=1)
    """Bytes of training text from which the merges are learned, drawn by the hash of the documents'
    ids; null takes all."""
    minimum_frequency: int = Field(default=2, ge=1)
    """Pairs that occur less often are not merged."""
    documents: int | None = Field(default=300, ge=1)
    """Held-out documents per corpus, drawn by the hash of their ids; null takes all."""
    sequence_length: int = Field(default=256, ge=8)
    """The most tokens of a document, as the model's own vocabulary counts; the rest is cut off."""
    context: float = Field(default=0.5, gt=0, lt=1)
    """Share of a document's tokens that the model reads; it predicts the others."""
    prefix: str | None = None
    """What the model reads before a document: a role, such as `bos`, or a token. Unset: as
    `language_model`."""
    probes: int | None = Field(default=64, ge=1)
    """Lists of the index in which a next token is looked for; null looks at all rows, exactly."""
    neighbors: int = Field(default=10, ge=1)
    """The k of recall@k: best next tokens that an exact search finds."""
    prompts: int = Field(default=1, ge=0, le=20)
    """Beginnings of documents that are continued, in own tokens and through the index."""
    tokens: int = Field(default=40, ge=1, le=1000)
    """The most tokens of a continuation."""

    @field_validator("added")
    @classmethod
    def _rises(cls, added: list[int]) -> list[int]:
        if sorted(set(added)) != added:
            raise ValueError(f"the numbers must rise, each once: {sorted(set(added))}")
        return added

    def protocol(self) -> str:
        """The id says what makes the rows."""
        return f"dynamic_decoding/{'generated' if self.trained_generator else 'fvt'}"

    @property
    def trained_generator(self) -> str | None:
        """Its generator."""
        return None if self.embeddings == "fvt" else self.embeddings

    def evaluate(self, subject: ModelSubject) -> Outcome:
        """Every size of the vocabulary, for each corpus of the model."""
        languages = subject.languages()
        return joined(self._measure(subject, name, languages[name]) for name in languages)

    def small(self, layers: int) -> dict[str, Any]:
        """Few tokens, documents and lists."""
        few = {"added": [50], "documents": 20, "sequence_length": 32}
        return few | {"probes": 4, "neighbors": 3, "tokens": 5}

    def _measure(self, subject: ModelSubject, corpus: str, language: str) -> Outcome:
        from lingraft.evaluation.measures.continuations import continued
        from lingraft.evaluation.measures.large_vocabulary import nested_vocabularies

        if reason := _why_not(subject, subject.corpora[corpus]):
            return not_measured(language, BITS, reason, better="down")
        maker = self._maker(subject)
        if maker.reason:
            return not_measured(language, BITS, maker.reason, better="down")
        found = self._merges(subject, corpus)
        sizes = sorted({min(number, len(found)) for number in self.added})
        vocabularies = nested_vocabularies(
            subject.model, subject.folder, found, sizes, maker.method, maker.generator
        )
        text = self._divided(subject, corpus, language, vocabularies)
        if not text.texts:
            reason = "no held-out text that can be divided"
            return not_measured(language, BITS, reason, better="down")
        notes = [*text.notes, *maker.notes]
        if len(found) < self.added[-1]:
            notes.append(
                f"{language}: the text gives {len(found)} more tokens, not {self.added[-1]}"
            )
        parts = [self._of_size(text, number) for number in range(len(sizes))]
        prompts = text.prompts(self.prompts)
        written = [
            continued(text.model, text.tokenizer, one, self.tokens, text.prefix)
            for _, one in prompts
        ]
        own = joined([_bits(text, text.own_losses, STATIC), _samples(text, STATIC, written)])
        timed = Outcome(list(self._seconds(text)))
        return joined([own, *parts, timed, Outcome([], notes=notes)])

    def _maker(self, subject: ModelSubject) -> "_Maker":
        """What makes the rows of new tokens, or why nothing does."""
        from lingraft.evaluation.measures.large_vocabulary import source_request
        from lingraft.initialization.generation.quality import BETTER, sentence
        from lingraft.initialization.generation.trained import TrainedGenerator
        from lingraft.initialization.methods.fvt import Fvt
        from lingraft.initialization.methods.generated import Generated

        name = self.trained_generator
        if name is None:
            return _Maker(Fvt(extends_source=True))
        method = Generated(generator=name, extends_source=True)
        if name not in subject.generators:
            return _Maker(method, reason=f"there is no generator {name} for this model")
        generator = TrainedGenerator.load(subject.generators[name])
        if not generator.learned(source_request(subject.model, subject.tokenizer)):
            reason = f"the generator {name} was trained for other rows than this model has"
            return _Maker(method, reason=reason)
        is_better = generator.quality["verdict"] == BETTER
        said = [] if is_better else [sentence(f"generator {name}", generator.quality)]
        return _Maker(method, generator, notes=said)

    def _merges(self, subject: ModelSubject, corpus: str) -> "list[NewToken]":
        """The new tokens, which all models with the same vocabulary share."""
        from lingraft.evaluation.measures.reference_rows import training_texts
        from lingraft.tokenizers.backend import read_backend
        from lingraft.tokenizers.continued_merges import NewToken
        from lingraft.tokenizers.extending import learn_tokens

        folder, wanted, least = subject.corpora[corpus], self.added[-1], self.minimum_frequency

        def answer() -> list[list[Any]]:
            if not wanted:
                return []
            backend, texts = read_backend(subject.folder), training_texts(folder, self.merge_bytes)
            learned = learn_tokens(backend, texts, wanted, least, str(subject.folder))
            return [[t.text, t.left, t.right, list(t.pieces), t.count] for t in learned]

        digests = subject.own_digests["tokenizer"], subject.data_digests[f"corpora/{corpus}"]
        question = [*digests, wanted, least, self.merge_bytes]
        kept = subject.remembered("merges", question, answer)
        return [NewToken(text, a, b, tuple(pieces), count) for text, a, b, pieces, count in kept]

    def _divided(
        self,
        subject: ModelSubject,
        corpus: str,
        language: str,
        vocabularies: "Sequence[LargeVocabulary]",
    ) -> "DividedCorpus":
        from lingraft.evaluation.measures import merged_texts
        from lingraft.models.rows import longest_input
        from lingraft.tokenizers.separators import prefix_id

        model, tokenizer = subject.model, subject.tokenizer
        length = min(self.sequence_length, longest_input(model, tokenizer))
        documents = held_out_documents(subject.corpora[corpus], self.documents)
        texts = merged_texts.divided(documents, tokenizer, vocabularies[-1], self.context, length)
        own_cuts, prefix = merged_texts.own_cuts(texts), prefix_id(tokenizer, self.prefix)
        losses = merged_texts.losses_of_rest(model, texts, own_cuts, prefix) if texts else []
        long_cuts = [merged_texts.long_cuts(texts, vocabulary) for vocabulary in vocabularies]
        notes = []
        if left_out := len(documents) - len(texts):
            share = f"{left_out} of {len(documents)} documents"
            notes.append(f"{language}: {share} cannot be divided and are left out")
        return merged_texts.DividedCorpus(
            language, model, tokenizer, prefix, length, texts, own_cuts, losses, vocabularies,
            long_cuts, notes,
        )  # fmt: skip

    def _of_size(self, text: "DividedCorpus", number: int) -> Outcome:
        """What changes with so many tokens more."""
        from lingraft.evaluation.measures.merged_texts import Cut, losses_of_rest
        from lingraft.models.more_rows import more_inputs, more_tokens

        vocabulary, cuts = text.vocabularies[number], text.long_cuts[number]
        mixed = [Cut(a.read, b.rest) for a, b in zip(cuts, text.own_cuts, strict=True)]
        name = text.name_of(number)
        with more_inputs(text.model, vocabulary.rows):
            read = losses_of_rest(text.model, text.texts, mixed, text.prefix)
        with more_tokens(text.model, vocabulary.rows):
            both = losses_of_rest(text.model, text.texts, cuts, text.prefix)
            searched = self._searched(text, number)
        saved = _saved(text, number)
        parts = [_bits(text, read, f"{name}, read"), _bits(text, both, f"{name}, read and written")]
        return joined([Outcome([saved]), *parts, searched])

    def _searched(self, text: "DividedCorpus", number: int) -> Outcome:
        """What the index of a large vocabulary finds, how fast, and what is written with it."""
        from lingraft.evaluation.measures import index_decoding as decoding

        name, vocabulary = text.name_of(number), text.vocabularies[number]
        if reason := decoding.why_no_index(text.model):
            return not_measured(text.language, "recall@1", reason, setting=name)
        index = decoding.OutputIndex.of(text.model, vocabulary.known_rows, self.probes)
        written = [
            decoding.continued_by_index(
                text.model, vocabulary, index, prompt, self.tokens, text.prefix
            )
            for _, prompt in text.prompts(self.prompts)
        ]
        found = Outcome(list(self._recall(text, number, index)))
        return joined([found, _samples(text, name, written)])

    def _recall(self, text: "DividedCorpus", number: int, index: "OutputIndex") -> Iterator[Score]:
        """How often the index finds the best next tokens, and how long both searches take."""
        from lingraft.evaluation.measures import index_decoding as decoding
        from lingraft.evaluation.measures.merged_texts import predicting_states

        name, language = text.name_of(number), text.language
        states_PH = predicting_states(text.model, text.long_cuts[number], text.prefix, _SEARCHES)
        exact = index.exact
        found_PK, best_PK = (
            one.nearest(text.model, states_PH, self.neighbors) for one in (index, exact)
        )
        for k in sorted({1, best_PK.shape[1]}):
            share_P = decoding.recalls(found_PK, best_PK, k)
            error = float(share_P.std() / math.sqrt(len(share_P)))
            yield Score(
                language, f"recall@{k}", float(share_P.mean()), len(share_P), setting=name,
                standard_error=error,
            )  # fmt: skip
        for kind, one in {"index": index, "all rows": exact}.items():
            seconds = decoding.seconds_a_search(one, text.model, states_PH[:_TIMED])
            yield Score(
                language, "search_seconds", 1000 * seconds, min(len(states_PH), _TIMED), "down",
                setting=f"{name}, {kind}",
            )  # fmt: skip

    def _seconds(self, text: "DividedCorpus") -> Iterator[Score]:
        """The time to read, by the model's own tokens and by longer ones."""
        from lingraft.evaluation.measures.merged_texts import joined_rows, seconds_of
        from lingraft.models.more_rows import more_inputs

        ways = [text.own_cuts, *text.long_cuts]
        rows, size = joined_rows(text.texts, ways, text.prefix, text.length, _ROWS)
        with more_inputs(text.model, text.vocabularies[-1].rows):
            seconds = seconds_of(text.model, rows)
        names = [STATIC, *map(text.name_of, range(len(text.vocabularies)))]
        for name, found in zip(names, seconds, strict=True):
            value = 1000 * found / size
            yield Score(text.language, "prefill_seconds", value, len(rows[0]), "down", setting=name)


@dataclass(frozen=True)
class _Maker:
    """What makes rows: a method of initialization, with its generator where it has one."""

    method: "Method"
    generator: Any = None
    reason: str = ""
    """Why there are no rows; empty where there are."""
    notes: Sequence[str] = ()


def _samples(text: "DividedCorpus", name: str, written: Sequence[str]) -> Outcome:
    """A record of each prompt with what was written behind it."""
    place = {"language": text.language, "setting": f"sample, {name}"}
    records = [
        {"id": one} | place | {"prompt": prompt, "generated": generated}
        for (one, prompt), generated in zip(text.prompts(len(written)), written, strict=True)
    ]
    return Outcome([], records)


def _why_not(subject: ModelSubject, corpus: Path) -> str:
    """Why a model cannot be measured on a corpus; empty where it can."""
    from lingraft.evaluation.measures.large_vocabulary import why_not
    from lingraft.models.objective import continues_text

    if not continues_text(subject.model.config):
        return "this model does not continue a text"
    if not has_records(corpus, "train"):
        return "no training text to learn merges from"
    return why_not(subject.model, subject.tokenizer)


def _bits(text: "DividedCorpus", losses: "Sequence[DocumentLoss]", setting: str) -> Outcome:
    """Bits per byte of the rests, the change from the model's own tokens, and records."""
    from lingraft.evaluation.measures.merged_texts import ratio
    from lingraft.models.scoring.losses import summarize

    n = len(losses)
    value, error = summarize(losses, causal=False)["bits_per_byte"]
    scores = [Score(text.language, BITS, value, n, "down", setting=setting, standard_error=error)]
    if setting != STATIC:
        change = [a.loss - b.loss for a, b in zip(losses, text.own_losses, strict=True)]
        value, error = ratio(change, [math.log(2) * loss.bytes for loss in losses])
        scores.append(
            Score(text.language, CHANGE, value, n, "down", setting=setting, standard_error=error)
        )
    records: list[Prediction] = [
        {"id": one.id, "language": text.language, "setting": setting} | asdict(loss)
        for one, loss in zip(text.texts, losses, strict=True)
    ]
    return Outcome(scores, records)


def _saved(text: "DividedCorpus", number: int) -> Score:
    """How many tokens fewer are read."""
    from lingraft.evaluation.measures.merged_texts import ratio

    own = [len(cut.read) for cut in text.own_cuts]
    fewer = [count - len(cut.read) for count, cut in zip(own, text.long_cuts[number], strict=True)]
    value, error = ratio(fewer, own)
    name = text.name_of(number)
    return Score(
        text.language, "length_saved", value, len(own), "none", setting=name, standard_error=error
    )
