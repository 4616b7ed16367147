"""A model is written in one place, and what is written is what was computed."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BertConfig, BertForMaskedLM, LlamaConfig, LlamaForCausalLM

from lingraft.errors import InputError
from lingraft.models.loading import load_model
from lingraft.models.writing import write_model

ROOT = Path(__file__).parents[3]
SIZES = {
    "vocab_size": 40, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
    "intermediate_size": 24, "max_position_embeddings": 40,
}  # fmt: skip


def bert(**options: Any) -> Any:
    torch.manual_seed(0)
    return BertForMaskedLM(BertConfig(**SIZES, **options)).eval()


def llama(**options: Any) -> Any:
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(**SIZES, **options)).eval()


def test_nothing_else_writes_a_model() -> None:
    """Tokenizers are written elsewhere, too; a model by `write_model` alone."""
    found = []
    for path in [*(ROOT / "src").rglob("*.py"), *(ROOT / "scripts").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "save_pretrained":
                found.append((path.name, ast.unparse(node.value)))
    models = {(name, what) for name, what in found if what not in ("tokenizer", "fast")}
    assert models == {("writing.py", "model")}


@pytest.mark.parametrize("model", [bert(), bert(tie_word_embeddings=False), llama()])
def test_what_is_written_is_read(model: Any, tmp_path: Path) -> None:
    written = write_model(model, tmp_path)
    state = load_model(tmp_path).state_dict()
    assert all(torch.equal(state[name], value) for name, value in model.state_dict().items())
    assert type(written) is type(model)


def share_biases(model: Any) -> None:
    """Only one of two names is written: the head's bias would be zero after loading."""
    model.cls.predictions.bias = model.cls.predictions.decoder.bias


def lengthen(model: Any) -> None:
    model.bert.embeddings.position_embeddings.weight = torch.nn.Parameter(torch.zeros(41, 16))


def lose(model: Any) -> None:
    del model.cls.predictions.transform.dense.bias
    model.cls.predictions.transform.dense.bias = None


def poison(model: Any) -> None:
    model.bert.embeddings.word_embeddings.weight.data[3, 3] = torch.nan


def move(model: Any) -> None:
    """What no parameter holds: a number that the architecture reads from its configuration."""
    model.bert.embeddings.LayerNorm.eps = 5.0


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (share_biases, "bias"),
        (lengthen, "position_embeddings"),
        (lose, "transform.dense.bias"),
        (poison, "word_embeddings.weight is another one"),
        (move, "logits of a short text differ"),
    ],
)
def test_what_would_be_read_differently(
    change: Callable[[Any], None], problem: str, tmp_path: Path
) -> None:
    model = bert(tie_word_embeddings=False)
    change(model)
    with pytest.raises(InputError, match=rf"BertForMaskedLM \(bert\).*{problem}"):
        write_model(model, tmp_path)


@pytest.mark.parametrize("says", [True, False])
def test_the_configuration_says_what_the_weights_are(says: bool, tmp_path: Path) -> None:
    model = bert(tie_word_embeddings=not says)
    model.config.tie_word_embeddings = says
    written = write_model(model, tmp_path)
    assert written.config.tie_word_embeddings is not says


def test_rules_of_generation_that_transformers_does_not_write(tmp_path: Path) -> None:
    """Llama 2's own: a temperature without sampling."""
    model = llama()
    model.generation_config.temperature = 0.6
    with pytest.raises(
        InputError, match=r"LlamaForCausalLM \(llama\) cannot be written: .*do_sample"
    ):
        write_model(model, tmp_path)
