"""GGUF files become plain models, number by number; what cannot be read is said in one line."""

import logging
import os
from pathlib import Path
from typing import Any

import gguf
import pytest
import torch
from gguf import GGMLQuantizationType as Kind
from tests.unit.models.gguf_files import (
    SPECIAL,
    TEMPLATE,
    byte_tokenizer,
    small_llama,
    write_file,
)
from transformers import AutoModelForCausalLM, AutoTokenizer

from lingraft.artifacts import new_artifact, verify
from lingraft.errors import InputError
from lingraft.models.gguf import bits_per_weight, read_gguf
from lingraft.models.settings import Model
from lingraft.models.stage import convert_model
from lingraft.tokenizers.gguf import known_pre_tokenizers, read_gguf_tokenizer

FILLED = 5  # rows without a token


@pytest.fixture
def rows() -> int:
    return byte_tokenizer().get_vocab_size()


def small_file(path: Path, rows: int, **options: Any) -> Path:
    return write_file(path, small_llama(rows), tokenizer=byte_tokenizer(), **options)


@pytest.mark.parametrize("tied", [True, False])
def test_an_unquantized_file_has_the_same_weights(tmp_path: Path, rows: int, tied: bool) -> None:
    model = small_llama(rows, tied)
    path = write_file(tmp_path / "m.gguf", model, tokenizer=byte_tokenizer())
    found = read_gguf(path, None)
    given, expected = dict(found.model.named_parameters()), dict(model.named_parameters())
    assert given.keys() == expected.keys()
    assert all(torch.equal(given[name], expected[name]) for name in expected)
    assert not found.drawn
    assert found.stored == {"F32": sum(p.numel() for p in model.parameters())}
    assert bits_per_weight(found.stored) == 32


@pytest.mark.parametrize(("kind", "bits", "largest"), [("Q4_1", 5, 0.07), ("Q8_0", 8.5, 0.006)])
def test_a_quantized_file_becomes_a_plain_folder(
    tmp_path: Path, rows: int, kind: str, bits: float, largest: float,
) -> None:  # fmt: skip
    source = small_llama(rows)
    with new_artifact(tmp_path / "download", "download") as staging:
        (staging / "files").mkdir()
        path = staging / "files" / "m.gguf"
        write_file(path, source, kind=Kind[kind], tokenizer=byte_tokenizer())
    settings = Model(source="x", path="m.gguf", format="gguf")
    convert_model(settings, {"x": tmp_path / "download"}, tmp_path / "out")
    facts = verify(tmp_path / "out", "model").facts
    matrices = sum(p.numel() for p in source.parameters() if p.dim() > 1)
    assert facts.stored_types == {kind: matrices, "F32": 5 * 64}
    assert facts.stored_bits_per_weight == pytest.approx(bits, abs=0.2)
    by_kind = {part.kind: part for part in facts.stored_parts}
    assert list(by_kind) == ["matrices", "embeddings", "norms and biases"]
    assert sum(part.share for part in facts.stored_parts) == pytest.approx(1)
    assert by_kind["norms and biases"].relative_error == 0
    model: Any = AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    lost, whole = 0.0, 0.0
    for name, parameter in source.named_parameters():
        if parameter.dim() > 1 and "embed" not in name:
            lost += (model.get_parameter(name) - parameter).square().sum().item()
            whole += parameter.square().sum().item()
        error = (model.get_parameter(name) - parameter).abs().max() / parameter.abs().max()
        assert error <= largest, name
    true = (lost / whole) ** 0.5
    assert by_kind["matrices"].relative_error == pytest.approx(true, rel=0.1)
    assert model.config.eos_token_id == model.generation_config.eos_token_id == 2
    assert "quantization_config" not in model.config.to_dict()
    tokenizer: Any = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert (tokenizer.bos_token, tokenizer.eos_token, tokenizer.unk_token) == (
        "<|im_start|>", "<|im_end|>", "<|endoftext|>",
    )  # fmt: skip
    assert tokenizer.model_max_length == 48
    assert tokenizer.chat_template == TEMPLATE
    messages = [{"role": "user", "content": "the year 1987"}]
    ids = tokenizer.apply_chat_template(messages)["input_ids"]
    assert (ids[0], ids[-1]) == (1, 2)


