"""SentencePiece models of the XLM-R family as fast tokenizers.

XLM-R's ids are fairseq's: <s>, <pad>, </s>, <unk>, then SentencePiece's pieces without its own
three special ones, then <mask>. Pieces that were added to the model (Glot500) are pieces like all
others.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers as cutters

from lingraft.errors import InputError
from lingraft.tokenizers.loading import wrap
from lingraft.tokenizers.styles import STYLES

_FIRST = ("<s>", "<pad>", "</s>", "<unk>")
_OWN_SPECIALS = 3  # SentencePiece's <unk>, <s>, </s>
_NORMALIZER_SPEC, _CHARACTER_MAP = 3, 2  # field numbers of ModelProto and of NormalizerSpec
_LENGTH_DELIMITED = 2  # wire types of protocol buffers
_FIXED_SIZE = {1: 8, 5: 4}


def read_xlm_roberta(path: Path) -> Any:
    """A `PreTrainedTokenizerFast` that cuts text as XLM-R does with this SentencePiece model.

    Raises:
        InputError: the file is no SentencePiece unigram model.
    """
    data = path.read_bytes()
    try:
        processor = sentencepiece.SentencePieceProcessor(model_proto=data)
        character_map = _character_map(data)
    except (RuntimeError, IndexError, ValueError) as error:
        raise InputError(f"{path} is no SentencePiece model: {error}") from None
    pieces = [
        (processor.id_to_piece(number), processor.get_score(number))
        for number in range(_OWN_SPECIALS, processor.get_piece_size())
    ]
    vocabulary = [*((token, 0.0) for token in _FIRST), *pieces, ("<mask>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=_FIRST.index("<unk>")))
    steps: list[Any] = [normalizers.Precompiled(character_map)] if character_map else []
    tokenizer.normalizer = normalizers.Sequence(
        [*steps, normalizers.Replace(Regex(" {2,}"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = cutters.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = _template(tokenizer)
    tokenizer.add_special_tokens(
        [AddedToken(t, lstrip=t == "<mask>", normalized=False) for t in (*_FIRST, "<mask>")]
    )
    return wrap(tokenizer, model_max_length=512, **STYLES["roberta"].roles)


def _template(tokenizer: Tokenizer) -> Any:
    from tokenizers.processors import TemplateProcessing

    style = STYLES["roberta"]
    ends = [(token, tokenizer.token_to_id(token)) for token in ("<s>", "</s>")]
    return TemplateProcessing(single=style.single, pair=style.pair, special_tokens=ends)


def _character_map(model: bytes) -> bytes:
    """The compiled normalization rules inside a serialized ModelProto; empty where it has none."""
    for number, content in _fields(model):
        if number == _NORMALIZER_SPEC:
            return dict(_fields(content)).get(_CHARACTER_MAP, b"")
    return b""


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (field number, content) of the length-delimited fields of a protocol buffer."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        number, wire = key >> 3, key & 7
        if wire == 0:
            _, place = _varint(message, place)
        elif wire == _LENGTH_DELIMITED:
            size, place = _varint(message, place)
            yield number, message[place : place + size]
            place += size
        else:
            place += _FIXED_SIZE[wire]


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
