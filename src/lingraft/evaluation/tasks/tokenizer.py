"""How well a vocabulary fits the held-out text of a language, and what the source has of it.

The metrics are those of `lingraft.tokenizers.metrics`; this task runs them on held-out text, adds
parity with the pivot and the overlap of the vocabularies.
"""

from collections import Counter
from typing import Any, Literal

from pydantic import Field

from lingraft.corpus.records import draw, read_texts
from lingraft.evaluation.data.reading import held_out_pairs
from lingraft.evaluation.outcome import Outcome, Score, joined, unmeasured
from lingraft.evaluation.subject import TokenizerSubject
from lingraft.evaluation.task import Metric, Task, register


@register
class TokenizerFit(Task[TokenizerSubject]):
    """How well a vocabulary fits a language."""

    name = "tokenizer"
    about = "Fertility and its relatives, once for each tokenizer."
    measures = TokenizerSubject
    reads = ("tokenizer", "source_tokenizer", "corpora", "pivots")
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
    }

    documents: int | None = Field(default=2000, ge=1)
    """Held-out documents per corpus, drawn by the hash of their ids; null takes all."""
    words: Literal["language", "whitespace", "icu"] = "language"
    """What a word is: by the rules of the language (jieba for Chinese), by spaces, or by ICU."""
    renyi_order: float = Field(default=2.5, gt=0)
    """Order of the Rényi efficiency (2.5 is the advice of Zouhar et al. 2023)."""

    def protocol(self) -> str:
        """Without special tokens; the id says what a word is."""
        return f"tokenizer/{self.words}"

    def evaluate(self, subject: TokenizerSubject) -> Outcome:
        """The metrics on each corpus, and the overlap with the source model's vocabulary."""
        types: Counter[int] = Counter()  # how often each entry occurs in the text
        languages = subject.languages()
        found = joined(self._measure(subject, name, languages[name], types) for name in languages)
        if subject.source_model is None:
            return found
        return joined([found, Outcome(self._overlap(subject, types))])

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
