"""Words cut anew: the text stays, rows are full and never too long, and the same at each start."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from token_fixtures import make_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from lingraft.config.pretraining import Masking, Pretraining
from lingraft.corpus.token_files import Specials, TokenFile
from lingraft.errors import ConfigError
from lingraft.tokenizers.subword_sampling import BpeDropout, UnigramSampling
from lingraft.tokenizers.token_table import TokenTable
from lingraft.training.batches import TextKnowledge, TrainingData
from lingraft.training.masking import first_of_words
from lingraft.training.packing import Rows
from lingraft.training.sampler import key
from lingraft.training.word_recutting import RecutWords

TEXT = [
    "the players play the played games again and again, don't they?",
    "unplayable game-plays  in 2024!\nçok güzel oyunlar oynandı, 游戏很好玩",
] * 40
SEPARATOR = "</s>"


def train(kind: str) -> PreTrainedTokenizerFast:
    if kind == "unigram":
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        tokenizer.decoder = decoders.Metaspace()
        trainer: Any = trainers.UnigramTrainer(
            vocab_size=120, special_tokens=["<unk>", SEPARATOR], unk_token="<unk>"
        )
    elif kind == "bytes":
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=400,
            special_tokens=[SEPARATOR],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        )
    elif kind == "suffix":
        tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
        tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        tokenizer.decoder = decoders.BPEDecoder("</w>")
        trainer = trainers.BpeTrainer(
            vocab_size=200, special_tokens=[SEPARATOR], end_of_word_suffix="</w>"
        )
    elif kind == "prefix":  # tokens that go on with a word have a mark
        tokenizer = Tokenizer(models.BPE(continuing_subword_prefix="##"))
        tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        tokenizer.decoder = decoders.WordPiece("##", cleanup=False)
        trainer = trainers.BpeTrainer(
            vocab_size=200, special_tokens=[SEPARATOR], continuing_subword_prefix="##"
        )
    else:  # as Gemma: spaces are letters, and nothing cuts the text
        tokenizer = Tokenizer(models.BPE())
        tokenizer.normalizer = normalizers.Replace(" ", "▁")
        tokenizer.decoder = decoders.Replace("▁", " ")
        tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
        trainer = trainers.BpeTrainer(vocab_size=200, special_tokens=[SEPARATOR])
    tokenizer.train_from_iterator(TEXT, trainer)
    if kind == "spaces":
        tokenizer.pre_tokenizer = None
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=SEPARATOR)


def recutting(tokenizer: Any, strength: float) -> RecutWords:
    backend = tokenizer.backend_tokenizer
    if type(backend.model).__name__ == "Unigram":
        return RecutWords(tokenizer, UnigramSampling(backend, 1.0 - strength))
    return RecutWords(tokenizer, BpeDropout(backend, strength))


def ids_of(tokenizer: Any) -> list[list[int]]:
    found: list[list[int]] = tokenizer(TEXT[:2], add_special_tokens=False)["input_ids"]
    return found


def rows_of(parts: Sequence[Sequence[int]]) -> Rows:
    lengths = np.array(list(map(len, parts)))
    ids = np.zeros((len(parts), lengths.max()), np.int64)
    for number, part in enumerate(parts):
        ids[number, : len(part)] = part
    return Rows(ids, lengths, None)


def contents(rows: Rows) -> list[NDArray[np.int64]]:
    return [ids[:n] for ids, n in zip(rows.ids_NW, rows.lengths_N, strict=True)]


KINDS = ["unigram", "bytes", "suffix", "prefix", "spaces"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("strength", [0.1, 0.6, 1.0])
def test_text_stays_the_same(kind: str, strength: float) -> None:
    tokenizer = train(kind)
    words = recutting(tokenizer, strength)
    end = tokenizer.eos_token_id
    joined = [token for row in ids_of(tokenizer) for token in (*row, end)]
    # Rows begin and end inside of words, and inside of characters.
    parts = [joined[begin:] for begin in range(0, 20, 3)] + [joined[:-cut] for cut in range(1, 9)]
    rows = rows_of(parts)
    for seed in range(5):
        found = words.recut(rows, 400, key(seed, np.arange(len(parts))))
        for new, old in zip(contents(found), parts, strict=True):
            assert tokenizer.decode(new) == tokenizer.decode(old)
            assert (new == end).sum() == old.count(end)
    if strength == 0.6:
        assert sum(found.lengths_N) > sum(rows.lengths_N)


@pytest.mark.parametrize("kind", ["bytes", "suffix", "prefix", "spaces"])
def test_dropout_reaches_every_word(kind: str) -> None:
    """With all merges left out a row is characters or bytes, but for what no merge makes."""
    tokenizer = train(kind)
    rows = rows_of(ids_of(tokenizer))
    found = recutting(tokenizer, 1.0).recut(rows, 400, key(np.arange(2)))
    suffix = "</w>" if kind == "suffix" else ""
    prefix = "##" if kind == "prefix" else ""
    for ids in contents(found):
        tokens = tokenizer.convert_ids_to_tokens(ids.tolist())
        assert {len(token.removesuffix(suffix).removeprefix(prefix)) for token in tokens} == {1}
    same = recutting(tokenizer, 0.0).recut(rows, 400, key(np.arange(2)))
    assert [ids.tolist() for ids in contents(same)] == ids_of(tokenizer)


def test_a_row_has_room_and_keeps_tokens_that_have_none() -> None:
    tokenizer = train("bytes")
    words = recutting(tokenizer, 1.0)
    parts = ids_of(tokenizer)
    width = max(map(len, parts)) + 6
    found = words.recut(rows_of(parts), width, key(np.arange(2)))
    assert (found.lengths_N <= width).all() and found.lengths_N.max() > width - 6
    assert [tokenizer.decode(ids) for ids in contents(found)] == list(map(tokenizer.decode, parts))


def test_a_tokenizer_whose_words_are_not_known_is_refused(tmp_path: Path) -> None:
    """It cuts at spaces, which none of its tokens has, so that the option would do nothing."""
    generator = Random(0)
    words = ["".join(generator.choices("abcde", k=generator.randint(1, 5))) for _ in range(80)]
    texts = [" ".join(generator.choices(words, k=40)) for _ in range(40)]
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    backend.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=60, special_tokens=[SEPARATOR], show_progress=False)
    )
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token=SEPARATOR)
    specials = Specials(vocabulary_size=60, separator=0, mask=None, special=(0,))
    ids = tokenizer(texts, add_special_tokens=False)["input_ids"]
    file = make_file(tmp_path, ids, specials)
    with pytest.raises(ConfigError, match=r"only 0% are in words that can be cut .* stochastok"):
        recutting(tokenizer, 0.5).content_width(64, [file])


def test_documents_go_along() -> None:
    tokenizer = train("bytes")
    first, second = ids_of(tokenizer)
    joined = [*first, tokenizer.eos_token_id, *second]
    documents = [0] * (len(first) + 1) + [1] * len(second)
    rows = Rows(np.array([joined]), np.array([len(joined)]), np.array([documents]))
    found = recutting(tokenizer, 0.7).recut(rows, 400, key(np.arange(1)))
    assert found.documents_NW is not None
    [ids] = contents(found)
    assert len(ids) > len(joined)
    of_first = ids[found.documents_NW[0, : len(ids)] == 0]
    assert tokenizer.decode(of_first) == tokenizer.decode([*first, tokenizer.eos_token_id])


@pytest.fixture
def file(tmp_path: Path) -> TokenFile:
    tokenizer = train("bytes")
    specials = Specials(
        vocabulary_size=len(tokenizer), separator=tokenizer.eos_token_id, mask=5, special=(0,)
    )
    return make_file(tmp_path, ids_of(tokenizer) * 20, specials)


def data_of(file: TokenFile, knowledge: TextKnowledge, **recipe: Any) -> TrainingData:
    made = Pretraining(steps=5, sequence_length=64, batch_size=4, bpe_dropout=0.3, **recipe)
    return TrainingData({"a": file}, made, made.all_stages[0], 1, knowledge)


def test_batches_are_a_function_of_their_number_and_nearly_full(file: TokenFile) -> None:
    tokenizer = train("bytes")
    first = data_of(file, TextKnowledge(recutting=recutting(tokenizer, 0.3)), objective="causal")
    second = data_of(file, TextKnowledge(recutting=recutting(tokenizer, 0.3)), objective="causal")
    whole = first.batch(np.arange(16))
    parts = [second.batch(np.arange(begin, begin + 4)).ids_NL for begin in (0, 4, 8, 12)]
    assert np.array_equal(whole.ids_NL, np.concatenate(parts))
    assert whole.ids_NL.shape == (16, 64) and whole.real_NL is not None
    assert whole.real_NL.mean() > 0.8
    # The next epoch has other tokens for the same text.
    rows = first.packings[0].count
    again = first.batch(np.arange(rows, rows + 16))
    assert not np.array_equal(whole.ids_NL, again.ids_NL)


def test_parts_of_a_word_are_masked_as_one_word(file: TokenFile) -> None:
    tokenizer = train("bytes")
    starts_V = TokenTable(tokenizer).word_start_T
    plain = {"objective": "masked", "masking": Masking(whole_words=True)}
    knowledge = TextKnowledge(starts_V, recutting(tokenizer, 0.9))
    batch = data_of(file, knowledge, **plain).batch(np.arange(8))
    hidden = np.zeros(batch.ids_NL.shape, bool)
    hidden.ravel()[batch.positions_P] = True
    ids = batch.ids_NL.copy()
    ids.ravel()[batch.positions_P] = batch.targets_P
    real = np.ones_like(hidden) if batch.real_NL is None else batch.real_NL
    eligible = real & (ids != 0)
    words = first_of_words(eligible, starts_V[ids])
    for row in range(8):
        for word in np.unique(words[row, eligible[row]]):
            of_word = (words[row] == word) & eligible[row]
            assert len(set(hidden[row, of_word].tolist())) == 1
