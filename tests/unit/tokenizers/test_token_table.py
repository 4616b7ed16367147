"""The token table: one canonical form for three ways to spell, roles, flags."""

import numpy as np
import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from lingraft.errors import InputError
from lingraft.tokenizers.token_table import TokenTable

ROLES = {"unk_token": "<unk>", "pad_token": "<pad>", "cls_token": "<s>", "sep_token": "</s>"}


def table_of(model, pieces, pre_tokenizer=None, decoder=None, **roles):
    vocabulary = {token: i for i, token in enumerate(["<unk>", "<pad>", "<s>", "</s>", *pieces])}
    tokenizer = Tokenizer(model(vocabulary))
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    if decoder:
        tokenizer.decoder = decoder
    return TokenTable(PreTrainedTokenizerFast(tokenizer_object=tokenizer, **ROLES, **roles))


def wordpiece(pieces):
    return table_of(
        lambda vocabulary: models.WordPiece(vocabulary, unk_token="<unk>"),
        pieces,
        pre_tokenizers.BertPreTokenizer(),
        decoders.WordPiece(),
    )


def byte_level(pieces):
    return table_of(
        lambda vocabulary: models.BPE(vocabulary, []),
        pieces,
        pre_tokenizers.ByteLevel(),
        decoders.ByteLevel(),
    )


def metaspace(pieces, decoder=True):
    return table_of(
        lambda vocabulary: models.BPE(vocabulary, []),
        pieces,
        pre_tokenizers.Metaspace(),
        decoders.Metaspace() if decoder else None,
    )


def test_three_spellings_have_one_canonical_form():
    tables = wordpiece(["the", "##ing"]), byte_level(["Ġthe", "ing"]), metaspace(["▁the", "ing"])
    for table in tables:
        assert table.canonical[4:] == [" the", "ing"]
        assert table.word_start_T[4:].tolist() == [True, False]
        assert list(table.texts[4:]) == ["the", "ing"]
    assert [table.spelling for table in tables] == ["wordpiece", "bytes", "metaspace"]


def test_whole_characters_and_bytes_of_byte_level_tokens():
    table = byte_level(["Ã¤", "Ã", "Ġæ", "ä½ł"])
    assert table.canonical[4:] == ["ä", "<0xC3>", "<0x20><0xE6>", "你"]
    assert table.byte_T[4:].tolist() == [False, True, True, False]
    assert list(table.texts[4:]) == ["ä", "", "", "你"]


def test_byte_fallback_tokens_match_those_of_byte_level():
    assert metaspace(["<0xC3>"]).canonical[4] == byte_level(["Ã"]).canonical[4]


def test_special_tokens_stay_verbatim_and_have_no_text():
    for table in (wordpiece(["a"]), byte_level(["a"]), metaspace(["▁a"])):
        assert table.canonical[:4] == ["<unk>", "<pad>", "<s>", "</s>"]
        assert table.special_T.tolist() == [True] * 4 + [False]
        assert list(table.texts[:4]) == [""] * 4


def test_roles_and_namesakes():
    table = wordpiece(["a"])
    assert table.roles == {"unk": 0, "pad": 1, "cls": 2, "sep": 3}
    assert table.id_of_role("bos") == 2
    assert table.id_of_role("eos") == 3
    assert table.id_of_role("mask") is None


def test_gaps_and_added_tokens():
    table = byte_level(["Ġa"])
    table.tokenizer.add_tokens([AddedToken("new word", normalized=False)])
    table = TokenTable(table.tokenizer)
    assert table.canonical[5] == "new word"
    assert table.present_T.all()


def test_a_tokenizer_without_a_decoder_is_read_from_its_own_parts():
    assert metaspace(["▁the", "ing"], decoder=False).canonical[4:] == [" the", "ing"]


def ended(pieces, *parts, **marks):
    return table_of(lambda vocabulary: models.BPE(vocabulary, [], **marks), pieces, *parts)


def test_marks_that_the_model_names():
    suffixed = ended(["dom</w>", "do", "m</w>"], end_of_word_suffix="</w>")
    assert suffixed.canonical[4:] == [" dom", "do", " m"]
    assert list(suffixed.texts[4:]) == ["dom", "do", "m"]
    assert not suffixed.marks_word_starts
    other = ended(["dom;", "do"], end_of_word_suffix=";")
    assert other.canonical[4:] == [" dom", "do"]
    prefixed = ended(["do", "++m"], continuing_subword_prefix="++")
    assert prefixed.canonical[4:] == [" do", "m"]
    assert prefixed.marks_word_starts
    wordpiece = table_of(
        lambda ids: models.WordPiece(ids, unk_token="<unk>", continuing_subword_prefix="@@"),
        ["do", "@@m"],
    )
    assert wordpiece.canonical[4:] == [" do", "m"]


def test_marks_over_bytes():
    """CLIP spells bytes and marks the ends of words."""
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    table = ended(["cafÃ©</w>", "cafÃ", "Ã©</w>"], byte_level, end_of_word_suffix="</w>")
    assert table.canonical[4:] == [" café", "<0x63><0x61><0x66><0xC3>", " é"]


@pytest.mark.parametrize(
    ("pieces", "canonical"), [(["dom</w>", "do"], [" dom", "do"]), (["do@@", "m"], ["do", " m"])]
)
def test_marks_that_only_the_tokens_show(pieces, canonical):
    assert ended(pieces).canonical[4:] == canonical


def test_a_plain_vocabulary_is_taken_as_it_is():
    table = table_of(lambda vocabulary: models.WordLevel(vocabulary, unk_token="<unk>"), ["a", "b"])
    assert table.spelling == "plain"
    assert table.canonical[4:] == ["a", "b"]


def test_reference_forms():
    table = metaspace(["▁The", "ing"])
    assert table.tokens[4:] == ["▁The", "ing"]
    assert [text.strip() for text in table.decoded[4:]] == ["The", "ing"]


def test_a_slow_tokenizer_is_refused():
    class Slow:
        name_or_path = "slow"

    with pytest.raises(InputError, match=r"tokenizer\.json"):
        TokenTable(Slow())


def test_flags_are_arrays_by_id():
    table = wordpiece(["a", "b"])
    for flags in (table.present_T, table.special_T, table.word_start_T, table.byte_T):
        assert flags.shape == (len(table),)
        assert flags.dtype == np.bool_
