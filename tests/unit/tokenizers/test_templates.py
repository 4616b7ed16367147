"""A chat template goes along where the new vocabulary has what it writes."""

from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer, models

from lingraft.tokenizers.backend import wrap
from lingraft.tokenizers.saving import write_tokenizer
from lingraft.tokenizers.templates import carry_template, cut_marks

PLAIN = "{% for m in messages %}{{ m['content'] }} {% endfor %}"
MARKED = "{% for m in messages %}<|turn|>{{ m['content'] }}{{ eos_token }}{% endfor %}"


def tokenizer(*special: str, template: Any = None, eos: str | None = "</s>") -> Any:
    tokens = [*([] if eos is None else [eos]), *special]
    backend = Tokenizer(models.WordLevel({t: i for i, t in enumerate([*tokens, "a"])}, "a"))
    backend.add_special_tokens([AddedToken(token) for token in tokens])
    return wrap(backend, eos_token=eos, chat_template=template)


@pytest.mark.parametrize(
    ("source", "target", "kept", "told"),
    [
        (tokenizer(template=PLAIN), tokenizer(), PLAIN, ""),
        (tokenizer("<|turn|>", template=MARKED), tokenizer("<|turn|>"), MARKED, ""),
        (tokenizer("<|turn|>", template=MARKED), tokenizer(), None, "has no <|turn|>"),
        (tokenizer("<|turn|>", template=PLAIN), tokenizer(), PLAIN, "1 special tokens of the sour"),
        (tokenizer(template=PLAIN + "</s>"), tokenizer(eos="<e>"), None, "has no </s>"),
        (tokenizer(template=MARKED), tokenizer(eos=None), None, "has no eos_token"),
        (tokenizer(template=PLAIN), tokenizer(template="own"), "own", ""),
        (tokenizer("<|turn|>", template={"default": PLAIN, "rag": MARKED}), tokenizer(), None,
         "has no <|turn|>"),
        (tokenizer(), tokenizer(), None, ""),
    ],
)  # fmt: skip
def test_templates(
    source: Any, target: Any, kept: Any, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    carry_template(source, target)
    assert target.chat_template == kept
    assert (told in caplog.text) if told else not caplog.text


@pytest.mark.parametrize(
    ("template", "cut"),
    [
        (None, []),
        (PLAIN, []),
        (MARKED, []),
        ("<|turn|><|user|> <start_of_turn></s> <|user|>", ["<|user|>", "<start_of_turn>"]),
        ({"default": PLAIN, "tools": "<|tool|>"}, ["<|tool|>"]),
    ],
)
def test_marks_that_are_no_tokens_are_told_when_it_is_written(
    template: Any, cut: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    chat = tokenizer("<|turn|>", template=template)
    assert cut_marks(chat) == cut
    write_tokenizer(chat, tmp_path)
    told = [line for line in caplog.messages if "the chat template writes" in line]
    assert len(told) == bool(cut)
    assert all(mark in told[0] for mark in cut)
