"""Load a model folder as the right class, offline, without remote code and without pickles."""

import json
import logging
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, PreTrainedModel

from lingraft.errors import InputError

logger = logging.getLogger(__name__)

CAUSAL_TYPES = frozenset(
    {"gpt2", "gpt_neo", "gpt_neox", "gptj", "llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2",
     "gemma3_text", "opt", "bloom", "phi", "phi3", "olmo", "olmo2", "smollm3", "stablelm", "xglm"}
)  # fmt: skip
# They count positions from padding_idx + 1.
POSITIONS_AFTER_PADDING = frozenset({"roberta", "xlm-roberta", "camembert"})


def read_config(folder: Path) -> dict[str, Any]:
    """The model's config.json.

    Raises:
        InputError: the folder has none, or it cannot be read.
    """
    path = folder / "config.json"
    try:
        content = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{folder} is no model: it has no config.json") from None
    except ValueError as error:
        raise InputError(f"{path} is not valid JSON: {error}") from None
    if not isinstance(content, dict) or "model_type" not in content:
        raise InputError(f"{path} names no model_type")
    if "auto_map" in content:
        raise InputError(f"{path} wants code of its own (auto_map), which lingraft never runs")
    return dict(content)


def is_causal(folder: Path) -> bool:
    """Whether the model in `folder` predicts the next token (and not masked ones)."""
    config = read_config(folder)
    names = " ".join(config.get("architectures") or ())
    if "MaskedLM" in names:
        return False
    return "LMHead" in names or "CausalLM" in names or config["model_type"] in CAUSAL_TYPES


def most_positions(config: Mapping[str, Any]) -> int | None:
    """The longest row that a model's learned positions allow; None where positions are rotary.

    Args:
        config: the content of config.json.
    """
    if any(key.startswith("rope") or "rotary" in key for key in config):
        return None
    rows = config.get("max_position_embeddings") or config.get("n_positions")
    kind = str(config["model_type"]).removeprefix("factorized-")
    if rows is not None and kind in POSITIONS_AFTER_PADDING:
        padding = config.get("pad_token_id")
        return int(rows) - (1 if padding is None else int(padding)) - 1
    return rows if rows is None else int(rows)


def load_model(folder: Path) -> PreTrainedModel:
    """Load a language model with its head, fp32, in evaluation mode.

    Args:
        folder: a Hugging Face folder; models that lingraft made (factorized embeddings) too.

    Raises:
        InputError: weights are damaged, only there as a pickle, or lack one of the matrices whose
            rows are tokens; other weights that they lack are drawn at random with a warning.
    """
    model, missing = _load(_auto_class(folder), folder, safetensors=True)
    if missing:
        _tell_missing(model, missing, folder)
    return model


def load_masked_lm(folder: Path) -> PreTrainedModel:
    """As `load_model`, for a model that predicts masked tokens.

    Raises:
        InputError: the model in `folder` is a causal one.
    """
    if is_causal(folder):
        raise InputError(f"{folder} holds a causal language model, a masked one is needed here")
    return load_model(folder)


def load_as(model_class: Any, folder: Path, *, safetensors: bool = True) -> PreTrainedModel:
    """Load the weights in `folder` into `model_class`; what they lack is drawn at random.

    With `safetensors=False` a pickle is read too, but only tensors in it (`weights_only`).
    """
    return _load(model_class, folder, safetensors)[0]


def _load(model_class: Any, folder: Path, safetensors: bool) -> tuple[PreTrainedModel, set[str]]:
    """The model and the names of the parameters that its weights lack."""
    if safetensors:
        require_safe_weights(folder)
    # Its bars and reports would stand in every log; what is missing is told below.
    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        model, found = model_class.from_pretrained(
            folder,
            output_loading_info=True,
            dtype=torch.float32,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=safetensors or None,
            weights_only=True,
        )
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        raise InputError(f"model in {folder} cannot be loaded: {error}") from error
    model.eval()
    return model, set(found["missing_keys"])


def _tell_missing(model: Any, missing: Collection[str], folder: Path) -> None:
    matrices = (model.get_input_embeddings(), model.get_output_embeddings())
    of_tokens = {f"{name}.weight" for name, module in model.named_modules() if module in matrices}
    if lacking := sorted(of_tokens & set(missing)):
        raise InputError(
            f"the weights in {folder} lack {', '.join(lacking)}: its rows would be random; "
            "take a model that is whole"
        )
    some = ", ".join(sorted(missing)[:3])
    logger.warning("%s lacks %d weights, drawn at random: %s ...", folder, len(missing), some)


def load_weights(
    model: PreTrainedModel, weights: Mapping[str, Tensor], needed: Collection[str] | None = None
) -> None:
    """Set parameters of a model by name; tied ones have one name.

    Args:
        model: changed in place.
        weights: tensors by name of parameter.
        needed: the parameters that must be given, all by default.

    Raises:
        InputError: the names are not those of the model.
    """
    parameters = dict(model.named_parameters())
    missing = set(parameters if needed is None else needed) - set(weights)
    if unfit := missing | (set(weights) - set(parameters)):
        raise InputError(f"weights do not fit the model: {', '.join(sorted(unfit)[:3])}, ...")
    with torch.no_grad():
        for name, tensor in weights.items():
            parameters[name].copy_(tensor)


def require_safe_weights(folder: Path) -> None:
    """Refuse folders without safetensors; a pickle could run code when it is read."""
    if any(folder.glob("*.safetensors")):
        return
    if any(folder.glob("*.bin")) or any(folder.glob("*.pt")):
        raise InputError(f"{folder} has pickled weights only; scripts/convert_model.py mends that")
    raise InputError(f"{folder} has no weights (*.safetensors)")


def _auto_class(folder: Path) -> Any:
    config = read_config(folder)
    if config["model_type"].startswith("factorized"):
        from lingraft.models import factorized  # registers itself with the Auto classes

        del factorized
    return AutoModelForCausalLM if is_causal(folder) else AutoModelForMaskedLM
