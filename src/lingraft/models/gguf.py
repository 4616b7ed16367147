"""Reads models in GGUF, the format of llama.cpp, as plain fp32 models.

transformers reads the configuration and puts the tensors in place, the package `gguf` turns blocks
into numbers. Both pass over what they do not know; here every number of the file has to arrive.
"""

import io
from collections import Counter
from collections.abc import Mapping
from contextlib import redirect_stderr
from dataclasses import replace
from pathlib import Path
from typing import Any

from gguf import GGUFReader, dequantize
from transformers import AutoConfig

from lingraft.config.pretraining import Objective
from lingraft.errors import InputError, foreign, reason_of
from lingraft.models.door import Opened, settled
from lingraft.models.gguf_precision import bits_of, precision_of
from lingraft.models.objective import auto_class
from lingraft.models.stored import read_weights

_MAGIC = b"GGUF"
# Keys of the file that transformers does not read, and the setting of config.json that says it.
_UNREAD = {
    "attention.key_length": "head_dim",
    "attn_logit_softcapping": "attn_logit_softcapping",
    "final_logit_softcapping": "final_logit_softcapping",
}
_READS_SCALING = ("gpt-oss",)
_OF_QUANTIZATION = ("hf_quantizer", "quantization_method", "is_quantized")


def read_gguf(path: Path, objective: Objective | None) -> Opened:
    """The model in the file `path`, fp32, with the types that its numbers had there.

    Args:
        path: one GGUF file.
        objective: the head to give it; by default the one that the architecture is made for.

    Raises:
        InputError: the file is no GGUF, is cut off, is of an architecture or a type of numbers that
            cannot be read, or has numbers for which the architecture has no place.
    """
    file = open_gguf(path)
    _require_plain_positions(file, path)
    source: dict[str, Any] = {"gguf_file": path.name}
    # transformers draws progress bars, which would be in every log.
    with foreign(f"model in {path}"), redirect_stderr(io.StringIO()):
        config: Any = AutoConfig.from_pretrained(
            path.parent, local_files_only=True, trust_remote_code=False, **source
        )
        _complete(config, file)
        model, found = read_weights(
            auto_class(config, objective), path.parent, config=config, **source
        )
    _forget_quantization(model)
    _require_all(model, file, path)
    opened = settled(model, found, path)
    return replace(opened, stored=stored_types(file), parts=precision_of(file))


def open_gguf(path: Path) -> Any:
    """The header of a GGUF file, whose tensors are all there and can be dequantized.

    Raises:
        InputError: it is no such file, it is damaged or cut off, or has a type of numbers that the
            package `gguf` does not turn into floats.
    """
    with foreign(f"{path}"), path.open("rb") as opened:
        begin = opened.read(len(_MAGIC))
    if begin != _MAGIC:
        raise InputError(f"{path} is not a GGUF file: it begins with {begin!r}, not {_MAGIC!r}")
    try:
        file = GGUFReader(path)
    except (ValueError, IndexError, KeyError, OverflowError, TypeError) as error:
        raise InputError(
            f"{path} ends before its last tensor, or is damaged; download it again "
            f"({reason_of(error)})"
        ) from error
    seen: dict[Any, Any] = {}
    for tensor in file.tensors:
        seen.setdefault(tensor.tensor_type, tensor)
    for kind, tensor in seen.items():
        try:
            dequantize(tensor.data[:1], kind)
        except NotImplementedError:
            raise InputError(
                f"{path} has {tensor.name} as {kind.name}, which the package `gguf` cannot "
                "dequantize; take another quantization of the model, such as Q8_0"
            ) from None
    return file


def stored_types(file: Any) -> dict[str, int]:
    """How many numbers of each type the file has, most first, such as `{"Q4_1": 106168320}`."""
    counts: Counter[str] = Counter()
    for tensor in file.tensors:
        counts[tensor.tensor_type.name] += int(tensor.n_elements)
    return dict(counts.most_common())


def bits_per_weight(stored: Mapping[str, int]) -> float:
    """Mean number of bits in which a file had a number, scales of blocks included.

    Args:
        stored: numbers by type, as `stored_types` counts them.
    """
    bits = sum(count * bits_of(name) for name, count in stored.items())
    return bits / sum(stored.values())


def _value(file: Any, key: str) -> Any:
    field = file.get_field(key)
    return None if field is None else field.contents()


def _require_plain_positions(file: Any, path: Path) -> None:
    """Refuse scaled rotary positions, which transformers would take for plain ones."""
    architecture = _value(file, "general.architecture")
    scaling = _value(file, f"{architecture}.rope.scaling.type")
    has_factors = any(tensor.name.startswith("rope_freqs") for tensor in file.tensors)
    is_scaled = scaling not in (None, "none") and architecture not in _READS_SCALING
    if is_scaled or has_factors:
        raise InputError(
            f"{path} scales its positions ({scaling or 'rope_freqs'}), which is not read from "
            "GGUF; take the model in format: huggingface"
        )


def _complete(config: Any, file: Any) -> None:
    """Give a configuration what the file says and transformers passes over."""
    architecture = _value(file, "general.architecture")
    for key, name in _UNREAD.items():
        value = _value(file, f"{architecture}.{key}")
        # Gemma 4 has two lengths of keys, and transformers reads the file's as the other one.
        if value is not None and hasattr(config, name) and not hasattr(config, "global_head_dim"):
            setattr(config, name, value)
    if hasattr(config, "_model_name_or_path"):
        del config._model_name_or_path  # the file's title, under a key that no one reads


def _forget_quantization(model: Any) -> None:
    """Make the model a plain one; transformers does not write one that was read from GGUF."""
    for name in _OF_QUANTIZATION:
        if hasattr(model, name):
            delattr(model, name)
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config


def _require_all(model: Any, file: Any, path: Path) -> None:
    """Check that the model has as many numbers as the file; transformers skips unknown names."""
    own = sum(parameter.numel() for parameter in model.parameters())
    given = sum(int(tensor.n_elements) for tensor in file.tensors)
    if own != given:
        raise InputError(
            f"{path} has {given:,} numbers and a {model.config.model_type} of its configuration "
            f"{own:,}: parts of the file would be lost or drawn at random; take the model in "
            "format: huggingface"
        )
