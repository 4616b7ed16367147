"""The sentence encoder around a language model, and the folder that it is written to.

The folder is a model's as everywhere in lingraft, head included, and beside the weights are the
files of sentence-transformers: `SentenceTransformer(folder)` reads it, without lingraft unless the
pooling is one that only lingraft has.
"""

import inspect
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lingraft.encoders.poolings import pooling_modules
from lingraft.encoders.settings import TunedEncoder
from lingraft.errors import ConfigError, InputError, foreign
from lingraft.models.loading import load_model
from lingraft.models.objective import is_causal
from lingraft.models.rows import longest_input
from lingraft.models.sentence_encoder import ENCODER_FILES, open_sentence_encoder
from lingraft.models.writing import write_model
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.saving import write_tokenizer

_SETTINGS = ENCODER_FILES[1]  # of the first module of a SentenceTransformer
_TOLERANCE = 1e-4  # of the vectors' length, between the encoder in memory and the one that is read


@dataclass(frozen=True)
class Student:
    """A language model, and the sentence encoder that shares its body."""

    language_model: Any
    encoder: Any  # a SentenceTransformer
    tokenizer: Any


def make_student(folder: Path, recipe: TunedEncoder) -> Student:
    """The student that a recipe makes of the model in `folder`.

    Raises:
        ConfigError: the recipe does not fit the model.
        InputError: the model is damaged.
    """
    from sentence_transformers import SentenceTransformer

    language_model = _dense(load_model(folder))
    tokenizer = load_tokenizer(folder)
    if tokenizer.pad_token is None:  # batches are padded; masks hide what is there
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    _open_attention(language_model, recipe)
    _check_length(language_model, tokenizer, recipe)
    first = _transformer(folder, language_model, tokenizer, recipe)
    encoder = SentenceTransformer(
        modules=[first, *_pooling(language_model, recipe)],
        prompts={"query": recipe.prompts.query, "document": recipe.prompts.document},
        default_prompt_name="document" if recipe.prompts.document else None,
        device="cpu",
        trust_remote_code=False,
    )
    return Student(language_model, encoder, tokenizer)


def open_student(folder: Path, language_model: Any) -> Student:
    """The student that was written to a folder, around a language model of the same kind.

    Args:
        folder: what `write_student` wrote.
        language_model: whose body the encoder shares, in place of the folder's own.

    Raises:
        InputError: the folder is damaged.
    """
    encoder, tokenizer = open_sentence_encoder(folder), load_tokenizer(folder)
    encoder[0].model = language_model.base_model
    encoder[0].processor = tokenizer
    return Student(language_model, encoder, tokenizer)


def write_student(student: Student, staging: Path) -> None:
    """Write model, tokenizer and the files of sentence-transformers, and read them again.

    Args:
        student: what was trained.
        staging: an empty folder.

    Raises:
        InputError: what `SentenceTransformer` reads from the folder gives other vectors.
    """
    student.encoder.eval()
    write_model(student.language_model, staging)
    write_tokenizer(student.tokenizer, staging)
    with tempfile.TemporaryDirectory() as temporary:
        student.encoder.save(temporary, create_model_card=False)
        for path in sorted(Path(temporary).rglob("*")):
            name = path.relative_to(temporary)
            # The body's weights and the tokenizer are there already, from the whole model.
            is_ours = len(name.parts) == 1 and name.name not in ENCODER_FILES
            if path.is_file() and not is_ours:
                (staging / name).parent.mkdir(exist_ok=True)
                (staging / name).write_bytes(path.read_bytes())
    _complete_settings(student, staging / _SETTINGS)
    _require_equal(student, staging)


def _dense(model: Any) -> Any:
    """The same model with its embedding matrix multiplied out: others read it without lingraft."""
    if not hasattr(model.config, "factorized_width"):
        return model
    from lingraft.models.factorized import dense_model

    return dense_model(model)


