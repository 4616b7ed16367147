"""Reads tokenizers, the only place: each cuts text as its file says.

`AutoTokenizer` builds tokenizers of known classes anew from vocabulary and merges: normalizer,
pre-tokenizer, unknown id and prefix rule of tokenizer.json are lost, and some classes add ids. So
the file itself is the tokenizer, and the other files only say what its tokens are for.
"""

import logging
from pathlib import Path
from typing import Any

from lingraft.errors import InputError, foreign
from lingraft.tokenizers.backend import TOKENIZER, read_backend, wrap
from lingraft.tokenizers.roles import describe, family_of

SENTENCEPIECE = "sentencepiece.bpe.model"


def load_tokenizer(folder: Path) -> Any:
    """Load the tokenizer of a "tokenizer" or "model" folder as a `PreTrainedTokenizerFast`.

    Its ids are those of `tokenizers.Tokenizer.from_file`; padding and truncation are off.

    Raises:
        InputError: the folder has no fast tokenizer that can be loaded without the network and
            without running code from the folder.
    """
    # transformers warns of every text longer than the model's input; corpora have such texts.
    logging.getLogger("transformers.tokenization_utils_base").setLevel(logging.ERROR)
    backend = read_backend(folder)
    with foreign(f"the tokenizer in {folder}"):
        return wrap(backend, name_or_path=str(folder), **describe(folder, backend))


def read_published(folder: Path) -> Any:
    """The tokenizer of a published model as a fast one; SentencePiece models are converted.

    Raises:
        InputError: the folder has neither tokenizer.json nor sentencepiece.bpe.model.
    """
    if (folder / TOKENIZER).is_file():
        return load_tokenizer(folder)
    model = folder / SENTENCEPIECE
    if not model.is_file():
        raise InputError(f"{folder} has neither {TOKENIZER} nor {SENTENCEPIECE}")
    from lingraft.tokenizers.sentencepiece_model import read_sentencepiece

    return read_sentencepiece(model, family_of(folder) or "XLMRobertaTokenizer")
