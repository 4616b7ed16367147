"""Tokenizers that are made from another one: extended, pruned or kept; measured beside it."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lingraft.artifacts import (
    Artifact,
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
from lingraft.corpus.normalizing import NormalizerMark, require_same_text
from lingraft.tokenizers.backend import read_backend, row_count, wrap
from lingraft.tokenizers.extending import add_whole, extend
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.pretokens import count_ids
from lingraft.tokenizers.pruning import prune
from lingraft.tokenizers.reach import unreachable
from lingraft.tokenizers.roles import describe
from lingraft.tokenizers.samples import Sample
from lingraft.tokenizers.saving import write_tokenizer
from lingraft.tokenizers.separators import choose_separator, separator_id
from lingraft.tokenizers.templates import template_ids
from lingraft.tokenizers.text_normalizer import read_mark, write_mark

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
    opened = open_artifact(base, TokenizerFacts, ModelFacts)
    before = read_backend(base)
    sample: Sample | None = None
    match settings:
        case ExtendedTokenizer():
            if settings.corpora or corpora:
                sample = Sample.of(settings, corpora)
            after = _extended(settings, base, before, sample)
        case PrunedTokenizer():
            sample = Sample.of(settings, corpora)
            after = prune_by_text(settings, base, before, sample)
        case KeptTokenizer():
            after = before
    _Change(settings, opened, before, after, sample).write(output)


def _extended(settings: ExtendedTokenizer, base: Path, backend: Any, sample: Sample | None) -> Any:
    """The base with the listed tokens, and behind them those that are learned from the sample."""
    if settings.tokens:
        backend = add_whole(backend, list(settings.tokens), str(base))
    if sample is None:
        return backend
    return extend(backend, sample.texts(), settings.added, settings.minimum_frequency, str(base))


def prune_by_text(settings: PrunedTokenizer, base: Path, backend: Any, sample: Sample) -> Any:
    """A tokenizer without the tokens that a sample of text uses least.

    Args:
        settings: how many tokens stay.
        base: the folder that the tokenizer is of; it says which tokens have roles.
        backend: the tokenizer; it is not changed.
        sample: the text.

    Raises:
        InputError: the tokenizer is of a kind whose vocabulary cannot be changed.
        ConfigError: more tokens must stay than are wanted.
    """
    tokenizer = load_tokenizer(base)
    counts_V = count_ids(backend, sample.texts())
    if settings.held_out:
        counts_V += count_ids(backend, sample.held_out_texts())
    kept = {*tokenizer.all_special_ids, *template_ids(tokenizer)}
    # What a user chooses to end documents must be there, too.
    choose_separator(tokenizer, settings.separator)
    if (separator := separator_id(tokenizer)) is not None:
        kept.add(separator)
    size, least = settings.vocabulary_size, settings.minimum_count or 0
    pruned = prune(backend, counts_V, kept, str(base), size=size, minimum_count=least)
    if size is not None and (found := pruned.get_vocab_size()) < size:
        logger.warning(
            "%s has %d entries, fewer than vocabulary_size %d: all stay", base, found, size
        )
    return pruned


@dataclass(frozen=True)
class _Change:
    """A tokenizer before and after it was changed.

    Attributes:
        settings: what was asked for.
        base: the artifact that the tokenizer is of.
        before, after: as `tokenizers.Tokenizer`.
        sample: the text that decided; None without corpora.
    """

    settings: DerivedTokenizer
    base: Artifact[Any]
    before: Any
    after: Any
    sample: Sample | None

    def write(self, output: Path) -> None:
        """Write the new tokenizer with the roles and templates of its base, and its metrics."""
        base, sample = self.base.folder, self.sample
        plain = self.settings.model_dump(mode="json", exclude_unset=True)
        inputs = {} if sample is None else dict(sample.inputs)
        languages = [] if sample is None else sample.languages
        facts = TokenizerFacts(languages=languages, vocabulary_size=self.after.get_vocab_size())
        tokenizer = wrap(self.after, **describe(base, self.after))
        if mark := self._mark(read_mark(tokenizer)):
            facts.normalizer = mark
        with new_artifact(
            output, "tokenizer", settings=plain, inputs=inputs | {"base": self.base}, facts=facts
        ) as staging:
            write_mark(tokenizer, mark)
            choose_separator(tokenizer, self.settings.separator)
            write_tokenizer(tokenizer, staging)
            metrics = {"vocabulary": self._vocabulary(), "parameters": self._parameters()}
            if sample is not None:
                both = {"before": load_tokenizer(base), "after": load_tokenizer(staging)}
                metrics["held_out"] = {
                    side: sample.measure_held_out(each) for side, each in both.items()
                }
            write_json(staging / "metrics.json", metrics)

    def _mark(self, own: NormalizerMark) -> NormalizerMark:
        """How the text is written that the new tokenizer is for: as its base's, or the sample.

        Raises:
            InputError: the base learned text that was written otherwise.
        """
        mark = {} if self.sample is None else self.sample.mark
        if own and self.sample is not None:
            for language in self.sample.languages:
                place = f"the text of {language}"
                require_same_text(mark, place, own, str(self.base.folder), language)
        return mark or own

    def _vocabulary(self) -> dict[str, Any]:
        """Sizes, tokens that no text gives, and tokens that the sample does not use."""
        old, new = self.before.get_vocab(), self.after.get_vocab()
        found = {
            "base_size": len(old),
            "size": len(new),
            "kept": len(old.keys() & new.keys()),
            "added": len(new.keys() - old.keys()),
            "unreachable_before": len(unreachable(self.before)),
            "unreachable": len(unreachable(self.after)),
        }
        if (asked_for := self.settings.asked_for(len(old))) is not None:
            found["asked_for"] = asked_for
        if self.sample is None:
            return found
        counts_V = count_ids(self.after, self.sample.texts())
        learned = [index for token, index in new.items() if token not in old]
        return found | {
            "unused": int(np.sum(counts_V[list(new.values())] == 0)),
            "unused_added": int(np.sum(counts_V[learned] == 0)),
            "sampled_bytes": self.sample.bytes,
        }

    def _parameters(self) -> dict[str, Any]:
        """Rows that a model wins or loses, and weights where the base is a model's tokenizer."""
        rows = row_count(self.after)
        found = {"rows_before": row_count(self.before), "rows_after": rows}
        path = self.base.folder / "config.json"
        if path.is_file():
            config = json.loads(path.read_text("utf-8"))
            table = config.get("text_config", config).get("vocab_size", config.get("vocab_size"))
            of_row = weights_of_row(path.parent, table) if isinstance(table, int) else None
            if of_row is not None:
                found |= {"before": table * of_row, "after": rows * of_row}
                found["saved"] = found["before"] - found["after"]
        return found