def _open_attention(model: Any, recipe: TunedEncoder) -> None:
    if recipe.attention != "bidirectional":
        return
    if not is_causal(model.config):
        raise ConfigError(
            f"attention: bidirectional is for decoders, and {model.config.model_type} is an "
            "encoder; remove it"
        )
    # transformers makes the masks of attention by `is_causal`, and reads it from config.json.
    model.config.is_causal = False
    for module in model.modules():
        if hasattr(module, "is_causal"):
            module.is_causal = False


def _check_length(model: Any, tokenizer: Any, recipe: TunedEncoder) -> None:
    longest = longest_input(model.base_model, tokenizer)
    if recipe.maximum_length > longest:
        raise ConfigError(
            f"maximum_length {recipe.maximum_length} is more than the {longest} tokens that the "
            "model reads; lower it"
        )


def _transformer(folder: Path, language_model: Any, tokenizer: Any, recipe: TunedEncoder) -> Any:
    """The first module of the encoder, around the body of the language model."""
    from sentence_transformers.base.modules import Transformer

    # Body and tokenizer are replaced by those at hand, since the body must be the one whose head is
    # trained too. On the device `meta` the module reads the configuration and no weights.
    own = {"local_files_only": True, "device_map": "meta"}
    with foreign(f"the model in {folder}"):
        module = Transformer(
            str(folder),
            model_kwargs={**_without_pooler(language_model), **own},
            max_seq_length=recipe.maximum_length,
        )
    module.processor = tokenizer
    module.max_seq_length = recipe.maximum_length
    module.model = language_model.base_model
    module.model.config.output_hidden_states = recipe.needs_all_layers
    return module


def _without_pooler(language_model: Any) -> dict[str, Any]:
    """Arguments for transformers: a language model has no pooler, so one would be drawn."""
    accepted = inspect.signature(type(language_model.base_model).__init__).parameters
    return {"add_pooling_layer": False} if "add_pooling_layer" in accepted else {}


def _pooling(language_model: Any, recipe: TunedEncoder) -> list[Any]:
    from sentence_transformers.base.modules import Normalize

    depth = language_model.config.num_hidden_layers
    if recipe.read_layers > depth:
        raise ConfigError(f"layers {recipe.read_layers} is more than the model's {depth}; lower it")
    modules = pooling_modules(recipe.pooling, recipe.layers, language_model)
    return [*modules, Normalize()] if recipe.normalize else modules


def _complete_settings(student: Student, path: Path) -> None:
    """What the encoder's folder must say for its readers: no pooler, and where texts are cut."""
    content = json.loads(path.read_text("utf-8"))
    content["max_seq_length"] = student.encoder.max_seq_length
    if extra := _without_pooler(student.language_model):
        content["model_kwargs"] = content.get("model_kwargs", {}) | extra
    path.write_text(json.dumps(content, indent=2, sort_keys=True), "utf-8")


def _require_equal(student: Student, staging: Path) -> None:
    texts = _probes(student.tokenizer)
    loaded = open_sentence_encoder(staging)
    before = student.encoder.to("cpu")
    expected_NE = np.asarray(before.encode(texts, show_progress_bar=False), dtype=np.float64)
    given_NE = np.asarray(loaded.encode(texts, show_progress_bar=False), dtype=np.float64)
    gap = float(np.abs(expected_NE - given_NE).max())
    if not gap <= _TOLERANCE * float(np.linalg.norm(expected_NE, axis=1).max()):
        raise InputError(
            f"SentenceTransformer reads other vectors from {staging} than were trained (off by "
            f"{gap:.2g}): its tokenizer or its modules are not those of the model"
        )


def _probes(tokenizer: Any) -> list[str]:
    """Some texts of the vocabulary, from one token to more than the encoder reads."""
    size = len(tokenizer)
    ids = [(number * 7919) % size for number in range(64)]
    words = tokenizer.decode(ids, skip_special_tokens=True)
    return [words[:1] or "a", words[:40], words, " ".join([words] * 8)]
