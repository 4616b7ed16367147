"""Loss and gradients equal those of Hugging Face's own model and loss, for every architecture."""

from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    BertConfig,
    DebertaV2Config,
    DistilBertConfig,
    EuroBertConfig,
    Gemma2Config,
    Gemma3TextConfig,
    GPT2Config,
    GPTNeoXConfig,
    LlamaConfig,
    ModernBertConfig,
    RobertaConfig,
    XLMRobertaConfig,
)

from lingraft.models.factorized import factorize_model
from lingraft.models.factorized_config import CONFIGURATIONS
from lingraft.models.heads import (
    attention_inputs,
    embedding_parameters,
    head_parameters,
    logits_at,
    prediction_loss,
)

SIZE = {"vocab_size": 61, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 24, "max_position_embeddings": 40}  # fmt: skip
KEYS = {"num_key_value_heads": 2, "head_dim": 8, "pad_token_id": 0}
NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
MASKED = {
    "bert": BertConfig(**SIZE, **NO_DROPOUT),
    "roberta": RobertaConfig(**SIZE, **NO_DROPOUT),
    "xlm-roberta": XLMRobertaConfig(**SIZE, **NO_DROPOUT),
    "distilbert": DistilBertConfig(
        vocab_size=61, dim=16, n_layers=2, n_heads=2, hidden_dim=24, dropout=0.0,
        attention_dropout=0.0, max_position_embeddings=40,
    ),
    "modernbert": ModernBertConfig(
        **SIZE, pad_token_id=0, local_attention=8, global_attn_every_n_layers=2,
    ),
    "deberta-v2": DebertaV2Config(
        **SIZE, **NO_DROPOUT, relative_attention=True, pos_att_type=["c2p", "p2c"],
    ),
    "eurobert": EuroBertConfig(
        **SIZE, num_key_value_heads=2, pad_token_id=0, tie_word_embeddings=True,
    ),
}  # fmt: skip
CAUSAL = {
    "gpt2": GPT2Config(
        vocab_size=61, n_embd=16, n_layer=2, n_head=2, n_positions=40, resid_pdrop=0.0,
        embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=0, eos_token_id=0,
    ),
    "llama": LlamaConfig(**SIZE, num_key_value_heads=2),
    "llama-tied": LlamaConfig(**SIZE, num_key_value_heads=2, tie_word_embeddings=True),
    # Logits up to 4 are bent by 2, so a mistake would show.
    "gemma2": Gemma2Config(**SIZE, **KEYS, final_logit_softcapping=2.0),
    "gemma3_text": Gemma3TextConfig(**SIZE, **KEYS),
    "gemma3_text-capped": Gemma3TextConfig(**SIZE, **KEYS, final_logit_softcapping=2.0),
    "gpt_neox": GPTNeoXConfig(**SIZE, use_cache=True),  # on its own forward pass
}  # fmt: skip


def make_model(name: str, factorized: bool = False) -> Any:
    torch.manual_seed(1)
    attention = "eager" if name in ("deberta-v2", "gemma2") else "sdpa"  # they have no other
    if name in MASKED:
        model = AutoModelForMaskedLM.from_config(MASKED[name], attn_implementation=attention)
    else:
        model = AutoModelForCausalLM.from_config(CAUSAL[name], attn_implementation=attention)
    for parameter in model.parameters():  # biases begin as zeros, which would hide mistakes
        torch.nn.init.normal_(parameter, std=0.2)
    if factorized:
        coordinates = torch.randn(61, 5).numpy()
        model = factorize_model(model, coordinates, torch.randn(5, 16).numpy() * 0.3)
    return model.train()


def rows() -> torch.Tensor:
    return torch.randint(5, 61, (3, 20), generator=torch.Generator().manual_seed(2))


def compare(model: Any, ours: torch.Tensor, reference: torch.Tensor) -> None:
    parameters = [p for p in model.parameters() if p.requires_grad]
    mine = torch.autograd.grad(ours, parameters, allow_unused=True)
    theirs = torch.autograd.grad(reference, parameters, allow_unused=True)
    torch.testing.assert_close(ours, reference, rtol=1e-5, atol=1e-6)
    for left, right in zip(mine, theirs, strict=True):
        if right is None:
            assert left is None or not left.any()
        else:
            torch.testing.assert_close(left, right, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "factorized"),
    [(name, False) for name in sorted(MASKED)]
    + [(name, True) for name in sorted(MASKED) if name in CONFIGURATIONS],
)
def test_masked_loss_is_hugging_faces(name: str, factorized: bool) -> None:
    model, ids = make_model(name, factorized), rows()
    labels = torch.full_like(ids, -100)
    chosen = torch.rand(ids.shape, generator=torch.Generator().manual_seed(3)) < 0.3
    labels[chosen] = ids[chosen]
    reference = model(input_ids=ids, labels=labels).loss
    positions = chosen.flatten().nonzero()[:, 0]
    ours = prediction_loss(model, ids, positions, ids.flatten()[positions]) / len(positions)
    compare(model, ours, reference)


