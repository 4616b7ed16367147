"""Factorized embeddings: equal to the dense model, saved, loaded, fine-tuned, exported."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    BertConfig,
    DistilBertConfig,
    Gemma2Config,
    Gemma3TextConfig,
    GemmaConfig,
    GPT2Config,
    LlamaConfig,
    ModernBertConfig,
    Qwen3Config,
    RobertaConfig,
    XLMRobertaConfig,
)

from lingraft.errors import InputError
from lingraft.models.arithmetic import compute_in
from lingraft.models.factorized import dense_model, factorize_model
from lingraft.models.stage import export_model
from lingraft.numeric.factorization import factorize

ROWS, DIMENSIONS, WIDTH = 90, 16, 6
SIZES = {
    "vocab_size": ROWS,
    "hidden_size": DIMENSIONS,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 24,
}
CONFIGURATIONS = {
    "bert": BertConfig(max_position_embeddings=40, **SIZES),
    "roberta": RobertaConfig(max_position_embeddings=40, **SIZES),
    "xlm-roberta": XLMRobertaConfig(max_position_embeddings=40, **SIZES),
    "distilbert": DistilBertConfig(
        vocab_size=ROWS, dim=DIMENSIONS, n_layers=1, n_heads=2, hidden_dim=24
    ),
    "modernbert": ModernBertConfig(
        pad_token_id=0, bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2, **SIZES
    ),
    "gpt2": GPT2Config(
        vocab_size=ROWS, n_embd=DIMENSIONS, n_layer=1, n_head=2, n_positions=40,
        bos_token_id=0, eos_token_id=0,
    ),
    "llama": LlamaConfig(num_key_value_heads=2, tie_word_embeddings=True, **SIZES),
    "gemma": GemmaConfig(num_key_value_heads=1, head_dim=8, **SIZES),
    "gemma2": Gemma2Config(num_key_value_heads=1, head_dim=8, **SIZES),
    "gemma3_text": Gemma3TextConfig(num_key_value_heads=1, head_dim=8, **SIZES),
    "qwen3": Qwen3Config(num_key_value_heads=1, head_dim=8, tie_word_embeddings=True, **SIZES),
}  # fmt: skip
CAUSAL = {"gpt2", "llama", "gemma", "gemma2", "gemma3_text", "qwen3"}
IDS = torch.tensor([[2, 10, 20, 30, 5], [2, 11, 12, 13, 5]])


def auto_class(kind):
    return AutoModelForCausalLM if kind in CAUSAL else AutoModelForMaskedLM


@pytest.fixture(params=sorted(CONFIGURATIONS))
def kind(request):
    return request.param


@pytest.fixture
def dense(kind):
    torch.manual_seed(0)
    return auto_class(kind).from_config(CONFIGURATIONS[kind]).eval()


def make(model, width):
    matrix = model.get_input_embeddings().weight.detach().numpy()
    factors = factorize(matrix, width)
    return factorize_model(
        model,
        factors.coordinates_NR.astype(np.float32),
        factors.primitives_RD.astype(np.float32),
    )


@pytest.fixture
def factorized(dense):
    return make(dense, WIDTH)


def test_full_width_gives_the_logits_of_the_dense_model(dense):
    torch.testing.assert_close(
        make(dense, DIMENSIONS)(IDS).logits, dense(IDS).logits, atol=1e-4, rtol=0
    )


@torch.no_grad()
def test_logits_in_bf16_are_near(factorized):
    exact = factorized(IDS).logits
    found = compute_in(factorized, "bf16")(IDS).logits
    assert found.dtype == torch.float32
    assert not torch.equal(found, exact)
    torch.testing.assert_close(found, exact, atol=0.02 * float(exact.abs().max()), rtol=0.02)


def test_parameters_are_coordinates_primitives_and_the_rest(dense, factorized):
    rest = dense.num_parameters() - ROWS * DIMENSIONS
    assert factorized.num_parameters() == ROWS * WIDTH + WIDTH * DIMENSIONS + rest


def test_saved_and_loaded_through_the_auto_class(kind, factorized, tmp_path):
    factorized.save_pretrained(tmp_path)
    loaded, info = auto_class(kind).from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info.values())
    assert torch.equal(loaded.eval()(IDS).logits, factorized(IDS).logits)
    assert loaded.num_parameters() == factorized.num_parameters()
    assert AutoConfig.from_pretrained(tmp_path).factorized_width == WIDTH
    assert [path.name for path in tmp_path.glob("*.safetensors")] == ["model.safetensors"]


def test_head_stays_tied_after_loading(kind, factorized, tmp_path):
    factorized.save_pretrained(tmp_path)
    loaded = auto_class(kind).from_pretrained(tmp_path)
    embedding, head = loaded.get_input_embeddings(), loaded.get_output_embeddings()
    for part in ("coordinates", "primitives"):
        assert getattr(embedding, part).weight is getattr(head, part).weight


@pytest.mark.parametrize(
    "task", [AutoModelForSequenceClassification, AutoModelForTokenClassification]
)
def test_fine_tunes(kind, factorized, tmp_path, task):
    if kind == "gemma3_text" and task is AutoModelForTokenClassification:
        pytest.skip("transformers has no such class")
    factorized.config.pad_token_id = 0
    factorized.save_pretrained(tmp_path)
    model = task.from_pretrained(tmp_path, num_labels=2).eval()  # without dropout
    assert torch.equal(
        model.get_input_embeddings().weight, factorized.get_input_embeddings().weight
    )
    labels = torch.tensor([0, 1])
    if task is AutoModelForTokenClassification:
        labels = labels[:, None].repeat(1, IDS.shape[1])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(40):
        loss = model(IDS, labels=labels).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2


def test_base_model_loads(factorized, tmp_path):
    factorized.save_pretrained(tmp_path)
    base = AutoModel.from_pretrained(tmp_path).eval()
    hidden = factorized.base_model(IDS).last_hidden_state
    torch.testing.assert_close(base(IDS).last_hidden_state, hidden)


def test_gradients_reach_both_factors_from_both_ends(factorized):
    factorized(IDS, labels=IDS).loss.backward()
    embedding = factorized.get_input_embeddings()
    assert embedding.coordinates.weight.grad[40].any()  # only through the head's softmax
    assert embedding.primitives.weight.grad.any()


def test_dense_model_computes_the_same(dense, factorized):
    plain = dense_model(factorized)
    assert type(plain) is type(dense)
    assert plain.config.model_type == dense.config.model_type
    torch.testing.assert_close(plain(IDS).logits, factorized(IDS).logits, atol=1e-5, rtol=1e-5)


def test_exported_model_loads_without_lingraft(factorized, tmp_path):
    factorized.save_pretrained(tmp_path / "model")
    export_model(tmp_path / "model", tmp_path / "plain", dense=True)
    config = (tmp_path / "plain" / "config.json").read_text("utf-8")
    assert "factorized" not in config.lower()


@pytest.mark.slow
def test_a_mere_import_registers(tmp_path):
    torch.manual_seed(0)
    model = auto_class("bert").from_config(CONFIGURATIONS["bert"])
    make(model, WIDTH).save_pretrained(tmp_path)
    code = (
        "import sys, lingraft; assert 'torch' not in sys.modules and "
        "'transformers' not in sys.modules; from transformers import AutoModelForMaskedLM as A; "
        f"print(type(A.from_pretrained({str(tmp_path)!r})).__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("FactorizedBertForMaskedLM")


def test_an_untied_head_is_refused():
    model = AutoModelForCausalLM.from_config(
        LlamaConfig(num_key_value_heads=2, tie_word_embeddings=False, **SIZES)
    )
    with pytest.raises(InputError, match="tied"):
        make(model, WIDTH)


def test_resizing_is_refused(factorized):
    with pytest.raises(InputError, match="not made by resizing"):
        factorized.resize_token_embeddings(100)


@pytest.mark.parametrize(
    "first",
    [
        "from transformers import AutoTokenizer",
        "from transformers import AutoConfig",
        "from transformers import BertForMaskedLM",
        "import lingraft.models.factorized_types",
        "import lingraft.models.factorized_config",
        "import lingraft.models.factorized",
    ],
)
def test_registered_whatever_is_imported_first(first: str) -> None:
    code = (
        f"import lingraft\n{first}\nfrom transformers import AutoModelForMaskedLM as auto\n"
        "from lingraft.models.factorized_config import CONFIGURATIONS as known\n"
        "known['bert'](factorized_width=2)  # a configuration brings its models along\n"
        "assert known['bert'] in auto._model_mapping"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
