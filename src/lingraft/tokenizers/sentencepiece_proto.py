"""What a SentencePiece model says of itself: its pieces and rules, from the protocol buffer.

The library gives the pieces, but neither the type of the model nor how it treats spaces. Field
numbers are those of sentencepiece_model.proto.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["normal", "unknown", "control", "user", "unused", "byte"]

_KINDS: Sequence[Kind] = ("normal", "unknown", "control", "user", "unused", "byte")
_TYPES = ("unigram", "bpe", "word", "char")
_PIECE, _TRAINER, _NORMALIZER = 1, 2, 3  # fields of ModelProto
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5  # wire types


@dataclass(frozen=True)
class Piece:
    """An entry of the vocabulary."""

    text: str
    score: float
    kind: Kind


@dataclass(frozen=True)
class SentencePieceModel:
    """A SentencePiece model; ids are those of its own pieces, -1 where there is none."""

    pieces: Sequence[Piece]
    type: str
    byte_fallback: bool
    spaces_end_words: bool
    ids: Mapping[str, int]  # of the roles unk, bos, eos and pad
    character_map: bytes
    adds_space: bool
    collapses_spaces: bool
    escapes_spaces: bool


def parse(data: bytes) -> SentencePieceModel:
    """Read a serialized ModelProto.

    Raises:
        ValueError, IndexError, struct.error: these bytes are not one.
    """
    fields = list(_fields(data))
    # If a field comes twice the last one counts, in protocol buffers and in dict().
    trainer = dict(_fields(_last(fields, _TRAINER)))
    normalizer = dict(_fields(_last(fields, _NORMALIZER)))
    return SentencePieceModel(
        pieces=[_piece(content) for number, content in fields if number == _PIECE],
        # A file may leave out a field with the default value: each get() repeats that of the
        # .proto.
        type=_TYPES[trainer.get(3, 1) - 1],
        byte_fallback=bool(trainer.get(35, 0)),
        spaces_end_words=bool(trainer.get(24, 0)),
        ids={
            role: _signed(trainer.get(number, default))
            for role, number, default in (
                ("unk", 40, 0), ("bos", 41, 1), ("eos", 42, 2), ("pad", 43, -1),
            )
        },
        character_map=normalizer.get(2, b""),
        adds_space=bool(normalizer.get(3, 1)),
        collapses_spaces=bool(normalizer.get(4, 1)),
        escapes_spaces=bool(normalizer.get(5, 1)),
    )  # fmt: skip


def _last(fields: Sequence[tuple[int, Any]], wanted: int) -> bytes:
    found: list[bytes] = [content for number, content in fields if number == wanted]
    return found[-1] if found else b""


def _piece(message: bytes) -> Piece:
    fields = dict(_fields(message))
    (score,) = struct.unpack("<f", fields.get(2, bytes(4)))
    return Piece(fields[1].decode("utf-8"), score, _KINDS[fields.get(3, 1) - 1])


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Yield (field number, content) of a protocol buffer: an integer, or bytes."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        # The lowest three bits of a key are the wire type, the others the field number.
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, place = _varint(message, place)
            yield number, value
            continue
        if wire not in (_EIGHT, _BYTES, _FOUR):
            raise ValueError(f"wire type {wire} is not known")
        size, place = _varint(message, place) if wire == _BYTES else ({1: 8, 5: 4}[wire], place)
        if place + size > len(message):
            raise ValueError("the file ends too early")
        yield number, message[place : place + size]
        place += size


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        # Seven bits a byte, the lowest first; the highest bit says that another byte follows.
        byte = message[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place


def _signed(value: int) -> int:
    # Negative numbers are stored in 64 bits as two's complement; the id -1 means "none".
    return value - (1 << 64) if value >= 1 << 63 else value
