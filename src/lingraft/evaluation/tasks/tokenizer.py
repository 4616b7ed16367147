"""How well a vocabulary fits the held-out text of a language, and what the source has of it.

The metrics are those of `lingraft.tokenizers.metrics`; this task runs them on held-out text, adds
parity with the pivot, the overlap with the source model's vocabulary, and what the vocabularies of
the corpora themselves share.
"""

from collections import Counter
from typing import Any, Literal

from pydantic import Field

from lingraft.corpus.records import draw, read_texts
from lingraft.evaluation.data.reading import held_out_pairs
from lingraft.evaluation.outcome import Outcome, Score, joined, unmeasured
from lingraft.evaluation.subject import TokenizerSubject
from lingraft.evaluation.task import Metric, Task, register

SHARED = "shared_entries"  # of the vocabularies of two corpora, whatever the tokenizer
SHARED_AS_WRITTEN = "shared_entries_as_written"  # the same of the text before the normalizer


@register
class TokenizerFit(Task[TokenizerSubject]):
    """How well a vocabulary fits a language."""

    name = "tokenizer"
    about = "Fertility and its relatives, once for each tokenizer."
    measures = TokenizerSubject
    reads = ("tokenizer", "source_tokenizer", "corpora", "pivots", "evaluation_corpora")
    metrics = {
        "fertility": Metric("down"),
        "continued_words": Metric("down"),
        "unknown": Metric("down"),
        "byte_fallback": Metric("down"),
        "parity": Metric("down"),
        "parity_of_sentences": Metric("down"),
        "single_token_words": Metric("up"),
        "bytes_per_token": Metric("up"),
        "characters_per_token": Metric("up"),
        "round_trip": Metric("up"),
        "used_vocabulary": Metric("up"),
        "renyi_efficiency": Metric("up"),
        "single_token_types": Metric("up"),
        "overlap_exact": Metric("none"),
        "overlap_canonical": Metric("none"),
        "overlap_special": Metric("none"),
        "overlap_none": Metric("none"),
        SHARED: Metric("none"),
        SHARED_AS_WRITTEN: Metric("none"),
    }

    documents: int | None = Field(default=2000, ge=1)
    """Held-out documents per corpus, drawn by the hash of their ids; null takes all."""
    words: Literal["language", "whitespace", "icu"] = "language"
    """What a word is: by the rules of the language (jieba for Chinese), by spaces, or by ICU."""
    renyi_order: float = Field(default=2.5, gt=0)
    """Order of the Rényi efficiency (2.5 is the advice of Zouhar et al. 2023)."""
    shared_entries: int | None = Field(default=800, ge=1)
    """Entries of the vocabularies, one for each corpus, whose overlap is measured: of the corpora
    of the run with each other and with its `evaluation_corpora`. They are of `documents` documents,
    held out or not, and of 20,000 at most. null: none."""

    def protocol(self) -> str:
        """Without special tokens; the id says what a word is."""
        return f"tokenizer/{self.words}"

    def evaluate(self, subject: TokenizerSubject) -> Outcome:
        """The metrics on each corpus, and the overlap with the source model's vocabulary."""
        types: Counter[int] = Counter()  # how often each entry occurs in the text
        languages = subject.languages()
        found = [self._measure(subject, name, languages[name], types) for name in languages]
        if subject.source_model is not None:
            found.append(Outcome(self._overlap(subject, types)))
        return joined([*found, Outcome(self._shared(subject))])

    def small(self, layers: int) -> dict[str, Any]:
        """Few documents."""
        return {"documents": 20}

    def _measure(
        self, subject: TokenizerSubject, corpus: str, language: str, types: Counter[int]
    ) -> Outcome:
        from lingraft.evaluation.measures import vocabulary_fit as fit
        from lingraft.tokenizers.metrics import count_tokens, measure, renyi_efficiency

        tokenizer = subject.tokenizer
        documents = draw(read_texts(subject.corpora[corpus]), self.documents)
        texts = [document.text for document in documents]
        if not texts:
            return Outcome([unmeasured(language, "fertility", "no held-out text")])
        find = fit.finder(self.words)
        counts = count_tokens(texts, tokenizer, language, find)
        types.update(counts.types)
        values = measure(counts, len(tokenizer))
        values["byte_fallback"] = fit.byte_share(counts, tokenizer)
        values["renyi_efficiency"] = renyi_efficiency(counts.types, self.renyi_order)
        values["single_token_types"] = fit.single_types(texts, language, find, tokenizer)
        values |= self._parities(subject, corpus)
        return Outcome(
            [
                Score(language, metric, value, len(texts), self.metrics[metric].better)
                for metric, value in values.items()
                if metric in self.metrics
            ]
        )

    def _parities(self, subject: TokenizerSubject, corpus: str) -> dict[str, float]:
        from lingraft.evaluation.measures.vocabulary_fit import parities
        from lingraft.tokenizers.loading import load_tokenizer

        pivot = subject.pivots.get(corpus)
        if pivot is None or subject.source_model is None:
            return {}
        pairs = draw(held_out_pairs(subject.corpora[corpus], pivot), self.documents)
        if not pairs:
            return {}
        targets, pivots = [pair.target for pair in pairs], [pair.source for pair in pairs]
        return parities(targets, pivots, subject.tokenizer, load_tokenizer(subject.source_model))

    def _overlap(self, subject: TokenizerSubject, types: Counter[int]) -> list[Score]:
        from lingraft.evaluation.measures.vocabulary_fit import overlap
        from lingraft.tokenizers.loading import load_tokenizer
        from lingraft.tokenizers.token_table import TokenTable

        target = TokenTable(subject.tokenizer)
        source = TokenTable(load_tokenizer(subject.source()))
        return [
            Score("all", f"overlap_{kind}", share, total, "none", setting=setting)
            for setting, kind, share, total in overlap(target, source, types)
        ]

    def _shared(self, subject: TokenizerSubject) -> list[Score]:
        from lingraft.evaluation.measures import shared_entries as shared

        pairs = shared.pairs_of_corpora(subject.corpora, subject.evaluation_corpora)
        if self.shared_entries is None or not pairs:
            return []
        folders = {**subject.corpora, **subject.evaluation_corpora}
        known = shared.entries_of_corpora(folders, self.shared_entries, self.documents)
        scores = []
        for names in pairs:
            one, other = (known.get(name) for name in names)
            if one is None or other is None or one.language == other.language:
                continue
            sides = {SHARED: (one.read, other.read)}
            if one.is_normalized or other.is_normalized:
                sides[SHARED_AS_WRITTEN] = one.written, other.written
            languages, setting = f"{one.language}-{other.language}", " ".join(names)
            n = min(one.documents, other.documents)
            for metric, both in sides.items():
                # Without entries of several characters nothing was compared, which is not 0.
                empty = [name for name, own in zip(names, both, strict=True) if not own]
                value = None if empty else shared.shared_share(*both)
                note = ""
                if empty:
                    note = (
                        f"{', '.join(empty)}: its vocabulary of {self.shared_entries} entries has "
                        "single characters alone; raise shared_entries"
                    )
                scores.append(
                    Score(languages, metric, value, n, "none", setting=setting, note=note)
                )
        return scores
