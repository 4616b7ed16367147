"""Tiny models, training sets and tunings for the tests of encoders."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tests.unit.encoders.loss_samples import save_model
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

from lingraft.artifacts import TrainingSetFacts, new_artifact
from lingraft.encoders.examples import Form, TrainingExample, write_examples
from lingraft.encoders.job import TuningJob
from lingraft.encoders.settings import TunedEncoder
from lingraft.training.job import Machine

STAGE = {"data": ["pairs"], "loss": {"name": "distillation"}, "steps": 4, "batch_size": 4}


def recipe(stages: Sequence[dict[str, Any]] = (), **given: Any) -> TunedEncoder:
    """A recipe of a few steps; stages have what `STAGE` has where they say nothing."""
    given = {"maximum_length": 16, "learning_rate": 1e-2, **given}
    return TunedEncoder(stages=[{**STAGE, **stage} for stage in stages or [{}]], **given)


def model_artifact(folder: Path, seed: int = 0, dropout: float = 0.1) -> Path:
    """A tiny BERT as a model artifact."""
    with new_artifact(folder, "model") as staging:
        save_model(staging, seed, dropout)
    return folder


def set_artifact(
    folder: Path, examples: Sequence[TrainingExample], form: Form = "translations"
) -> Path:
    """A training set artifact."""
    with new_artifact(folder, "training_set", facts=TrainingSetFacts(form=form)) as staging:
        write_examples(staging, examples)
    return folder


def translations(count: int = 24, language: str = "swh_Latn") -> list[TrainingExample]:
    """Sentences of three words and their translations."""
    rows = [[(7 * n + k) % 50 for k in range(3)] for n in range(count)]
    texts = [tuple(" ".join(f"w{i + shift}" for i in row) for shift in (0, 5)) for row in rows]
    return [TrainingExample(f"{language}-{n}", pair, language) for n, pair in enumerate(texts)]


def tuning(folder: Path, settings: TunedEncoder, **machine: Any) -> TuningJob:
    """A job on tiny inputs, which are made on the first call."""
    if not (folder / "model").exists():
        model_artifact(folder / "model")
        model_artifact(folder / "teacher", seed=1)
        set_artifact(folder / "pairs", translations())
    return TuningJob(
        settings, folder / "model", folder / "teacher", {"pairs": folder / "pairs"},
        folder / "state", folder / "output", 1, machine=Machine(**machine),
    )  # fmt: skip


def save_decoder(folder: Path, kind: str) -> Path:
    """A random two-layer decoder, and a tokenizer of words without a pad token."""
    words = {f"w{number}": number for number in range(60)}
    backend = Tokenizer(models.WordLevel(words, unk_token="w0"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    sizes: dict[str, Any] = {
        "vocab_size": 60, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
        "intermediate_size": 64, "max_position_embeddings": 64, "num_key_value_heads": 2,
        "head_dim": 8,
    }  # fmt: skip
    if kind == "gpt2":
        sizes = {"vocab_size": 60, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64}
    torch.manual_seed(0)
    config = AutoConfig.for_model(kind, bos_token_id=2, eos_token_id=1, pad_token_id=None, **sizes)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=backend, unk_token="w0", eos_token="w1", bos_token="w2"
    ).save_pretrained(folder)
    return folder
