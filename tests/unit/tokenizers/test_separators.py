"""What ends a document, and what a model reads before one: by default, by a role, by a token."""

from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from lingraft.config.tokenizers import PretrainedTokenizer
from lingraft.errors import ConfigError
from lingraft.tokenizers.encoding import read_specials
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.saving import copy_tokenizer_files, write_tokenizer
from lingraft.tokenizers.separators import choose_separator, prefix_id, separator_id

SPECIAL = ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "<s>", "</s>"]
START, TURN, END, BOS, EOS = range(5)
TEMPLATE = "{% for m in messages %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}"


def tokenizer(opening: str = "", **roles: Any) -> PreTrainedTokenizerFast:
    backend = Tokenizer(
        models.WordLevel({t: i for i, t in enumerate([*SPECIAL, "a", "?"])}, unk_token="?")
    )
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    if opening:
        backend.post_processor = processors.TemplateProcessing(
            single=f"{opening} $A", special_tokens=[(opening, SPECIAL.index(opening))]
        )
    backend.add_special_tokens(SPECIAL)
    return PreTrainedTokenizerFast(tokenizer_object=backend, **roles)


def chat(**more: Any) -> PreTrainedTokenizerFast:
    """As SmolLM2-Instruct: bos opens a turn, eos ends it."""
    roles = {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>"}
    return tokenizer(**roles, chat_template=TEMPLATE, **more)


def test_one_token_for_everything_separates_and_precedes() -> None:
    gpt2 = tokenizer(bos_token="<|endoftext|>", eos_token="<|endoftext|>")
    assert separator_id(gpt2) == prefix_id(gpt2) == END


def test_what_the_tokenizer_puts_before_a_text_precedes() -> None:
    llama = tokenizer("<s>", bos_token="<s>", eos_token="</s>")
    assert (separator_id(llama), prefix_id(llama)) == (EOS, BOS)


def test_a_turn_of_a_chat_is_no_document() -> None:
    assert separator_id(chat()) == prefix_id(chat()) == END
    plain = tokenizer(bos_token="<|im_start|>", eos_token="<|im_end|>")  # no chat: eos is meant
    assert separator_id(plain) == prefix_id(plain) == TURN


def test_roles_and_tokens_can_be_chosen() -> None:
    assert prefix_id(chat(), "bos") == START
    assert prefix_id(chat(), "</s>") == EOS
    with pytest.raises(
        ConfigError, match=r"the prefix under evaluation: the tokenizer has no token 'x'"
    ):
        prefix_id(chat(), "x")
    with pytest.raises(ConfigError, match="no token 'mask'"):
        prefix_id(chat(), "mask")


def test_a_chosen_separator_stays_with_the_tokenizer(tmp_path: Path) -> None:
    chosen = PretrainedTokenizer(algorithm="pretrained", source="download", separator="eos")
    own = chat()
    choose_separator(own, chosen.separator)
    write_tokenizer(own, tmp_path / "own")
    copy_tokenizer_files(tmp_path / "own", tmp_path / "model")
    read = load_tokenizer(tmp_path / "model")
    assert separator_id(read) == prefix_id(read) == read_specials(read).separator == TURN
    assert read.chat_template == TEMPLATE


def test_a_tokenizer_without_any_of_them() -> None:
    assert separator_id(tokenizer()) is None
    assert prefix_id(tokenizer()) == 0
    assert prefix_id(tokenizer(pad_token="</s>")) == EOS
