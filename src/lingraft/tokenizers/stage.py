"""What the scripts call: train a tokenizer, take a published one, encode a corpus."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from tqdm import tqdm

from lingraft.artifacts import (
    Artifact,
    CorpusFacts,
    DownloadFacts,
    ModelFacts,
    TokenizerFacts,
    TokensFacts,
    new_artifact,
    open_artifact,
    path_inside,
    write_json,
)
from lingraft.config.tokenizers import PretrainedTokenizer
from lingraft.config.tokenizers import Tokenizer as Settings
from lingraft.corpus.documents import Document, read_documents
from lingraft.corpus.normalizing import NormalizerMark, require_same_text
from lingraft.corpus.token_files import (
    SPLITS,
    Counts,
    Split,
    TokenMeta,
    token_dtype,
    vocabulary_digest,
    write_tokens,
)
from lingraft.errors import InputError
from lingraft.tokenizers.backend import wrap
from lingraft.tokenizers.encoding import Encoder, encode_agreed, read_specials
from lingraft.tokenizers.loading import load_tokenizer, read_published
from lingraft.tokenizers.samples import Sample
from lingraft.tokenizers.saving import write_tokenizer
from lingraft.tokenizers.separators import choose_separator
from lingraft.tokenizers.styles import special_tokens
from lingraft.tokenizers.text_normalizer import read_mark, write_mark
from lingraft.tokenizers.training import train_tokenizer

logger = logging.getLogger(__name__)


def make_tokenizer(settings: Settings, corpora: Sequence[Path], output: Path) -> None:
    """Train a tokenizer on the training parts of corpora and write the artifact `output`.

    Args:
        settings: algorithm, size and form of the vocabulary.
        corpora: corpus artifacts.
        output: folder of the artifact.

    Raises:
        InputError: a corpus is damaged or empty.
        ConfigError: the vocabulary is too small for the alphabet.
    """
    chosen = Sample.of(settings, corpora)
    plain = settings.model_dump(mode="json", exclude_unset=True)
    facts = TokenizerFacts(languages=chosen.languages)
    if chosen.mark:
        facts.normalizer = chosen.mark
    with new_artifact(
        output, "tokenizer", settings=plain, inputs=chosen.inputs, facts=facts
    ) as staging:
        tokenizer = train_tokenizer(chosen.texts(), settings)
        save_tokenizer(tokenizer, settings, staging, chosen.mark)
        size = facts.vocabulary_size = tokenizer.get_vocab_size()
        _report_size(size, settings.vocabulary_size)
        metrics = {
            "vocabulary": {
                "asked_for": settings.vocabulary_size,
                "size": size,
                "sampled_bytes": chosen.bytes,
            },
            "held_out": chosen.measure_held_out(load_tokenizer(staging)),
        }
        write_json(staging / "metrics.json", metrics)


def copy_tokenizer(settings: PretrainedTokenizer, download: Path, output: Path) -> None:
    """Write the artifact `output` from the tokenizer in a download, as a fast one.

    Args:
        settings: the place of the tokenizer in the download.
        download: a download artifact.
        output: folder of the artifact.

    Raises:
        InputError: the download is damaged, or has no tokenizer there.
    """
    source = open_artifact(download, DownloadFacts)
    plain = settings.model_dump(mode="json", exclude_unset=True)
    tokenizer = read_published(path_inside(download / "files", settings.path))
    facts = TokenizerFacts(languages=[], vocabulary_size=len(tokenizer))
    if mark := read_mark(tokenizer):
        facts.normalizer = mark
    with new_artifact(
        output, "tokenizer", settings=plain, inputs={settings.source: source}, facts=facts
    ) as staging:
        choose_separator(tokenizer, settings.separator)
        write_tokenizer(tokenizer, staging)
        write_json(staging / "metrics.json", {"vocabulary": {"size": len(tokenizer)}})


def encode_corpus(tokenizer_folder: Path, corpus: Path, output: Path) -> None:
    """Write a corpus artifact as a "tokens" artifact.

    Args:
        tokenizer_folder: a "tokenizer" or "model" artifact.
        corpus: a "corpus" artifact with `train.jsonl.zst` and `valid.jsonl.zst`.
        output: folder of the result.

    Raises:
        InputError: the training part is empty, the tokenizer has no token to end documents, or
            its text was written otherwise than the corpus.
    """
    made_by = open_artifact(tokenizer_folder, TokenizerFacts, ModelFacts)
    text = open_artifact(corpus, CorpusFacts)
    tokenizer = load_tokenizer(tokenizer_folder)
    specials = read_specials(tokenizer)
    mark, language = text.facts.normalizer, text.facts.written_in
    own = read_mark(tokenizer)
    require_same_text(mark, f"the corpus {corpus}", own, f"{tokenizer_folder}", language)
    facts = TokensFacts(normalizer=mark) if mark else TokensFacts()
    inputs: dict[str, Artifact[Any]] = {"tokenizer": made_by, "corpus": text}
    dtype = token_dtype(specials.vocabulary_size)
    with new_artifact(output, "tokens", inputs=inputs, facts=facts) as staging:
        counts: dict[Split, Counts] = {}
        engines: dict[str, str] = {}
        for split in SPLITS:
            path = text.file(f"{split}.jsonl.zst")
            write = partial(_write_split, path, staging / f"{split}.ds", dtype)
            counts[split], engines[split] = encode_agreed(tokenizer, specials, write)
        facts.engines = engines
        if not counts["train"].content_tokens:
            raise InputError(f"corpus {corpus} has no training text: nothing to encode")
        digest = vocabulary_digest(tokenizer.get_vocab())
        TokenMeta(dtype, specials, counts, digest, text.digest).save(staging)


def _write_split(corpus: Path, output: Path, dtype: str, encoder: Encoder) -> tuple[Counts, str]:
    """Write a split's tokens; their counts, and the name of the engine that gave them."""
    sizes = _Sizes()
    texts = (sizes.seen(document).text for document in read_documents(corpus))
    name = f"encoding {output.stem}"
    batches = tqdm(encoder.encode(texts), name, unit=" batches", disable=None)
    write_tokens(output, batches, dtype)
    return replace(encoder.counts, bytes=sizes.bytes), encoder.engine


@dataclass
class _Sizes:
    """Counts the bytes of original texts while they pass; bits per byte are of these."""

    bytes: int = 0

    def seen(self, document: Document) -> Document:
        self.bytes += document.bytes
        return document


def save_tokenizer(
    tokenizer: Tokenizer, settings: Settings, folder: Path, mark: NormalizerMark | None = None
) -> None:
    """Write what `AutoTokenizer.from_pretrained` reads, with all roles set.

    Args:
        tokenizer: as it was trained.
        settings: they decide the special tokens and the longest input.
        folder: where to write.
        mark: how the text was written anew that it was trained on.
    """
    specials = special_tokens(settings)
    types = ["token_type_ids"] if specials.has_token_types else []
    fast = wrap(
        tokenizer,
        model_max_length=settings.maximum_length,
        model_input_names=["input_ids", *types, "attention_mask"],
        clean_up_tokenization_spaces=False,
        padding_side="right",
        **specials.roles,
    )
    choose_separator(fast, settings.separator)
    write_mark(fast, mark or {})
    write_tokenizer(fast, folder)


def _report_size(size: int, asked_for: int) -> None:
    if size < asked_for:
        logger.warning(
            "the text gives %d entries only, fewer than vocabulary_size %d", size, asked_for
        )
