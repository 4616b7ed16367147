"""What belongs to a tokenizer beside tokenizer.json: roles of tokens, chat templates, lengths,
sides.

They come, in this order, from tokenizer_config.json, special_tokens_map.json and the defaults of
the class that transformers has for this tokenizer or model; if none of them says anything, from the
names of the tokens and config.json. A role never adds a token: tokenizer.json has the vocabulary.
"""

import inspect
import json
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from lingraft.errors import InputError
from lingraft.tokenizers.separators import DOCUMENT_SEPARATOR
from lingraft.tokenizers.styles import STYLES
from lingraft.tokenizers.text_normalizer import TEXT_NORMALIZER
from lingraft.tokenizers.token_table import ROLES

logger = logging.getLogger(__name__)

_NAMES = tuple(f"{role}_token" for role in ROLES)
_BY_ID = ("bos", "eos", "pad")  # what config.json of a model names by id
_KEPT = (
    "model_max_length", "padding_side", "truncation_side", "model_input_names",
    "clean_up_tokenization_spaces", "split_special_tokens", "chat_template", "response_template",
    "chat_control_tokens", DOCUMENT_SEPARATOR, TEXT_NORMALIZER,
)  # fmt: skip
# The general classes say nothing about roles or sides; the last two are their earlier names.
_GENERAL = (
    "TokenizersBackend", "PythonBackend", "PreTrainedTokenizerFast", "PreTrainedTokenizer",
)  # fmt: skip
_TEMPLATE, _MORE_TEMPLATES = "chat_template.jinja", "additional_chat_templates"


def describe(folder: Path, backend: Tokenizer) -> dict[str, Any]:
    """The arguments of `PreTrainedTokenizerFast` beside the tokenizer itself.

    Raises:
        InputError: a file is not valid JSON, or wants code of its own to be run.
    """
    config = _read(folder / "tokenizer_config.json")
    model = _read(folder / "config.json")
    _refuse_code(folder / "tokenizer_config.json", config.get("auto_map"))
    of_model = model.get("auto_map")
    _refuse_code(folder / "config.json", isinstance(of_model, dict) and "AutoTokenizer" in of_model)
    family = _class_of(config, model)
    said = _said(config, _read(folder / "special_tokens_map.json"))
    options = _kept(config, folder / "tokenizer_config.json")
    if family is not None:
        options.setdefault("model_input_names", list(family.model_input_names))
        options.setdefault("padding_side", family.padding_side)
    templates = _templates(folder)
    if templates:
        alone = list(templates) == ["default"]
        options["chat_template"] = templates["default"] if alone else templates
    return options | _present(said | _implied(said, family, model, backend), backend, folder)


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} is not valid JSON: {error}; repair or remove it") from None
    if not isinstance(content, dict):
        raise InputError(f"{path} must be an object of keys and values")
    return content


