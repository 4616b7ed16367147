"""Reads the tokenizer of a GGUF file, with its roles, its chat template and its length.

transformers builds it, but cuts text in the way of GPT-2 wherever it does not know the name that
the file gives its pre-tokenizer (`tokenizer.ggml.pre`). Digits would then become tokens together,
which the model's own tokenizer keeps apart. llama.cpp's table (`llama-vocab.cpp`) says what a name
means; an unknown name is refused.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, pre_tokenizers
from tokenizers.pre_tokenizers import ByteLevel, Digits, PreTokenizer, Split
from tokenizers.processors import TemplateProcessing
from transformers.integrations.gguf.gguf_tokenizer_mapping import (
    GGUF_PRE_TOKENIZER_SPLITS,
    convert_gguf_tokenizer,
    get_gguf_tokenizer,
)
from transformers.integrations.gguf.reader import read_gguf_metadata

from lingraft.errors import InputError, foreign
from lingraft.tokenizers.backend import wrap
from lingraft.tokenizers.token_table import ROLES

_BYTE_LEVEL = "gpt2"  # as `tokenizer.ggml.model` calls it
_UNUSED = 5  # type of a token that only fills rows

# Names whose text is cut as GPT-2's, and those that cut each digit off before.
_WORDS = frozenset(
    {
        "gpt-2", "phi-2", "mpt", "olmo", "jais", "exaone4", "gigachat", "a.x-4.0", "mellum",
        "modern-bert", "trillion", "granite-docling",
    }
)  # fmt: skip
_SINGLE_DIGITS = frozenset(
    {
        "smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b",
        "mellum2",
    }
)  # fmt: skip
# Other names for what transformers knows.
_SAME = {
    "stablelm2": "qwen2", "hunyuan": "qwen2", "solar-open": "qwen2", "grok-2": "qwen2",
    "glm4": "llama-bpe", "chatglm-bpe": "llama-bpe",
}  # fmt: skip
# A word that is a token is not cut, whatever the merges say; a text begins with bos unless the file
# says otherwise.
_WHOLE_WORDS = frozenset(
    {
        "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2",
        "jina-v5-nano", "tekken",
    }
)  # fmt: skip
_NO_NAME = "default"  # files of old converters
_OLD_CUTS = (r"[\p{P}\$\+<=>\^~\|]+", ByteLevel, r"\p{N}+", "[0-9][0-9][0-9]")


def read_gguf_tokenizer(path: Path) -> Any:
    """The tokenizer in the file `path` as a `PreTrainedTokenizerFast`.

    Raises:
        InputError: the file has none, it cannot be read, or its pre-tokenizer is unknown.
    """
    with foreign(f"the tokenizer in {path}"):
        metadata, _ = read_gguf_metadata(str(path))
        if "tokenizer.ggml.tokens" not in metadata:
            raise InputError(
                f"{path} has no tokenizer (tokenizer.ggml.tokens); give this model "
                "`tokenizer_source`"
            )
        architecture, content, config = get_gguf_tokenizer(str(path))
        content["tokens"] = _without_filling(content)
        is_byte_level = content.get("tokenizer_type") == _BYTE_LEVEL
        name = str(content.get("pre_tokenizer_type") or _NO_NAME)
        cuts = _pre_tokenizer(name, path) if is_byte_level else None
        backend, _ = convert_gguf_tokenizer(architecture, content)
        if cuts is not None:
            backend.pre_tokenizer = cuts
            backend.model.ignore_merges = name in _WHOLE_WORDS
            config.setdefault("add_bos_token", name in _WHOLE_WORDS)
        options = _options(config, metadata.get(f"{architecture}.context_length"))
        backend.post_processor = _ends(backend, config)
        return wrap(backend, name_or_path=str(path), **options)


def known_pre_tokenizers() -> list[str]:
    """The names of pre-tokenizers (`tokenizer.ggml.pre`) whose cuts are known, sorted."""
    return sorted({*_WORDS, *_SINGLE_DIGITS, *_SAME, *GGUF_PRE_TOKENIZER_SPLITS, _NO_NAME})


def _without_filling(content: Mapping[str, Any]) -> list[str]:
    """The tokens without those at the end that only fill the rows of a padded embedding."""
    tokens = list(content["tokens"])
    types = list(content.get("token_type") or ())
    while len(types) == len(tokens) > 0 and types[-1] == _UNUSED:
        tokens.pop()
        types.pop()
    return tokens


def _pre_tokenizer(name: str, path: Path) -> PreTokenizer:
    words = ByteLevel(add_prefix_space=False)
    if name in _WORDS:
        return words
    if name in _SINGLE_DIGITS:
        return pre_tokenizers.Sequence([Digits(individual_digits=True), words])
    if name == _NO_NAME:
        steps = [words if cut is ByteLevel else Split(Regex(cut), "isolated") for cut in _OLD_CUTS]
        return pre_tokenizers.Sequence(steps)
    if (cut := GGUF_PRE_TOKENIZER_SPLITS.get(_SAME.get(name, name))) is None:
        raise InputError(
            f"{path} has an unknown pre-tokenizer (tokenizer.ggml.pre: {name}); known are "
            f"{', '.join(known_pre_tokenizers())}; give this model `tokenizer_source`"
        )
    bytes_only = ByteLevel(add_prefix_space=False, use_regex=False)
    return pre_tokenizers.Sequence([Split(Regex(cut), "isolated"), bytes_only])


def _options(config: Mapping[str, Any], length: int | None) -> dict[str, Any]:
    """Roles, chat template and length, as `PreTrainedTokenizerFast` takes them."""
    names = ("chat_template", *(f"{role}_token" for role in ROLES))
    options = {name: config[name] for name in names if config.get(name) is not None}
    options["model_input_names"] = ["input_ids", "attention_mask"]
    return options if length is None else options | {"model_max_length": length}


def _ends(backend: Tokenizer, config: Mapping[str, Any]) -> TemplateProcessing | None:
    """What puts the tokens around a text that the file wants there."""
    first = [config["bos_token"]] if config.get("add_bos_token") and config["bos_token"] else []
    last = [config["eos_token"]] if config.get("add_eos_token") and config["eos_token"] else []
    if not (first or last):
        return None
    used = [(token, backend.token_to_id(token)) for token in {*first, *last}]
    return TemplateProcessing(single=[*first, "$A", *last], special_tokens=used)
