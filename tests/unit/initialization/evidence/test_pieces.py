"""Tokens cut by a source tokenizer: a word's beginning, and what stands inside of one."""

import pytest
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from lingraft.initialization.evidence.pieces import pieces_of_tokens, split_tokens
from lingraft.tokenizers.token_table import TokenTable

TOKENS = "[UNK] [PAD] un ##un ing ##ing ##s s do ##do - é ##é ##e 中 ᚠ only"
WORDS = TOKENS.split()


def wordpiece(*tokens: str) -> TokenTable:
    names = [*WORDS, *tokens]
    backend = Tokenizer(models.WordPiece({t: i for i, t in enumerate(names)}, unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer()
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return TokenTable(
        PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="[UNK]", pad_token="[PAD]")
    )


def named(table: TokenTable, pieces: list[list[int]]) -> list[list[str]]:
    return [[table.tokens[piece] for piece in each] for each in pieces]


def test_wordpiece_cuts_a_text_without_a_space_as_inside_of_a_word() -> None:
    source = wordpiece()
    texts = [" ings", "ings", "INGS", "doing", " doing", "-ing", "中s", "", " "]
    assert named(source, split_tokens(source, texts)) == [
        ["ing", "##s"], ["##ing", "##s"], ["##ing", "##s"], ["##do", "##ing"], ["do", "##ing"],
        ["-", "ing"], ["中", "s"], [], [],
    ]  # fmt: skip


def test_what_wordpiece_does_not_know_inside_of_words_is_a_words_beginning() -> None:
    source = wordpiece()
    assert named(source, split_tokens(source, ["only", "zz", "ᚠ"])) == [
        ["only"], ["[UNK]"], ["ᚠ"],
    ]  # fmt: skip


def test_without_a_token_inside_of_words_the_others_there_are_taken() -> None:
    source = wordpiece("##i", "##n", "##g")
    assert named(source, split_tokens(source, ["ing"], {"##ing"})) == [["##i", "##n", "##g"]]


def test_its_own_tokens_are_cut_into_themselves() -> None:
    source = wordpiece()
    rows = [row for row, token in enumerate(WORDS) if token not in ("é", "##é", "[UNK]", "[PAD]")]
    assert pieces_of_tokens(source, source, rows) == [[row] for row in rows]


def target(*, marked: bool) -> TokenTable:
    model = models.Unigram([("<unk>", 0.0), ("▁ing", -1.0), ("ing", -1.0)], unk_id=0)
    backend = Tokenizer(model)
    backend.pre_tokenizer = pre_tokenizers.Metaspace() if marked else pre_tokenizers.Whitespace()
    if not marked:
        backend = Tokenizer(models.WordLevel({"<unk>": 0, "doing": 1, "ing": 2}, unk_token="<unk>"))
    backend.add_tokens([AddedToken("doing")])
    return TokenTable(PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="<unk>"))


@pytest.mark.parametrize(
    ("marked", "expected"),
    [(True, [["ing"], ["##ing"], ["do", "##ing"]]), (False, [["do", "##ing"], ["ing"]])],
)
def test_only_a_vocabulary_with_marks_says_what_is_inside_of_words(marked, expected) -> None:
    """An added token stands anywhere."""
    source, table = wordpiece(), target(marked=marked)
    rows = range(1, len(table))
    assert named(source, pieces_of_tokens(source, table, rows)) == expected