def _kept(config: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Options that are copied unchanged; transformers would fail at another type much later."""
    options = {key: config[key] for key in _KEPT if config.get(key) is not None}
    length = options.get("model_max_length", 1)
    if isinstance(length, bool | str | list | dict) or not length > 0:
        raise InputError(f"{path}: model_max_length must be a number above 0, not {length!r:.40}")
    names = options.get("model_input_names", ["input_ids"])
    if not isinstance(names, list) or "input_ids" not in names:
        raise InputError(f"{path}: model_input_names must be a list that names input_ids")
    if not isinstance(options.get("chat_template", ""), str | list | dict):
        raise InputError(f"{path}: chat_template must be a text")
    return options


def _refuse_code(path: Path, auto_map: object) -> None:
    if auto_map:
        raise InputError(
            f"{path} needs code of its own (auto_map), which lingraft never runs; if "
            "tokenizer.json needs no code, remove that key"
        )


def family_of(folder: Path) -> str | None:
    """The name of the class of transformers that a folder says its tokenizer is of.

    Raises:
        InputError: a file is not valid JSON, or wants code of its own to be run.
    """
    config, model = _read(folder / "tokenizer_config.json"), _read(folder / "config.json")
    _refuse_code(folder / "tokenizer_config.json", config.get("auto_map"))
    family = _class_of(config, model)
    return None if family is None else str(family.__name__)


def _class_of(config: Mapping[str, Any], model: Mapping[str, Any]) -> Any:
    """The class of transformers that is said to read this tokenizer; None for a general one."""
    name = config.get("tokenizer_class") or model.get("tokenizer_class")
    if name in _GENERAL:  # ours among them: what follows imports PyTorch
        return None
    from transformers.models.auto import tokenization_auto as auto

    name = name or auto.TOKENIZER_MAPPING_NAMES.get(str(model.get("model_type")))
    if not isinstance(name, str):
        return None
    found = auto.tokenizer_class_from_name(name.removesuffix("Fast")) or (
        auto.tokenizer_class_from_name(name)
    )
    return None if found is None or found.__name__ in _GENERAL else found


def _said(config: Mapping[str, Any], listed: Mapping[str, Any]) -> dict[str, Any]:
    """Special tokens by name of their role; None if a file says that there is none."""
    # As in transformers: an old special_tokens_map.json is the later word.
    layers = [listed, config] if "added_tokens_decoder" in config else [config, listed]
    found: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            if key in ("extra_special_tokens", "additional_special_tokens"):
                named = value if isinstance(value, dict) else {}
                found |= {name: _content(token) for name, token in named.items()}
                if isinstance(value, list):
                    found["extra_special_tokens"] = [_content(token) for token in value]
            # Keys such as add_bos_token are switches: their values are not texts, so _content is
            # None.
            elif key in _NAMES or (key.endswith("_token") and _content(value) is not None):
                found[key] = _content(value)
    return found


def _content(token: Any) -> str | None:
    content = token.get("content") if isinstance(token, dict) else token
    return content if isinstance(content, str) else None


def _implied(
    said: Mapping[str, Any], family: Any, model: Mapping[str, Any], backend: Tokenizer
) -> dict[str, str]:
    """Roles that no file names: from the class, or from the names of the tokens."""
    defaults = inspect.signature(family.__init__).parameters if family is not None else {}
    implied = {
        # A class of transformers has its special tokens as defaults: __init__(...,
        # bos_token="<s>").
        name: str(defaults[name].default)
        for name in _NAMES
        if name in defaults and isinstance(defaults[name].default, str)
    }
    implied = {name: token for name, token in implied.items() if _has(backend, token)}
    if not implied and not any(said.get(name) for name in _NAMES):
        implied = _by_names(backend)
        for role in _BY_ID:
            token = _token_of(backend, model.get(f"{role}_token_id"))
            if token is not None:
                implied.setdefault(f"{role}_token", token)
    if backend.padding and _has(backend, backend.padding["pad_token"]):
        implied.setdefault("pad_token", backend.padding["pad_token"])
    return {name: token for name, token in implied.items() if name not in said}


def _by_names(backend: Tokenizer) -> dict[str, str]:
    """The roles of the family of which most names are there: BERT's, XLM-R's, or GPT-2's."""
    best: dict[str, str] = {}
    for style in STYLES.values():
        roles = {name: token for name, token in style.roles.items() if _has(backend, token)}
        if "mask_token" not in roles:  # it predicts the next token: nothing classifies or separates
            roles = {n: t for n, t in roles.items() if n not in ("cls_token", "sep_token")}
        if style is STYLES["gpt2"]:
            roles.pop("pad_token", None)  # GPT-2 has none
        if len(roles) > len(best):
            best = roles
    return best


def _token_of(backend: Tokenizer, index: Any) -> str | None:
    first = index[0] if isinstance(index, list) and index else index
    # An id may be a list (eos_token_id of Llama 3). bool is a subclass of int, and id_to_token
    # takes 32 bits at most.
    is_id = isinstance(first, int) and not isinstance(first, bool) and first >= 0
    return backend.id_to_token(first) if is_id and first < 1 << 32 else None


def _has(backend: Tokenizer, token: str) -> bool:
    return backend.token_to_id(token) is not None


def _present(found: Mapping[str, Any], backend: Tokenizer, folder: Path) -> dict[str, Any]:
    """The named tokens that the vocabulary has; the others are logged and left out."""
    extra = [token for token in found.get("extra_special_tokens", ()) if token is not None]
    named = {name: token for name, token in found.items() if isinstance(token, str)}
    missing = [token for token in (*named.values(), *extra) if not _has(backend, token)]
    if missing:
        shown = ", ".join(map(repr, dict.fromkeys(missing[:3])))
        logger.warning(
            "%s: %d special tokens are not in tokenizer.json and are left out: %s",
            folder, len(missing), shown,
        )  # fmt: skip
    options: dict[str, Any] = {n: t for n, t in named.items() if _has(backend, t)}
    options["extra_special_tokens"] = [token for token in extra if _has(backend, token)]
    return options


def _templates(folder: Path) -> dict[str, str]:
    """Chat templates that are files of their own, by name."""
    paths: Iterable[Path] = sorted((folder / _MORE_TEMPLATES).glob("*.jinja"))
    named = {path.stem: path for path in paths}
    if (folder / _TEMPLATE).is_file():
        named = {"default": folder / _TEMPLATE} | named
    try:
        return {name: path.read_text("utf-8") for name, path in named.items()}
    except (OSError, ValueError) as error:
        raise InputError(f"a chat template in {folder} cannot be read: {error}") from None
