"""Models with more rows than tokens, as Gemma and Qwen are published: no row of a token is lost."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tests.unit.initialization.architecture_samples import ROLES, SPECIAL, WORDS, save_tokenizer
from transformers import (
    AutoModelForCausalLM,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from lingraft.initialization.methods.fvt import Fvt
from lingraft.initialization.stage import Transfer, transfer
from lingraft.models.stage import export_model

TOKENS = [*SPECIAL, *WORDS]
SIZES: dict[str, Any] = {
    "vocab_size": len(TOKENS) + 20,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 8,
    "max_position_embeddings": 32,
    "pad_token_id": 0,
}
TEMPLATE = "{% for m in messages %}<s>{{ m['content'] }}</s>{% endfor %}"


def padded_model(kind: str, tied: bool) -> Any:
    torch.manual_seed(3)
    options = SIZES | {"tie_word_embeddings": tied}
    if kind == "gemma3":
        return Gemma3ForCausalLM(Gemma3TextConfig(**options)).eval()
    return Qwen3ForCausalLM(Qwen3Config(**options)).eval()


def matrices(model: Any) -> list[torch.Tensor]:
    return [model.get_input_embeddings().weight, model.get_output_embeddings().weight]


@pytest.mark.parametrize("multiple", [1, 64])
@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("kind", ["gemma3", "qwen3"])
def test_an_extension_keeps_every_row_of_a_token(
    kind: str, tied: bool, multiple: int, tmp_path: Path
) -> None:
    source = padded_model(kind, tied)
    source.save_pretrained(tmp_path / "source")
    save_tokenizer(tmp_path / "source", TOKENS, ROLES)
    (tmp_path / "source" / "chat_template.jinja").write_text(TEMPLATE)
    # The new tokens get ids at which the source has rows without a token.
    save_tokenizer(tmp_path / "target", [*TOKENS, "newword", "otherword"], ROLES)
    job = Transfer(
        source_model=tmp_path / "source",
        target_tokenizer=tmp_path / "target",
        method=Fvt(extends_source=True, pad_to_multiple_of=multiple),
        output=tmp_path / "out",
    )
    transfer(job)
    export_model(tmp_path / "out", tmp_path / "exported")
    model: Any = AutoModelForCausalLM.from_pretrained(tmp_path / "exported").eval()
    rows = -(-(len(TOKENS) + 2) // multiple) * multiple
    assert model.config.vocab_size == rows
    assert model.config.tie_word_embeddings == tied
    for old, new in zip(matrices(source), matrices(model), strict=True):
        assert len(new) == rows
        assert torch.equal(new[: len(TOKENS)], old[: len(TOKENS)])
        assert not torch.equal(new[len(TOKENS)], old[len(TOKENS)])
    ids = torch.arange(5, len(TOKENS))[None]
    with torch.inference_mode():
        expected = source(input_ids=ids).logits[..., : len(TOKENS)]
        torch.testing.assert_close(model(input_ids=ids).logits[..., : len(TOKENS)], expected)
    tokenizer: Any = PreTrainedTokenizerFast.from_pretrained(tmp_path / "exported")
    assert tokenizer.chat_template == TEMPLATE
    assert len(tokenizer) == len(TOKENS) + 2


@pytest.mark.parametrize(("tied", "warned"), [(True, True), (False, False)])
def test_long_rows_in_a_tied_decoder_are_warned_of(
    tied: bool, warned: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    padded_model("qwen3", tied).save_pretrained(tmp_path / "source")
    save_tokenizer(tmp_path / "source", TOKENS, ROLES)
    save_tokenizer(tmp_path / "target", [*TOKENS, "newword"], ROLES)
    job = Transfer(
        source_model=tmp_path / "source",
        target_tokenizer=tmp_path / "target",
        method=Fvt(rescale="mean"),
        output=tmp_path / "out",
    )
    transfer(job)
    assert any("rescale: mean makes combined rows" in line for line in caplog.messages) == warned
