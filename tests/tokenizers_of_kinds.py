"""Small tokenizers of every kind whose vocabulary can be made larger or smaller."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from lingraft.config.tokenizers import Tokenizer as Settings
from lingraft.tokenizers.training import train_tokenizer


def _trained(texts: Sequence[str], algorithm: str) -> Any:
    block = Settings(corpora=("x",), algorithm=algorithm, vocabulary_size=330)
    return train_tokenizer(texts, block)


def _sentencepiece_bpe(texts: Sequence[str]) -> Any:
    """BPE in the way of Gemma: spaces are ▁, nothing is cut, unknown characters are bytes."""
    words = " ".join(texts).replace(" ", " ▁").split(" ")
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(vocab_size=150, show_progress=False)
    learner.train_from_iterator([" ".join(words)], trainer)
    import json

    model = json.loads(learner.to_str())["model"]
    tokens = ["<unk>", "\n", *(f"<0x{byte:02X}>" for byte in range(256)), *model["vocab"]]
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys(tokens))}
    merges = [(left, right) for left, right in model["merges"]]
    tokenizer = Tokenizer(
        models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    )
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.add_special_tokens(["<unk>"])
    return tokenizer


def _padded(texts: Sequence[str]) -> Any:
    """Byte-level BPE whose special tokens stand behind the model's own, as in Qwen."""
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=320, initial_alphabet=alphabet, show_progress=False)
    learner.train_from_iterator(texts, trainer)
    learner.add_special_tokens(["<|endoftext|>", "<|im_start|>"])
    return learner


_MAKERS = {
    "bytes": partial(_trained, algorithm="bpe"),
    "specials-behind": _padded,
    "sentencepiece-bpe": _sentencepiece_bpe,
    "unigram": partial(_trained, algorithm="unigram"),
    "wordpiece": partial(_trained, algorithm="wordpiece"),
}
KINDS = tuple(_MAKERS)


def tokenizer_of(kind: str, texts: Sequence[str]) -> Any:
    """Return a `tokenizers.Tokenizer` of a kind, trained on texts."""
    return _MAKERS[kind](texts)
