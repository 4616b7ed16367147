"""What a model folder has, read from its configuration and the headers of its files.

Every folder is checked here before it is loaded: no code, no pickle with more than tensors, no file
outside the folder, no quantized numbers (they mean nothing without their scales).
"""

import json
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import safe_open
from torch import Tensor
from transformers import AutoConfig, PreTrainedConfig

from lingraft.errors import InputError, foreign

_FLOATS = frozenset({"F64", "F32", "F16", "BF16"})
_QUANTIZATION = ("quantization_config", "compression_config")
# How to compute, chosen for another machine: the numbers do not depend on it.
_OF_THE_MACHINE = ("fusion_config", "distributed_config")
_MASK_DIMENSIONS = 3  # old GPT-2 files have their causal masks as `attn.bias`, bytes or booleans


def read_config(folder: Path) -> dict[str, Any]:
    """The model's config.json.

    Raises:
        InputError: the folder has none, or it cannot be read.
    """
    path = folder / "config.json"
    try:
        content = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{folder} is not a model: it has no config.json") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not valid JSON: {error}") from None
    if not isinstance(content, dict) or not isinstance(content.get("model_type"), str):
        raise InputError(f"{path} names no model_type")
    if "auto_map" in content:
        raise InputError(
            f"{path} wants code of its own (auto_map), which lingraft never runs; take a model "
            "whose architecture transformers has"
        )
    return content


def read_architecture(folder: Path) -> PreTrainedConfig:
    """The configuration of the model in `folder` as transformers understands it.

    Raises:
        InputError: it is damaged, of an unknown architecture, or describes quantized weights.
    """
    content = read_config(folder)
    _refuse_quantization(content, folder)
    if "transformers_weights" in content:
        raise InputError(
            f"{folder / 'config.json'} names files of weights (transformers_weights); remove "
            "that key, and name the weights model.safetensors"
        )
    with foreign(f"{folder / 'config.json'}"):
        config: PreTrainedConfig = AutoConfig.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        # The file may ask for a kernel that this machine lacks, such as flash attention.
        config._attn_implementation = None
        config._experts_implementation = None
        for name in _OF_THE_MACHINE:
            if hasattr(config, name):
                delattr(config, name)
        text = config.get_text_config()
    if not hasattr(text, "pad_token_id"):  # CodeGen and RWKV do not know the role
        text.pad_token_id = None
    return config


def read_weights(
    model_class: Any, folder: Path, *, dtype: torch.dtype = torch.float32, **options: Any
) -> tuple[Any, dict[str, Any]]:
    """A model as transformers reads it, offline and without code of others.

    Returns:
        The model, and which names and shapes do not fit: it is for the caller to refuse them.
    """
    # Its progress bars and reports would be in every log.
    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    model, found = model_class.from_pretrained(
        folder,
        output_loading_info=True,
        dtype=dtype,
        local_files_only=True,
        trust_remote_code=False,
        weights_only=True,
        **options,
    )
    return model, found


def require_safe_weights(folder: Path) -> None:
    """Refuse folders without safetensors; a pickle could run code when it is read."""
    if any(folder.glob("*.safetensors")):
        return
    if any(folder.glob("*.bin")) or any(folder.glob("*.pt")):
        raise InputError(
            f"{folder} has pickled weights only; convert it with scripts/convert_model.py"
        )
    raise InputError(f"{folder} has no weights (*.safetensors)")


def require_plain_weights(folder: Path, *, pickles: bool) -> None:
    """Refuse weights that are not plain tensors of floating point numbers.

    Args:
        folder: a model folder.
        pickles: whether PyTorch's own files are read too, tensors only.

    Raises:
        InputError: a file is missing, damaged, outside of the folder, or has something else;
            the message names the file, and the tensor.
    """
    if not pickles:
        require_safe_weights(folder)
    if (folder / "adapter_config.json").is_file():
        raise InputError(
            f"{folder} has an adapter (adapter_config.json); merge it into its model and use "
            "the result"
        )
    if any(folder.glob("shard-*-model-*.safetensors")):
        raise InputError(
            f"{folder} has a distributed checkpoint; save the model with save_pretrained"
        )
    owners: dict[str, Path] = {}
    for path in _weight_files(folder, pickles):
        with foreign(f"{path}"):
            for name, kind, dimensions in _headers(path):
                # `setdefault` returns the file in which the name came first.
                if (other := owners.setdefault(name, path)) != path:
                    raise InputError(
                        f"{path} and {other.name} both have {name}: they are of different models, "
                        "or damaged; download the model again"
                    )
                if kind in _FLOATS or _is_index(name, kind, dimensions):
                    continue
                raise InputError(
                    f"{path} has {name} as {kind}: quantized weights, which lingraft does not "
                    "read; take the model in float32, float16 or bfloat16"
                )


def _is_index(name: str, kind: str, dimensions: int) -> bool:
    """Whether whole numbers are places, ids or a mask, and not the numbers of a layer."""
    last = name.rpartition(".")[2]
    if last == "bias" and dimensions >= _MASK_DIMENSIONS:
        return kind in ("BOOL", "U8")
    return kind in ("BOOL", "I64") and last not in ("weight", "bias")


def _refuse_quantization(content: Mapping[str, Any], folder: Path) -> None:
    for key, value in content.items():
        if key in _QUANTIZATION and value:
            method = value.get("quant_method", "?") if isinstance(value, Mapping) else value
            raise InputError(
                f"{folder / 'config.json'} says that the weights are quantized ({key}: {method}), "
                "and lingraft does not read such; take the model in float32, float16 or bfloat16"
            )
        if isinstance(value, Mapping):
            _refuse_quantization(value, folder)


def _weight_files(folder: Path, pickles: bool) -> list[Path]:
    """The files that transformers will read, in its own order of preference."""
    names = ["model.safetensors", "model.safetensors.index.json"]
    if pickles:
        names += ["pytorch_model.bin", "pytorch_model.bin.index.json"]
    for name in names:
        path = folder / name
        if path.is_file():
            return _shards(path) if name.endswith(".index.json") else [path]
    expected = " or ".join(name for name in names if not name.endswith(".json"))
    raise InputError(f"{folder} has no weights ({expected})")


def _shards(index: Path) -> list[Path]:
    with foreign(f"{index}"):
        names = sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
        paths = [index.parent / name for name in names]
    for name, path in zip(names, paths, strict=True):
        if path.parent != index.parent or Path(name).name != name:
            raise InputError(f"{index} names {name!r}, which is not a file beside it")
        if not path.is_file():
            raise InputError(f"{index} names {name}, which is missing; download the model again")
    return paths


def _headers(path: Path) -> Iterator[tuple[str, str, int]]:
    """Name, type and number of dimensions of each tensor, without reading the numbers."""
    if path.suffix == ".safetensors":
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 - not a mapping
                part = file.get_slice(name)
                yield name, part.get_dtype(), len(part.get_shape())
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of old protocols, which tensors have too
        # On the meta device only shapes and types are made. `weights_only` refuses pickled code.
        content = torch.load(path, map_location="meta", weights_only=True)
    if not isinstance(content, Mapping):
        raise InputError(f"{path} does not have tensors by name")
    for name, value in content.items():
        if not isinstance(value, Tensor):
            raise InputError(f"{path} has {name}, a {type(value).__name__} and not a tensor")
        yield name, _TYPES.get(value.dtype, str(value.dtype)), value.dim()


_TYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.bool: "BOOL",
    torch.uint8: "U8",
}