@pytest.mark.parametrize("name", sorted(CAUSAL))
def test_causal_loss_is_hugging_faces(name: str) -> None:
    model, ids = make_model(name), rows()
    reference = model(input_ids=ids, labels=ids).loss
    inner = torch.ones_like(ids, dtype=torch.bool)
    inner[:, -1] = False
    positions = inner.flatten().nonzero()[:, 0]
    ours = prediction_loss(model, ids, positions, ids.flatten()[positions + 1]) / len(positions)
    compare(model, ours, reference)


def test_factorized_causal_loss() -> None:
    model, ids = make_model("gpt2", factorized=True), rows()
    reference = model(input_ids=ids, labels=ids).loss
    positions = torch.tensor([row * 20 + place for row in range(3) for place in range(19)])
    ours = prediction_loss(model, ids, positions, ids.flatten()[positions + 1]) / len(positions)
    compare(model, ours, reference)


@pytest.mark.parametrize("name", ["roberta", "gpt_neox", "bert-factorized"])
def test_logits_at_some_places(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lingraft.models.heads._LOGITS", 2 * 61)  # two predictions at a time
    model = make_model(name.removesuffix("-factorized"), name.endswith("factorized"))
    ids, places = torch.randint(5, 61, (2, 9)), torch.tensor([1, 4, 8, 9, 17])
    with torch.inference_mode():
        found = torch.cat(list(logits_at(model, ids, places)))
        expected = model(input_ids=ids).logits.flatten(0, 1)[places]
    torch.testing.assert_close(found, expected)


def test_unknown_architecture_falls_back_on_its_own_forward_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, ids = make_model("bert"), rows()
    positions = torch.tensor([3, 25, 41])
    expected = prediction_loss(model, ids, positions, ids.flatten()[positions])
    monkeypatch.setattr("lingraft.models.heads.ARCHITECTURES", {})
    slow = prediction_loss(model, ids, positions, ids.flatten()[positions])
    torch.testing.assert_close(slow, expected)


@pytest.mark.parametrize("name", sorted((MASKED.keys() | CAUSAL.keys()) - {"deberta-v2"}))
def test_documents_of_a_row_do_not_see_each_other(name: str) -> None:
    """A row of two documents and padding has the loss of the two documents on their own."""
    model = make_model(name).eval()
    first, second = rows()[:1, :9], rows()[1:2, :7]
    padding = torch.zeros(1, 4, dtype=torch.long)
    together = torch.cat([first, second, padding], dim=1)
    documents = torch.tensor([[4] * 9 + [5] * 7 + [-1] * 4])
    positions, targets = torch.tensor([2, 7, 10, 14]), torch.tensor([6, 7, 8, 9])
    inputs = attention_inputs(model, None, documents)
    packed = prediction_loss(model, together, positions, targets, **inputs)
    alone = prediction_loss(model, first, positions[:2], targets[:2])
    alone = alone + prediction_loss(model, second, positions[2:] - 9, targets[2:])
    torch.testing.assert_close(packed, alone, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", sorted(MASKED))
def test_padding_changes_nothing(name: str) -> None:
    model, ids = make_model(name).eval(), rows()[:1, :9]
    padded = torch.cat([ids, torch.full((1, 6), model.config.pad_token_id or 0)], dim=1)
    real = torch.arange(15)[None] < 9
    positions, targets = torch.tensor([2, 7]), torch.tensor([6, 7])
    inputs = attention_inputs(model, real, None)
    with_padding = prediction_loss(model, padded, positions, targets, **inputs)
    without = prediction_loss(model, ids, positions, targets)
    torch.testing.assert_close(with_padding, without, rtol=1e-5, atol=1e-5)


def test_parts_of_a_model() -> None:
    model = make_model("bert")
    names = {id(p): name for name, p in model.named_parameters()}
    embeddings = {names[i] for i in embedding_parameters(model)}
    assert embeddings == {"bert.embeddings.word_embeddings.weight", "cls.predictions.bias"}
    head = {names[i] for i in head_parameters(model)}
    assert all(name.startswith("cls.predictions") for name in head)
    assert "bert.embeddings.word_embeddings.weight" not in head
