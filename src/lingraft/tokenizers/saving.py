"""Writes tokenizers, the only place, and reads them again as other programs will."""

import logging
from pathlib import Path
from typing import Any

from lingraft.errors import LingraftError, reason_of
from lingraft.tokenizers.backend import differences
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.templates import cut_marks

logger = logging.getLogger(__name__)


def write_tokenizer(tokenizer: Any, folder: Path) -> None:
    """Write a tokenizer with its roles and chat templates, and read it by plain transformers.

    A model is written before its tokenizer: what `AutoTokenizer` makes of tokenizer.json depends on
    the config.json beside it.

    Raises:
        LingraftError: what is written is not the tokenizer that was given.
    """
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    if cut := cut_marks(tokenizer):
        logger.warning(
            "the chat template writes %s, which the vocabulary does not have as one token: add it "
            "as a special token, or change the template",
            ", ".join(cut),
        )
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.save_pretrained(str(folder))
    if wrong := _differs(AutoTokenizer, tokenizer, folder):
        if left := _differs(PreTrainedTokenizerFast, tokenizer, folder):
            raise LingraftError(
                f"{folder}: transformers reads another tokenizer than was written ({left})"
            )
        logger.warning(
            "AutoTokenizer takes no notice of tokenizer.json beside a model of this type (%s): "
            "read this tokenizer with PreTrainedTokenizerFast.from_pretrained",
            wrong,
        )


def _differs(reader: Any, tokenizer: Any, folder: Path) -> str:
    try:
        read: Any = reader.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # classes that rebuild a tokenizer may stumble over another model
        return reason_of(error)
    roles = frozenset(tokenizer.all_special_tokens)
    return differences(tokenizer.backend_tokenizer, read.backend_tokenizer, roles)


def copy_tokenizer_files(source: Path, target: Path) -> None:
    """Give a folder the tokenizer of another: vocabulary, roles and chat templates.

    Raises:
        InputError: the tokenizer of `source` cannot be read.
    """
    write_tokenizer(load_tokenizer(source), target)
