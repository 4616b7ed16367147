"""Loading of tokenizers: from disk only, fast ones only, no code of others."""

import logging
from pathlib import Path
from typing import Any

from lingraft.errors import InputError


def load_tokenizer(folder: Path) -> Any:
    """Load the tokenizer of a "tokenizer" or "model" folder as a `PreTrainedTokenizerFast`.

    Raises:
        InputError: the folder holds no fast tokenizer that can be loaded without the network and
            without running code that it brings along.
    """
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    if not folder.is_dir():
        raise InputError(f"tokenizer {folder} does not exist")
    if not (folder / "tokenizer.json").is_file():
        raise InputError(
            f"{folder} holds no tokenizer.json; convert its slow tokenizer to a fast one first"
        )
    # transformers warns of every text longer than the model's input; corpora hold such texts.
    logging.getLogger("transformers.tokenization_utils_base").setLevel(logging.ERROR)
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False, use_fast=True
        )
    except Exception as error:  # the Rust library raises bare Exceptions on damaged files
        reason = " ".join(str(error).split())
        raise InputError(f"the tokenizer in {folder} cannot be loaded: {reason:.300}") from None
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise InputError(f"the tokenizer in {folder} is no fast one (it has no tokenizer.json)")
    # Sentence encoders store padding to a fixed length, which would count as tokens of the text.
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.backend_tokenizer.no_truncation()
    return tokenizer


def read_published(folder: Path) -> Any:
    """The tokenizer of a published model as a fast one; SentencePiece models are converted.

    Raises:
        InputError: the folder holds neither tokenizer.json nor sentencepiece.bpe.model.
    """
    if (folder / "tokenizer.json").is_file():
        return load_tokenizer(folder)
    model = folder / "sentencepiece.bpe.model"
    if not model.is_file():
        raise InputError(f"{folder} holds neither tokenizer.json nor {model.name}")
    from lingraft.tokenizers.sentencepiece_model import read_xlm_roberta

    return read_xlm_roberta(model)
