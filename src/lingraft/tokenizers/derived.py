"""Tokenizers that are made from another one: extended, pruned or kept; measured beside it."""

import json
import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lingraft.artifacts import (
    ModelFacts,
    TokenizerFacts,
    new_artifact,
    open_artifact,
    write_json,
)
from lingraft.artifacts.weights import weights_of_row
from lingraft.config.tokenizers import (
    DerivedTokenizer,
    ExtendedTokenizer,
    KeptTokenizer,
    PrunedTokenizer,
)
from lingraft.tokenizers.backend import read_backend, wrap
from lingraft.tokenizers.extending import add_whole, extend
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.pretokens import count_ids
from lingraft.tokenizers.pruning import prune
from lingraft.tokenizers.reach import unreachable
from lingraft.tokenizers.roles import describe
from lingraft.tokenizers.samples import Sample, measure_held_out
from lingraft.tokenizers.saving import write_tokenizer
from lingraft.tokenizers.separators import choose_separator, separator_id
from lingraft.tokenizers.templates import template_ids

logger = logging.getLogger(__name__)


def derive_tokenizer(
    settings: DerivedTokenizer, base: Path, corpora: Sequence[Path], output: Path
) -> None:
    """Write the artifact `output`: the tokenizer of `base`, extended, pruned or as it is.

    Args:
        settings: which of the three, and how many tokens there are then.
        base: a "tokenizer" or "model" artifact.
        corpora: corpus artifacts; none where all new tokens are listed.
        output: folder of the artifact.

    Raises:
        InputError: an input is damaged, there is no text, a listed token is there already, or the
            tokenizer is of a kind whose vocabulary cannot be changed.
        ConfigError: more tokens must stay than are wanted.
    """
    work = _Work(settings, base, corpora, output)
    if isinstance(settings, PrunedTokenizer):
        work.write(_pruned(work, settings), settings.vocabulary_size)
    elif isinstance(settings, KeptTokenizer):
        work.write(work.backend, None)
    else:
        wanted = settings.added + len(settings.tokens)
        work.write(_extended(work, settings), work.backend.get_vocab_size() + wanted)


def _extended(work: "_Work", settings: ExtendedTokenizer) -> Any:
    """The base with the listed tokens, and behind them those that are learned from the sample."""
    backend, origin = work.backend, str(work.base)
    if settings.tokens:
        backend = add_whole(backend, list(settings.tokens), origin)
    if work.sample is None:
        return backend
    texts = work.sample.texts()
    return extend(backend, texts, settings.added, settings.minimum_frequency, origin)


def _pruned(work: "_Work", settings: PrunedTokenizer) -> Any:
    """The base without the tokens that the sample uses least."""
    tokenizer = load_tokenizer(work.base)
    assert work.sample is not None  # noqa: S101 - the settings have corpora
    counts_V = count_ids(work.backend, work.sample.texts(), work.rows)
    if settings.held_out:
        counts_V += count_ids(work.backend, work.sample.held_out_texts(), work.rows)
    # What a user chooses to end documents must be there, too.
    choose_separator(tokenizer, settings.separator)
    kept = {*tokenizer.all_special_ids, *template_ids(tokenizer)} | _ends(tokenizer)
    size, least = settings.vocabulary_size, settings.minimum_count or 0
    backend = prune(work.backend, counts_V, kept, str(work.base), size=size, minimum_count=least)
    if size is not None and (found := backend.get_vocab_size()) < size:
        logger.warning(
            "%s has %d entries, fewer than vocabulary_size %d: all stay", work.base, found, size
        )
    return backend


def _ends(tokenizer: Any) -> set[int]:
    found = separator_id(tokenizer)
    return set() if found is None else {found}


@dataclass(frozen=True)
class _Work:
    """One tokenizer to make from another."""

    settings: DerivedTokenizer
    base: Path
    corpora: Sequence[Path]
    output: Path

    @cached_property
    def backend(self) -> Any:
        """The base as `tokenizers.Tokenizer`."""
        open_artifact(self.base, TokenizerFacts, ModelFacts)
        return read_backend(self.base)

    @cached_property
    def rows(self) -> int:
        """The highest id of the base, plus one."""
        return int(max(self.backend.get_vocab().values())) + 1

    @cached_property
    def sample(self) -> Sample | None:
        """The text that decides; None without corpora."""
        if isinstance(self.settings, KeptTokenizer) or not self.corpora:
            return None
        return Sample.of(self.settings, self.corpora)

    def write(self, backend: Any, asked_for: int | None) -> None:
        """Write the new tokenizer with the roles and templates of its base, and its metrics."""
        size = backend.get_vocab_size()
        languages = [] if self.sample is None else self.sample.languages
        facts = TokenizerFacts(languages=languages, vocabulary_size=size)
        with self._artifact(facts) as staging:
            tokenizer = wrap(backend, **describe(self.base, backend))
            choose_separator(tokenizer, self.settings.separator)
            write_tokenizer(tokenizer, staging)
            metrics = {"vocabulary": self._vocabulary(backend, asked_for)}
            metrics |= self._parameters(backend)
            if self.sample is not None:
                both = {"before": load_tokenizer(self.base), "after": load_tokenizer(staging)}
                metrics["held_out"] = {
                    side: measure_held_out(each, self.corpora, languages)
                    for side, each in both.items()
                }
            write_json(staging / "metrics.json", metrics)

    def _artifact(self, facts: TokenizerFacts) -> AbstractContextManager[Path]:
        inputs = {} if self.sample is None else dict(self.sample.inputs)
        base = open_artifact(self.base, TokenizerFacts, ModelFacts)
        plain = self.settings.model_dump(mode="json", exclude_unset=True)
        return new_artifact(
            self.output, "tokenizer", settings=plain, inputs=inputs | {"base": base}, facts=facts
        )

    def _vocabulary(self, backend: Any, asked_for: int | None) -> dict[str, Any]:
        """Sizes, tokens that no text gives, and tokens that the sample does not use."""
        old, new = self.backend.get_vocab(), backend.get_vocab()
        found = {
            "base_size": len(old),
            "size": len(new),
            "kept": len(old.keys() & new.keys()),
            "added": len(new.keys() - old.keys()),
            "unreachable_before": len(unreachable(self.backend)),
            "unreachable": len(unreachable(backend)),
        }
        if asked_for is not None:
            found["asked_for"] = asked_for
        if self.sample is None:
            return found
        counts_V = count_ids(backend, self.sample.texts(), max(new.values()) + 1)
        learned = [index for token, index in new.items() if token not in old]
        return found | {
            "unused": int(np.sum(counts_V[list(new.values())] == 0)),
            "unused_added": int(np.sum(counts_V[learned] == 0)),
            "sampled_bytes": self.sample.bytes,
        }

    def _parameters(self, backend: Any) -> dict[str, Any]:
        """Rows that a model wins or loses, and weights where the base is a model's tokenizer."""
        rows = int(max(backend.get_vocab().values())) + 1
        found = {"rows_before": self.rows, "rows_after": rows}
        path = self.base / "config.json"
        if path.is_file():
            config = json.loads(path.read_text("utf-8"))
            table = config.get("text_config", config).get("vocab_size", config.get("vocab_size"))
            of_row = weights_of_row(self.base, table) if isinstance(table, int) else None
            if of_row is not None:
                found |= {"before": table * of_row, "after": rows * of_row}
                found["saved"] = found["before"] - found["after"]
        return {"parameters": found}
