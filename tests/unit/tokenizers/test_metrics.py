"""Metrics against values counted by hand."""

import math
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.metrics import (
    count_tokens,
    measure,
    parity,
    renyi_efficiency,
    word_spans,
)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory):
    """WordPiece with a vocabulary small enough to count by hand."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    entries = ["[UNK]", "ki", "##tabu", "leo", ".", "打开", "文"]
    model = models.WordPiece({t: i for i, t in enumerate(entries)}, unk_token="[UNK]")
    backend = Tokenizer(model)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.decoder = decoders.WordPiece()
    folder = tmp_path_factory.mktemp("hand")
    PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="[UNK]").save_pretrained(folder)
    return load_tokenizer(folder)


def test_counts_by_hand(tokenizer) -> None:
    counts = count_tokens(["kitabu leo.", "leo xyz"], tokenizer, "swh_Latn")
    assert (counts.texts, counts.tokens, counts.unknown) == (2, 6, 1)
    assert (counts.bytes, counts.characters) == (18, 18)
    assert (counts.words, counts.word_tokens, counts.single_words) == (4, 5, 3)
    assert counts.round_trips == 1
    metrics = measure(counts, 7)
    assert metrics["fertility"] == 5 / 4
    assert metrics["continued_words"] == 1 / 4
    assert metrics["single_token_words"] == 3 / 4
    assert metrics["bytes_per_token"] == 3
    assert metrics["unknown"] == 1 / 6
    assert metrics["round_trip"] == 1 / 2
    assert metrics["used_vocabulary"] == 5 / 7


def test_nothing_gives_no_ratio(tokenizer) -> None:
    metrics = measure(count_tokens([], tokenizer, "swh_Latn"), 7)
    assert "fertility" not in metrics
    assert all(math.isfinite(value) for value in metrics.values())


@pytest.mark.parametrize("algorithm", ["unigram", "bpe", "wordpiece"])
def test_totals_agree_with_the_tokenizer(trained: dict[str, Path], swahili, algorithm) -> None:
    tokenizer = load_tokenizer(trained[algorithm])
    counts = count_tokens(swahili, tokenizer, "swh_Latn")
    ids = tokenizer(swahili, add_special_tokens=False)["input_ids"]
    assert counts.tokens == sum(map(len, ids))
    assert counts.types == Counter(index for row in ids for index in row)
    assert counts.single_words <= counts.words <= counts.word_tokens <= counts.tokens
    assert measure(counts, len(tokenizer))["fertility"] < 2.5


def test_renyi_by_hand() -> None:
    assert renyi_efficiency({"a": 5, "b": 5, "c": 5}, 2.5) == pytest.approx(1)
    types = {"a": 2, "b": 1, "c": 1}
    assert renyi_efficiency(types, 2) == pytest.approx(-math.log(0.375) / math.log(3))
    shannon = -(0.5 * math.log(0.5) + 0.5 * math.log(0.25))
    assert renyi_efficiency(types, 1.0) == pytest.approx(shannon / math.log(3))
    assert renyi_efficiency(types, 2, 6) == pytest.approx(-math.log(0.375) / math.log(6))
    assert renyi_efficiency({"a": 9}, 2.5) == 0
    assert renyi_efficiency({}, 2.5) == 0


@given(
    st.lists(st.integers(1, 1000), min_size=2, max_size=20),
    st.floats(1.1, 5),
    st.floats(0.1, 2),
)
def test_renyi_is_between_0_and_1_and_falls_with_alpha(
    counts: list[int], alpha: float, more: float
) -> None:
    types = dict(enumerate(counts))
    higher, lower = renyi_efficiency(types, alpha), renyi_efficiency(types, alpha + more)
    assert -1e-9 <= lower <= higher + 1e-9 <= 1 + 2e-9


def test_parity(tokenizer) -> None:
    texts, references = ["leo leo leo leo", "leo leo"], ["leo", "leo leo"]
    assert parity(texts, references, tokenizer, tokenizer) == 2
    assert parity(texts, texts, tokenizer, tokenizer) == 1
    with pytest.raises(ValueError, match="2 texts but 1"):
        parity(texts, ["leo"], tokenizer, tokenizer)


def test_words_are_found_where_they_stand() -> None:
    assert word_spans("leo, leo kitabu", "swh_Latn") == [(0, 3), (5, 8), (9, 15)]
    assert word_spans("打开文件。", "zho_Hans") == [(0, 2), (2, 4)]


def test_words_of_chinese_are_counted_inside_the_text(trained: dict[str, Path]) -> None:
    tokenizer = load_tokenizer(trained["bpe"])
    counts = count_tokens(["打开文件"], tokenizer, "zho_Hans")
    assert counts.words == 2
    assert counts.word_tokens == counts.tokens == 12