@pytest.mark.parametrize(
    ("pre", "pieces"),
    [
        ("smollm", ["Ġ", "2", "5", "0", "0"]),
        ("gpt-2", ["Ġ2500"]),
        ("qwen2", ["Ġ", "2", "5", "0", "0"]),
        ("stablelm2", ["Ġ", "2", "5", "0", "0"]),
        ("llama-bpe", ["Ġ", "250", "0"]),
        ("default", ["Ġ", "250", "0"]),
    ],
)
def test_digits_are_cut_as_the_file_says(
    tmp_path: Path, rows: int, pre: str, pieces: list[str]
) -> None:
    tokenizer = read_gguf_tokenizer(small_file(tmp_path / "m.gguf", rows, pre=pre))
    cuts = tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str("of 2500")
    assert [piece for piece, _ in cuts][1:] == pieces
    # Only the files of Llama 3's family open a text without being told.
    assert (tokenizer("of").input_ids[0] == 1) == (pre == "llama-bpe")


def test_every_known_name_gives_a_pre_tokenizer(tmp_path: Path, rows: int) -> None:
    assert {"smollm", "llama-bpe", "qwen2", "gpt-2", "default"} <= set(known_pre_tokenizers())
    for name in known_pre_tokenizers():
        tokenizer = read_gguf_tokenizer(small_file(tmp_path / "m.gguf", rows, pre=name))
        assert tokenizer.tokenize("of them")


def test_rows_that_are_only_filled_are_no_tokens(tmp_path: Path, rows: int) -> None:
    path = small_file(tmp_path / "m.gguf", rows + FILLED)
    assert len(read_gguf_tokenizer(path)) == rows
    assert read_gguf(path, None).model.config.vocab_size == rows + FILLED


def test_special_tokens_stay_whole(tmp_path: Path, rows: int) -> None:
    tokenizer = read_gguf_tokenizer(small_file(tmp_path / "m.gguf", rows))
    assert [tokenizer.tokenize(token) for token in SPECIAL] == [[token] for token in SPECIAL]
    assert set(tokenizer.added_tokens_decoder) == {0, 1, 2}


def test_bad_files_are_refused_in_one_line(tmp_path: Path, rows: int) -> None:
    good = small_file(tmp_path / "good.gguf", rows)
    other = tmp_path / "other.gguf"
    other.write_bytes(b"PK\x03\x04 a zip file")
    cut = tmp_path / "cut.gguf"
    for size in (good.stat().st_size - 500, 3000, 100, 20):
        cut.write_bytes(good.read_bytes())
        os.truncate(cut, size)
        assert_refused(cut, "cut.gguf ends before its last tensor, or is damaged")
    assert_refused(other, "other.gguf is not a GGUF file")
    assert_refused(tmp_path / "missing.gguf", "missing.gguf cannot be read")
    unknown = small_file(tmp_path / "unknown.gguf", rows, architecture="mamba2")
    assert_refused(unknown, "unknown.gguf cannot be read: .*architecture mamba2 is not supported")
    scaled = small_file(tmp_path / "scaled.gguf", rows, llama__rope__scaling__type="yarn")
    assert_refused(scaled, r"scaled.gguf scales its positions \(yarn\)")
    larger = small_llama(rows)
    larger.config.num_hidden_layers = 1  # of the two whose weights are written
    more = write_file(tmp_path / "more.gguf", larger, tokenizer=byte_tokenizer())
    assert_refused(more, "more.gguf has .* numbers and a llama of its configuration")


def assert_refused(path: Path, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_gguf(path, None)
    assert "\n" not in str(caught.value)


def test_a_type_that_cannot_be_dequantized(
    tmp_path: Path, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small_file(tmp_path / "m.gguf", rows, kind=Kind.Q8_0)

    def refuse(data: Any, kind: Kind) -> Any:
        if kind == Kind.Q8_0:
            raise NotImplementedError
        return gguf.dequantize(data, kind)

    monkeypatch.setattr("lingraft.models.gguf.dequantize", refuse)
    assert_refused(path, "has token_embd.weight as Q8_0, which the package `gguf` cannot")


def test_tokenizers_that_cannot_be_read(tmp_path: Path, rows: int) -> None:
    without = write_file(tmp_path / "m.gguf", small_llama(rows))
    with pytest.raises(InputError, match=r"has no tokenizer .*`tokenizer_source`"):
        read_gguf_tokenizer(without)
    strange = small_file(tmp_path / "s.gguf", rows, pre="klingon")
    with pytest.raises(InputError, match=r"\(tokenizer.ggml.pre: klingon\); known are .*smollm"):
        read_gguf_tokenizer(strange)


def test_nothing_is_drawn_on_the_terminal(
    tmp_path: Path, rows: int, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    path = small_file(tmp_path / "m.gguf", rows)
    capfd.readouterr()
    with caplog.at_level(logging.WARNING):
        read_gguf(path, None)
    assert capfd.readouterr().err == "" and not caplog.messages
