"""Training gives the same bytes every time, and tokenizers in the style of their family."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lingraft.errors import ConfigError, InputError
from lingraft.tokenizers import training
from lingraft.tokenizers.sampling import PairCounter
from lingraft.tokenizers.training import train_tokenizer

ALGORITHMS = ("unigram", "bpe", "wordpiece")
PROGRAM = """
import hashlib, json, sys
from lingraft.config.tokenizers import Tokenizer
from lingraft.tokenizers.training import train_tokenizer
texts = [json.loads(line)["text"] for line in open(sys.argv[1], encoding="utf-8")]
block = Tokenizer(corpora=["x"], algorithm=sys.argv[2], vocabulary_size=400)
print(hashlib.sha256(train_tokenizer(texts, block).to_str().encode()).hexdigest())
"""
SWAHILI = Path(__file__).parents[2] / "data" / "tiny" / "swahili.jsonl"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_processes_and_threads_give_the_same_bytes(algorithm, swahili, settings) -> None:
    digests = {
        hashlib.sha256(train_tokenizer(swahili, settings(algorithm)).to_str().encode()).hexdigest()
    }
    for threads in ("1", "2"):
        environment = {**os.environ, "RAYON_NUM_THREADS": threads, "PYTHONHASHSEED": threads}
        command = [sys.executable, "-c", PROGRAM, str(SWAHILI), algorithm]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        digests.add(done.stdout.strip())
    assert len(digests) == 1


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_frequent_words_are_one_token(algorithm, swahili, settings) -> None:
    tokenizer = train_tokenizer(swahili, settings(algorithm))
    for word in ("sokoni", "jioni", "asubuhi"):
        encoding = tokenizer.encode(f"leo {word}", add_special_tokens=False)
        assert len(encoding.tokens) <= 3, encoding.tokens


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_vocabulary_is_no_larger_than_asked_for(algorithm, swahili, settings) -> None:
    tokenizer = train_tokenizer(swahili, settings(algorithm, vocabulary_size=320))
    assert tokenizer.get_vocab_size() <= 320
    assert sorted(tokenizer.get_vocab().values()) == list(range(tokenizer.get_vocab_size()))


@pytest.mark.parametrize(
    ("algorithm", "style", "tokens"),
    [
        ("unigram", "auto", ["<s>", "▁leo", "</s>"]),
        ("bpe", "auto", ["<s>", "leo", "</s>"]),
        ("wordpiece", "auto", ["[CLS]", "leo", "[SEP]"]),
        ("unigram", "bert", ["[CLS]", "▁leo", "[SEP]"]),
        ("wordpiece", "roberta", ["<s>", "leo", "</s>"]),
        ("bpe", "gpt2", ["leo"]),
    ],
)
def test_special_tokens_surround_the_text(swahili, settings, algorithm, style, tokens) -> None:
    text = [*swahili, *["leo leo leo"] * 20]
    tokenizer = train_tokenizer(text, settings(algorithm, special_tokens_style=style))
    found = tokenizer.encode("leo").tokens
    assert [found[0], "".join(found[1:-1]), found[-1]] == tokens if len(tokens) == 3 else True
    assert "".join(found) == "".join(tokens)


@pytest.mark.parametrize("algorithm", ["unigram", "bpe"])
def test_decoding_gives_the_text_back(algorithm, swahili, settings) -> None:
    tokenizer = train_tokenizer(swahili, settings(algorithm))
    for text in swahili[:50]:
        assert tokenizer.decode(tokenizer.encode(text).ids).strip() == text


def test_bpe_knows_every_byte_and_others_have_unknowns(swahili, settings) -> None:
    bpe = train_tokenizer(swahili, settings("bpe"))
    assert bpe.decode(bpe.encode("日本 😀").ids) == "日本 😀"
    for algorithm, unknown in (("unigram", "<unk>"), ("wordpiece", "[UNK]")):
        tokenizer = train_tokenizer(swahili, settings(algorithm))
        assert tokenizer.token_to_id(unknown) in tokenizer.encode("日本").ids
        assert tokenizer.token_to_id(unknown) not in tokenizer.encode("0123456789").ids


def test_case_and_accents_fold_on_demand(settings) -> None:
    texts = ["Größe und Größen der Straße"] * 20
    options = {"lowercase": True, "strip_accents": True}
    for algorithm in ALGORITHMS:
        tokenizer = train_tokenizer(texts, settings(algorithm, **options))
        assert tokenizer.encode("GROSSE Größe").ids != tokenizer.encode("GRÖßE Größe").ids
        assert tokenizer.encode("GRÖßE").ids == tokenizer.encode("große").ids


@pytest.mark.parametrize("algorithm", ["unigram", "wordpiece"])
def test_a_vocabulary_smaller_than_the_alphabet_is_refused(algorithm, settings) -> None:
    alphabet = "".join(chr(0x4E00 + number) for number in range(300))
    with pytest.raises(ConfigError, match="vocabulary_size 100 is too small for this text"):
        train_tokenizer([alphabet] * 3, settings(algorithm, vocabulary_size=100))


def test_rare_characters_are_left_out_of_the_alphabet(settings) -> None:
    texts = ["abc abd acd bcd"] * 2000 + ["ж"]
    for algorithm in ("unigram", "wordpiece"):
        alphabet = train_tokenizer(texts, settings(algorithm)).get_vocab()
        assert not any("ж" in token for token in alphabet)
        whole = train_tokenizer(texts, settings(algorithm, character_coverage=1.0)).get_vocab()
        assert any("ж" in token for token in whole)


HINDI = ["हिन्दी", "किताब", "पढ़ना", "क्षत्रिय", "तुम्हारी", "विद्यार्थी", "सुन्दर", "बच्चा"]
KHMER = ["ខ្ញុំ", "ស្រឡាញ់", "ភាសា", "ខ្មែរ", "ណាស់", "ទឹក"]
THAI = ["น้ำ", "ทำ", "บ้าน", "ข้าว", "ใหญ่", "เรียน", "ตลาด"]
PERSIAN = ["می\u200cخواهم", "کتاب\u200cها", "را"]


@pytest.mark.parametrize("algorithm", ["bpe", "wordpiece"])
@pytest.mark.parametrize("words", [HINDI, KHMER, THAI, PERSIAN])
def test_words_with_marks_and_joiners_can_be_one_token(algorithm, words, settings) -> None:
    text = " ".join(words)
    tokenizer = train_tokenizer([text] * 50, settings(algorithm, vocabulary_size=600))
    encoding = tokenizer.encode(text, add_special_tokens=False)
    assert len(encoding.ids) == len(words)
    without = tokenizer.encode(text.replace("\u200c", ""), add_special_tokens=False)
    assert (without.ids == encoding.ids) == ("\u200c" not in text)


def test_gpt2s_own_expression_cuts_before_each_mark(settings) -> None:
    text = " ".join(HINDI)
    tokenizer = train_tokenizer(
        [text] * 50, settings("bpe", vocabulary_size=600, expression="gpt2")
    )
    assert len(tokenizer.encode(text).ids) > 3 * len(HINDI)


def unspaced(words, count) -> str:
    return "".join(words[number * number % len(words)] for number in range(count))


@pytest.mark.parametrize("words", [THAI, KHMER])
def test_wordpiece_takes_clauses_without_spaces_apart(words, settings) -> None:
    text = [unspaced(words, count) for count in range(20, 60)]
    tokenizer = train_tokenizer(text, settings("wordpiece", vocabulary_size=600))
    assert "[UNK]" not in tokenizer.encode(text[-1]).tokens


def test_wordpiece_of_text_that_never_ends_is_refused(settings) -> None:
    with pytest.raises(ConfigError, match=r"100% of the tokens.*unigram or bpe"):
        train_tokenizer([unspaced(THAI, 900)] * 3, settings("wordpiece", vocabulary_size=600))


def test_long_lines_are_not_skipped(settings) -> None:
    words = [f"neno{chr(97 + number % 26)}" for number in range(40_000)]
    tokenizer = train_tokenizer([" ".join(words)], settings("unigram", vocabulary_size=60))
    assert tokenizer.encode("nenoz", add_special_tokens=False).tokens == ["▁nenoz"]


def test_counts_beyond_32_bits_are_refused(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PairCounter, "maximum", 2**31)
    monkeypatch.setitem(training._TRAINERS, "bpe", lambda *_: pytest.fail("trained all the same"))
    with pytest.raises(InputError, match=r"2147483648 times.*lower maximum_bytes"):
        train_tokenizer(["text"], settings("bpe"))


def test_a_unigram_vocabulary_does_not_take_text_for_its_special_tokens(settings) -> None:
    tokenizer = train_tokenizer(["a < b > c / s unk mask " * 3] * 20, settings("unigram"))
    tokenizer.encode_special_tokens = True
    found = tokenizer.encode("a </s> <mask> c", add_special_tokens=False)
    assert not {"</s>", "<mask>", "<unk>"} & set(found.tokens)


def test_text_without_content_is_refused(settings) -> None:
    with pytest.raises(InputError, match="no text"):
        train_tokenizer(["  ", "\n"], settings())


@pytest.mark.parametrize("algorithm", ["bpe", "wordpiece"])
def test_rare_merges_are_not_made(algorithm, swahili, settings) -> None:
    sizes = [
        train_tokenizer(
            swahili, settings(algorithm, vocabulary_size=2000, minimum_frequency=least)
        ).get_vocab_size()
        for least in (2, 50)
    ]
    assert sizes[1] < sizes[0]
