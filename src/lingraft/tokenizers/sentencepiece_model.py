"""Reads SentencePiece models as fast tokenizers that cut text exactly as sentencepiece does.

A model says how it cuts (Unigram, BPE, characters), whether unknown characters become bytes, and
what it does with spaces. The family of the model says which ids its pieces have: XLM-R's are
fairseq's, <s>, <pad>, </s>, <unk>, then the pieces without SentencePiece's own three, then <mask>.
Pieces that were added to the model (Glot500) are pieces like all others. What comes out is compared
with sentencepiece on texts of the model's own pieces, or refused.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sentencepiece
from tokenizers import Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers as cutters
from tokenizers.processors import TemplateProcessing

from lingraft.errors import InputError
from lingraft.tokenizers.backend import wrap
from lingraft.tokenizers.sentencepiece_proto import Piece, SentencePieceModel, parse
from lingraft.tokenizers.styles import NEVER, STYLES

_SPACE = "\u2581"
_STYLE = STYLES["roberta"]
_OWN = {"unk": "<unk>", "bos": "<s>", "eos": "</s>", "pad": "<pad>"}
# Spaces and breaks, compatibility forms, marks, and unknown signs.
_TEXTS = (
    "", " ", "\ta\u2003", "\u2581a", "a\u200bb", "a", " a", "a ", "  a  b ", "a\tb\nc",
    "Hello, World! 123", "\ufb01ne caf\u00e9",
    "cafe\u0301", "\U0001f98a zebra", "a\U0001f98ab", "\u4e2d\u6587\u30c6", "\uff21\uff11",
    "x\u00a0y", "don't",
)  # fmt: skip
_SAMPLED = 300  # pieces of which more texts are made


@dataclass(frozen=True)
class _Layout:
    """What comes before the pieces, and whether <s> and </s> are pieces themselves."""

    before: tuple[str, ...] = ("<s>", "<pad>", "</s>", "<unk>")
    has_ends: bool = False


_LAYOUTS: Mapping[str, _Layout] = {
    "XLMRobertaTokenizer": _Layout(),
    "CamembertTokenizer": _Layout(
        ("<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>", "<unk>NOTUSED"), has_ends=True
    ),
}


def read_sentencepiece(path: Path, family: str = "XLMRobertaTokenizer") -> Any:
    """A `PreTrainedTokenizerFast` that cuts text as sentencepiece does with this model.

    Args:
        path: the model.
        family: the class of transformers that says which ids the pieces have.

    Raises:
        InputError: the file is not a SentencePiece model, or one that cannot be read exactly.
    """
    if family not in _LAYOUTS:
        raise InputError(
            f"{path}: the ids of {family} are not known here, only those of "
            f"{' and '.join(_LAYOUTS)}; give the folder its tokenizer.json"
        )
    data = path.read_bytes()
    try:
        model = parse(data)
        processor = sentencepiece.SentencePieceProcessor(model_proto=data)
    except (RuntimeError, LookupError, ValueError, struct.error) as error:
        raise InputError(f"{path} is not a SentencePiece model: {error}") from None
    if model.type == "word" or not model.escapes_spaces:
        what = "its pieces are whole words" if model.type == "word" else "spaces are not marked"
        raise InputError(f"{path} cannot be read as a fast tokenizer: {what}")
    vocabulary, ids = _arranged(model, _LAYOUTS[family], path)
    difference, texts = "", _texts(model)
    for backend in _tokenizers(model, vocabulary, ids):
        difference = _difference(backend, processor, ids, texts)
        if not difference:
            return wrap(backend, model_max_length=512, **_STYLE.roles)
    raise InputError(
        f"{path} cannot be read exactly as a fast tokenizer: {difference}; give the folder its "
        "tokenizer.json"
    )


def _arranged(
    model: SentencePieceModel, layout: _Layout, path: Path
) -> tuple[list[tuple[str, float]], list[int]]:
    """The vocabulary in the order of its ids, and the id of each piece."""
    vocabulary = [(token, NEVER) for token in layout.before]
    places = {token: index for index, token in enumerate(layout.before)}
    # A model can give its own pieces other names; their roles say which is <s>, </s>, <pad>, <unk>.
    own = {index: _OWN[role] for role, index in model.ids.items() if index >= 0}
    best = max((piece.score for piece in model.pieces if piece.kind == "normal"), default=0.0)
    ids = []
    for index, piece in enumerate(model.pieces):
        name = own.get(index, piece.text)
        # CamemBERT keeps the id 4 (<unk>NOTUSED) for piece 0, so piece 0 must be the unknown one.
        if layout.has_ends and index == 0 and name != "<unk>":
            raise InputError(f"{path}: the unknown piece of this family has the id 0")
        if name not in places:
            places[name] = len(vocabulary)
            vocabulary.append((name, _score(piece, best)))
        elif index not in own and piece.kind not in ("control", "unknown"):
            raise InputError(f"{path} has two pieces {name!r}: its ids are ambiguous")
        ids.append(places[name])
    if "<mask>" not in places:
        vocabulary.append(("<mask>", NEVER))
    return vocabulary, ids


def _score(piece: Piece, best: float) -> float:
    """A score as the library uses it: user-defined pieces win, and control pieces never match."""
    if piece.kind == "user":
        # unigram_model.cc computes the same: the length in bytes times the best score, minus 0.1.
        return len(piece.text.encode()) * best - 0.1
    return piece.score if piece.kind == "normal" else NEVER


def _tokenizers(
    model: SentencePieceModel, vocabulary: Sequence[tuple[str, float]], ids: Sequence[int]
) -> Iterator[Tokenizer]:
    """Ways to write the model down, first the one that the word cache knows."""
    mapped = [normalizers.Precompiled(model.character_map)] if model.character_map else []
    one_space = [normalizers.Replace(Regex(" {2,}"), " ")] if model.collapses_spaces else []
    ending = model.spaces_end_words
    inner = [p.text[:-1] if ending else p.text[1:] for p in model.pieces]
    # A space inside a piece means that the piece spans words: such text is not cut at its spaces.
    cuts = not any(_SPACE in text for text in inner)
    bytes_first = [decoders.ByteFallback()] if model.byte_fallback else []
    if model.collapses_spaces and cuts and not ending:
        scheme = "always" if model.adds_space else "never"
        yield _assembled(
            _model_of(model, vocabulary, ids),
            [*mapped, *one_space, normalizers.Strip()],
            cutters.Metaspace(prepend_scheme=scheme),
            [*bytes_first, decoders.Metaspace(prepend_scheme=scheme)],
        )
    # SentencePiece strips spaces only; normalizers.Strip would strip all white space.
    edges = [normalizers.Replace(Regex(r"\A +| +\z"), "")] if model.collapses_spaces else []
    # The library has Prepend but no Append: a replacement of the empty match at \z appends.
    mark = normalizers.Replace(Regex(r"\z"), _SPACE) if ending else normalizers.Prepend(_SPACE)
    put = [mark] if model.adds_space else []
    side = "merged_with_previous" if ending else "merged_with_next"
    yield _assembled(
        _model_of(model, vocabulary, ids),
        [*mapped, *one_space, *edges, *put, normalizers.Replace(" ", _SPACE)],
        cutters.Split(_SPACE, side) if cuts else None,
        [decoders.Replace(_SPACE, " "), *bytes_first, decoders.Fuse(),
         decoders.Strip(" ", 0 if ending else 1, 1 if ending else 0)],
    )  # fmt: skip


def _model_of(
    model: SentencePieceModel, vocabulary: Sequence[tuple[str, float]], ids: Sequence[int]
) -> models.Model:
    places = {token: index for index, (token, _) in enumerate(vocabulary)}
    if model.type == "unigram":
        return models.Unigram(list(vocabulary), places["<unk>"], model.byte_fallback)
    merges = _merges(model) if model.type == "bpe" else []
    # sentencepiece makes one unknown token of neighboring unknown characters; so does fuse_unk.
    return models.BPE(
        vocab=places, merges=merges, unk_token=_OWN["unk"], fuse_unk=True,
        byte_fallback=model.byte_fallback,
    )  # fmt: skip


def _merges(model: SentencePieceModel) -> list[tuple[str, str]]:
    """Every pair of pieces that makes a piece, the best piece first, as the library joins them."""
    # A SentencePiece model stores no merges, only pieces with scores: the better one is merged
    # first.
    ranks = {p.text: rank for rank, p in enumerate(model.pieces) if p.kind == "normal"}
    pieces = sorted((p for p in model.pieces if p.kind == "normal"), key=lambda p: -p.score)
    return [
        (piece.text[:cut], piece.text[cut:])
        for piece in pieces
        for cut in range(1, len(piece.text))
        if piece.text[:cut] in ranks and piece.text[cut:] in ranks
    ]


def _assembled(model: Any, steps: Sequence[Any], cutter: Any, decoding: Sequence[Any]) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(list(steps))
    if cutter is not None:
        tokenizer.pre_tokenizer = cutter
    tokenizer.decoder = decoding[0] if len(decoding) == 1 else decoders.Sequence(list(decoding))
    tokenizer.add_special_tokens(_STYLE.added())
    ends = [(token, tokenizer.token_to_id(token)) for token in ("<s>", "</s>")]
    tokenizer.post_processor = TemplateProcessing(
        single=_STYLE.single, pair=_STYLE.pair, special_tokens=ends
    )
    return tokenizer


def _texts(model: SentencePieceModel) -> list[str]:
    """Texts of the model's own pieces, with everything that its rules may do to spaces."""
    usual = [p.text.replace(_SPACE, " ") for p in model.pieces if p.kind == "normal"]
    some = usual[:: max(1, len(usual) // _SAMPLED)]
    rows = [some[start : start + 10] for start in range(0, len(some), 10)]
    texts = [text for row in rows for text in ("".join(row), " ".join(row), "  ".join(row))]
    made = [p.text.replace(_SPACE, " ") for p in model.pieces if p.kind == "user"][:_SAMPLED]
    around = [text for user in made for text in (user, f"a{user}b", f"a {user} b", f"{user} a")]
    # A Unigram model of this library takes any piece before an unknown character: the name of a
    # special token stays text only where its characters are known.
    known = {p.text for p in model.pieces}
    names = [name for name in ("</s>", "<unk>") if known.issuperset(name)]
    return [*_TEXTS, *names, *texts, *around]


def _difference(
    backend: Tokenizer, processor: Any, ids: Sequence[int], texts: Sequence[str]
) -> str:
    """The first text that the two cut differently, in words; empty if there is none."""
    backend.encode_special_tokens = True  # the library takes their names for text
    try:
        for text in texts:
            expected = [ids[index] for index in processor.encode(text)]
            found = backend.encode(text, add_special_tokens=False).ids
            if found != expected:
                shown = [" ".join(map(str, map(backend.id_to_token, x))) for x in (expected, found)]
                return f"{text[:80]!r} would be {shown[1]:.80} instead of {shown[0]:.80}"
    finally:
        backend.encode_special_tokens = False
    return ""
