"""StochasTok never changes the text, for every kind of vocabulary."""

from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from lingraft.training.sampler import key
from lingraft.training.stochastok import Splits, expand

TEXT = ["the players play the played games again and again", "unplayable game plays"] * 40
SAMPLE = "the unplayable games played again"


def train(kind: str) -> PreTrainedTokenizerFast:
    if kind == "bpe":
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        trainer: Any = trainers.BpeTrainer(vocab_size=120, special_tokens=["<s>"])
    elif kind == "unigram":
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        tokenizer.decoder = decoders.Metaspace()
        trainer = trainers.UnigramTrainer(
            vocab_size=80, special_tokens=["<unk>"], unk_token="<unk>"
        )
    elif kind == "marked-bpe":  # tokens that go on with a word have a mark, as in WordPiece
        tokenizer = Tokenizer(models.BPE(continuing_subword_prefix="##"))
        tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        tokenizer.decoder = decoders.WordPiece("##", cleanup=False)
        trainer = trainers.BpeTrainer(vocab_size=120, continuing_subword_prefix="##")
    else:
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer()
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.decoder = decoders.WordPiece(cleanup=False)
        trainer = trainers.WordPieceTrainer(vocab_size=120, special_tokens=["[UNK]"])
    tokenizer.train_from_iterator(TEXT, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)


@pytest.mark.parametrize("kind", ["bpe", "unigram", "wordpiece", "marked-bpe"])
@pytest.mark.parametrize("proportion", [0.1, 1.0, 3.0])
def test_text_stays_the_same(kind: str, proportion: float) -> None:
    tokenizer = train(kind)
    splits = Splits.of(tokenizer)
    ids = np.array(tokenizer(SAMPLE, add_special_tokens=False)["input_ids"], np.int64)
    for seed in range(20):
        longer, origins = expand(ids, int(proportion * len(ids)), splits, key(seed)[0])
        assert tokenizer.decode(longer) == tokenizer.decode(ids)
        assert len(longer) <= len(ids) + int(proportion * len(ids))
        assert np.array_equal(np.unique(origins), np.arange(len(ids)))
    assert len(longer) > len(ids) or proportion < 1.0


def test_pairs_are_uniform_and_draws_on_unsplittable_tokens_are_wasted() -> None:
    splits = Splits.from_pairs([(0, 1, 2), (0, 2, 1)], size=4)
    counts = {(1, 2): 0, (2, 1): 0, (0,): 0}
    for seed in range(2000):
        longer, _ = expand(np.array([0, 3]), 1, splits, key(seed)[0])
        counts[tuple(longer[:-1].tolist())] += 1
    assert counts[(0,)] == pytest.approx(1000, abs=110)
    assert counts[(1, 2)] == pytest.approx(500, abs=90)
    assert counts[(2, 1)] == pytest.approx(500, abs=90)


def test_special_tokens_are_never_split() -> None:
    tokenizer = train("bpe")
    splits = Splits.of(tokenizer)
    begins = splits.begins_V
    special = tokenizer.convert_tokens_to_ids("<s>")
    assert begins[special] == begins[special + 1]
