"""Words as bytes: any text has symbols, and gives itself back but for its spaces."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.config.checking import check_block
from lingraft.config.tokenizers import Tokenizer
from lingraft.errors import ConfigError
from lingraft.tokenizers.byte_words import SYMBOLS
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.stage import make_tokenizer, save_tokenizer
from lingraft.tokenizers.token_table import TokenTable
from lingraft.tokenizers.training import train_tokenizer

BLOCK = {"corpora": ["text"], "algorithm": "byte-words"}


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("tokenizer")
    block = Tokenizer.model_validate(BLOCK)
    save_tokenizer(train_tokenizer(["any text"], block), block, folder)
    return load_tokenizer(folder)


def test_symbols_are_bytes_at_the_beginning_of_words_and_inside(tokenizer) -> None:
    specials = len(tokenizer) - len(SYMBOLS)
    ids = tokenizer("Hé, किताब", add_special_tokens=False)["input_ids"]
    read = [((index - specials) % 256, index < specials + 256) for index in ids]
    words = ["Hé", ",", "किताब"]
    assert bytes(byte for byte, _ in read) == "".join(words).encode()
    assert [place for place, (_, begins) in enumerate(read) if begins] == [0, 3, 4]
    assert tokenizer.decode(ids) == "Hé , किताब"


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1))
def test_no_text_is_unknown(tokenizer, text: str) -> None:
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert tokenizer.unk_token_id not in ids or "<unk>" in text
    normal = tokenizer.backend_tokenizer.normalizer.normalize_str(text)
    if not any(token in text for token in tokenizer.all_special_tokens):
        assert tokenizer.decode(ids).replace(" ", "") == normal.replace(" ", "")


def test_bytes_that_are_no_characters_are_marked(tokenizer) -> None:
    specials = len(tokenizer) - len(SYMBOLS)
    assert tokenizer.decode([specials + 0xC3, specials + 256 + ord("a")]) == "\ufffda"


def test_the_table_knows_where_words_begin_in_every_script(tokenizer) -> None:
    table = TokenTable(tokenizer)
    specials = len(tokenizer) - len(SYMBOLS)
    starts_T = table.word_start_T[specials:]
    # A space inside of a word looks like one, and is in no text.
    assert starts_T[:256].all() and starts_T[256:].nonzero()[0].tolist() == [ord(" ")]


def test_no_text_decides_about_it(corpus: Path, tmp_path: Path, caplog) -> None:
    make_tokenizer(check_block(Tokenizer, BLOCK, "tokenizer"), [corpus], tmp_path / "made")
    assert "fewer than" not in caplog.text
    assert len(load_tokenizer(tmp_path / "made")) == 517


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"vocabulary_size": 600}, "always has 517 entries"),
        ({"expression": "gpt2"}, "expression would have no effect"),
        ({"minimum_frequency": 3}, "minimum_frequency would have no effect"),
        ({"character_coverage": 0.99}, "character_coverage would have no effect"),
        ({"special_tokens_style": "gpt2"}, "needs bpe"),
    ],
)
def test_options_without_effect_are_refused(option, said) -> None:
    with pytest.raises(ConfigError, match=said):
        check_block(Tokenizer, BLOCK | option, "tokenizer")
