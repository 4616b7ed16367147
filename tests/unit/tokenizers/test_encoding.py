"""Encoding loses nothing, counts right, and takes text for text."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from lingraft.artifacts import TokensFacts, new_artifact, open_artifact
from lingraft.corpus.documents import Document, write_lines
from lingraft.corpus.token_files import TokenFile
from lingraft.errors import InputError
from lingraft.tokenizers import encoding
from lingraft.tokenizers.encoding import Encoder, read_specials
from lingraft.tokenizers.stage import encode_corpus

WORDS = {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "[MASK]": 3, "a": 4, "b": 5, "c": 6, "[": 7, "]": 8}


def tokenizer(**roles: str) -> PreTrainedTokenizerFast:
    backend = Tokenizer(models.WordLevel(WORDS, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    named: dict[str, Any] = roles or {
        "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]",
    }  # fmt: skip
    return PreTrainedTokenizerFast(tokenizer_object=backend, **named)


@pytest.fixture
def make_inputs(tmp_path: Path) -> Callable[[list[str], list[str]], tuple[Path, Path]]:
    def make(train: list[str], valid: list[str]) -> tuple[Path, Path]:
        with new_artifact(tmp_path / "tokenizer", "tokenizer") as staging:
            tokenizer().save_pretrained(staging)
        with new_artifact(tmp_path / "corpus", "corpus") as staging:
            for split, texts in (("train", train), ("valid", valid)):
                documents = [Document(str(n), text) for n, text in enumerate(texts)]
                write_lines(staging / f"{split}.jsonl.zst", documents)
        return tmp_path / "tokenizer", tmp_path / "corpus"

    return make


def test_documents_end_with_the_separator(make_inputs: Any, tmp_path: Path) -> None:
    folders = make_inputs(["a b", "c", "ä a"], ["b"])
    encode_corpus(*folders, tmp_path / "tokens")
    file = TokenFile.open(tmp_path / "tokens", "train")
    assert file.tokens_N.tolist() == [4, 5, 2, 6, 2, 0, 4, 2]
    assert file.ends_D.tolist() == [3, 5, 8]
    counts = file.counts
    assert (counts.bytes, counts.characters, counts.unknown) == (8, 7, 1)
    assert TokenFile.open(tmp_path / "tokens", "valid").tokens_N.tolist() == [5, 2]
    engines = open_artifact(tmp_path / "tokens", TokensFacts).facts.engines
    assert engines == {"train": "tokenizers", "valid": "tokenizers"}


def test_text_that_spells_a_special_token_stays_text() -> None:
    encoder = Encoder(tokenizer(), read_specials(tokenizer()))
    (batch,) = encoder.encode(["a [MASK] b"])
    assert 3 not in batch[0][:-1]


def test_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["a b c", "", "b", "c c c c a"] * 5
    specials = read_specials(tokenizer())
    whole = list(Encoder(tokenizer(), specials).encode(texts))
    monkeypatch.setattr(encoding, "_BATCH_CHARACTERS", 4)
    monkeypatch.setattr(encoding, "_SAMPLE_CHARACTERS", 4)
    parts = list(Encoder(tokenizer(), specials).encode(texts))
    assert len(parts) > len(whole) == 1
    assert np.array_equal(np.concatenate([ids for ids, _ in parts]), whole[0][0])


def test_what_the_tokenizer_adds() -> None:
    specials = read_specials(tokenizer())
    assert (specials.prefix, specials.suffix, specials.separator, specials.mask) == (
        (1,),
        (2,),
        2,
        3,
    )
    assert specials.special == (0, 1, 2, 3)
    assert specials.vocabulary_size == 9


def test_a_tokenizer_without_an_end() -> None:
    with pytest.raises(InputError, match="no sep_token and no eos_token"):
        read_specials(tokenizer(unk_token="[UNK]"))


def test_a_corpus_without_training_text(make_inputs: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no training text"):
        encode_corpus(*make_inputs([], ["a"]), tmp_path / "tokens")
    assert not (tmp_path / "tokens").exists()
