"""How a vocabulary writes words: the marks of its tokens, and the text of a token without them.

` the` is `Ġthe` in byte-level BPE, `▁the` in SentencePiece, `the` in WordPiece, whose `##ing` is
`ing`, and `the</w>` where ends are marked (XLM, HerBERT, CLIP; `th@@ e` in older files). The marks
are options of the model in tokenizer.json; where it has none, the tokens are asked.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

Spelling = Literal["bytes", "metaspace", "wordpiece", "suffix", "unfinished", "plain"]
Speller = Callable[[str], str]

_FIRST: Mapping[Spelling, str] = {"metaspace": "▁", "bytes": "Ġ", "wordpiece": "##"}
_LAST: Mapping[Spelling, str] = {"suffix": "</w>", "unfinished": "@@"}


def spelling_of(backend: Any) -> Spelling:
    """How the vocabulary of a `tokenizers.Tokenizer` marks the edges of words."""
    parts = _parts(backend)
    if end_mark(backend.model):
        return "suffix"
    if type(backend.model).__name__ == "WordPiece" or inside_mark(backend.model):
        return "wordpiece"
    if "ByteLevel" in parts:
        return "bytes"
    if "Metaspace" in parts or "▁" in parts:
        return "metaspace"
    return _guess(backend.get_vocab())


def inside_mark(model: Any) -> str:
    """What a token inside of a word begins with, by the options of a model (`##`); empty if it has
    no such option."""
    return getattr(model, "continuing_subword_prefix", None) or ""


def end_mark(model: Any) -> str:
    """What the last token of a word ends with, by the options of a model (`</w>`); empty if it has
    no such option."""
    return getattr(model, "end_of_word_suffix", None) or ""


def speller(backend: Any, spelling: Spelling) -> Speller:
    """A function that gives the plain text of a token, with a space where it begins a word.

    If only the ends of words are marked, tokens that end a word get the space, because most of them
    are whole words.
    """
    letters = _from_bytes if "ByteLevel" in _parts(backend) else _as_it_is
    match spelling:
        case "suffix":
            suffix = end_mark(backend.model) or _LAST["suffix"]
            return lambda token: _ending(token, suffix, letters)
        case "unfinished":
            return lambda token: _unmarked(token, token.removesuffix(_LAST["unfinished"]))
        case "wordpiece":
            prefix = inside_mark(backend.model) or _FIRST["wordpiece"]
            return lambda token: _unmarked(token, token.removeprefix(prefix), letters)
        case "bytes":
            return _from_bytes
        case "metaspace":
            return _from_metaspace
        case "plain":
            return _as_it_is


def _parts(backend: Any) -> str:
    return " ".join(map(repr, (backend.normalizer, backend.pre_tokenizer, backend.decoder)))


def _guess(tokens: Mapping[str, int]) -> Spelling:
    counts: dict[Spelling, int] = {
        kind: sum(token.startswith(mark) for token in tokens) for kind, mark in _FIRST.items()
    }
    counts |= {kind: sum(token.endswith(mark) for token in tokens) for kind, mark in _LAST.items()}
    best = max(counts, key=lambda kind: counts[kind])
    return best if counts[best] > 0.01 * len(tokens) else "plain"


def _byte_of_character() -> dict[str, int]:
    """GPT-2's alphabet: printable bytes are themselves, the others follow U+0100 in order."""
    # 0x7F is a control character, and 0xAD the soft hyphen, which is not visible.
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(0x100) if byte not in printable]
    table = {chr(byte): byte for byte in printable}
    return table | {chr(0x100 + position): byte for position, byte in enumerate(hidden)}


BYTE_OF_CHARACTER = _byte_of_character()
CHARACTER_OF_BYTE = {byte: character for character, byte in BYTE_OF_CHARACTER.items()}


def bytes_of(token: str) -> bytes | None:
    """What a token of a byte-level vocabulary stands for; None for an added token, which has other
    characters."""
    try:
        return bytes(BYTE_OF_CHARACTER[character] for character in token)
    except KeyError:
        return None


def _from_bytes(token: str) -> str:
    content = bytes_of(token)
    if content is None:
        return token
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(f"<0x{byte:02X}>" for byte in content)


def _from_metaspace(token: str) -> str:
    return token.replace("▁", " ")


def _as_it_is(token: str) -> str:
    return token


def _unmarked(token: str, rest: str, letters: Speller = _as_it_is) -> str:
    """A token without its mark belongs to another; one that has none is a word, or its edge."""
    if token != rest:
        return letters(rest)
    return " " + letters(token) if token else ""


def _ending(token: str, suffix: str, letters: Speller) -> str:
    """`dom</w>` is the word "dom", or its last piece; `do` is a piece that something follows."""
    if token.endswith(suffix):
        return " " + letters(token.removesuffix(suffix))
    return letters(token)
