"""Encode each different word of a corpus once.

Most tokenizers cut a text at its spaces before they look at words, so the ids of a text are those
of its words, joined; and a corpus consists of few words, again and again. Where that holds for a
tokenizer, `WordCache` gives what `encode_batch_fast` gives, in a fraction of the time.

It holds if no part of the tokenizer looks across a single space between two words:

- normalizers that change one character at a time, compose characters (nothing composes with a
  space before it) or collapse spaces;
- pre-tokenizers that drop spaces, or start a piece at each of them: GPT-2's expression and its
  descendants, and Metaspace;
- no added token that could match across a space.

Tokenizers with any other part are left alone (`cuts_at_spaces`), and so are documents with a word
that a normalizer may have given spaces of its own (`_is_plain`).
"""

import json
from array import array
from collections.abc import Iterable
from typing import Any, cast

from tokenizers import normalizers

_LIMIT = 1 << 23  # characters in the cache, about 100 MB with what Python adds
_LONG_WORD = 12  # characters; Chinese or Thai sentences are "words" that never come again
_OVERHEAD = 32  # what an entry costs beside its characters, in characters

_LOCAL_NORMALIZERS = {
    "BertNormalizer", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "Nmt", "Precompiled",
    "StripAccents",
}  # fmt: skip
_COLLAPSES = ({"Regex": r"\s+"}, {"Regex": " {2,}"})
_METASPACE = "\u2581"  # stands for a space; no second one is put before it
_DROP_SPACES = {"BertPreTokenizer", "Whitespace", "WhitespaceSplit"}
# cl100k's expression, as Llama 3 has it, and Qwen's, which takes one digit at a time.
_EXPRESSION = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{digits}"
    r"| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_EXPRESSIONS = [{"Regex": _EXPRESSION.format(digits=digits)} for digits in ("", "{1,3}")]


class WordCache:
    """The ids of words that one tokenizer has encoded.

    Args:
        backend: a `tokenizers.Tokenizer` for which `cuts_at_spaces` holds; it must neither
            truncate nor pad, and take special tokens for text (`encode_special_tokens`).
    """

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._drops_spaces = _drops_spaces(backend)
        self._normalizers = [
            part for part in _parts(backend.normalizer) if not isinstance(part, normalizers.Strip)
        ]
        self._ids: dict[str, bytes | None] = {}  # None: the word cannot be cut off
        self._size = 0

    def encode(self, texts: list[str]) -> list[bytes]:
        """Ids of each text without special tokens, as the bytes of uint32."""
        cut = [(row, words) for row, text in enumerate(texts) if (words := _words(text))]
        self._learn(words for _, words in cut)
        documents: list[bytes | None] = [None] * len(texts)
        for row, words in cut:
            ids = [self._ids[word] for word in words]
            if None not in ids:
                documents[row] = b"".join(cast(list[bytes], ids))
        rest = [row for row, document in enumerate(documents) if document is None]
        encoded = encode_whole(self._backend, [texts[row] for row in rest])
        for row, whole in zip(rest, encoded, strict=True):
            documents[row] = whole
        return cast(list[bytes], documents)

    def _learn(self, documents: Iterable[list[str]]) -> None:
        if self._size > _LIMIT:
            self._ids.clear()
            self._size = 0
        new = sorted({word for words in documents for word in words if word not in self._ids})
        plain = [word for word in new if self._is_plain(word)]
        self._ids.update(dict.fromkeys(new))
        self._ids.update(zip(plain, encode_whole(self._backend, plain), strict=True))
        self._size += sum(map(len, new)) + _OVERHEAD * len(new)

    def _is_plain(self, word: str) -> bool:
        """Whether the only space at its edges is the one before it, normalized or not."""
        if self._drops_spaces:
            return True
        for normalizer in self._normalizers:
            word = normalizer.normalize_str(word)
        body = word.removeprefix(" ")
        return bool(body) and not (body[0].isspace() or body[-1].isspace() or body[0] == _METASPACE)


def _words(text: str) -> list[str]:
    """The words, each with the space before it; nothing where there are none to be met again."""
    if len(text) > _LONG_WORD * text.count(" ") or "\0" in text:
        return []
    return text.replace(" ", "\0 ").split("\0")


def encode_whole(backend: Any, texts: list[str]) -> list[bytes]:
    """Ids of each text without special tokens, as the bytes of uint32, by the tokenizer itself."""
    encodings = backend.encode_batch_fast(texts, add_special_tokens=False)
    return [array("I", encoding.ids).tobytes() for encoding in encodings]  # faster than NumPy


def cuts_at_spaces(backend: Any) -> bool:
    """Whether every part of a `tokenizers.Tokenizer` is known not to look across a single space."""
    return (
        getattr(backend.model, "dropout", None) is None
        and (_drops_spaces(backend) or _keeps_spaces(backend))
        and all(_is_local(step) or step["type"] == "Strip" for step in _steps(backend.normalizer))
        and not any(_may_cross(backend, token) for token in _matched_tokens(backend))
    )


def _is_local(normalizer: dict[str, Any]) -> bool:
    if normalizer["type"] != "Replace":
        return normalizer["type"] in _LOCAL_NORMALIZERS
    pattern, content = normalizer["pattern"], normalizer["content"]
    if pattern in _COLLAPSES:
        return bool(content == " ")
    return not any(map(str.isspace, pattern.get("String", " ") + content))


def _drops_spaces(backend: Any) -> bool:
    """Whether spaces only separate, so that a word's ids do not say if there was one before it."""
    match _steps(backend.pre_tokenizer):
        case [{"type": first}, *later] if first in _DROP_SPACES:
            return all(step.get("prepend_scheme") != "first" for step in later)
    return False


def _keeps_spaces(backend: Any) -> bool:
    """Whether each space begins a piece; one that is stripped comes back."""
    *others, last = ["", *(str(step["type"]) for step in _steps(backend.normalizer))]
    if "Strip" in others:
        return False
    match _steps(backend.pre_tokenizer):
        case [{"type": "Metaspace", "split": True, "prepend_scheme": scheme}]:
            return last != "Strip" or bool(scheme == "always")
        case [{"type": "ByteLevel", "use_regex": True}]:
            return last != "Strip"
        case [
            {"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False},
            {"type": "ByteLevel", "use_regex": False},
        ]:
            return bool(last != "Strip" and pattern in _EXPRESSIONS)
    return False


def _matched_tokens(backend: Any) -> list[Any]:
    return [token for token in backend.get_added_tokens_decoder().values() if not token.special]


def _may_cross(backend: Any, token: Any) -> bool:
    if token.lstrip or token.rstrip:
        return True
    # Spaces alone, two or more, stand between words that are not cut apart in any case.
    only_spaces = token.content.isspace() and len(token.content) > 1
    return " " in token.content and (_drops_spaces(backend) or not only_spaces)


def _steps(part: Any) -> list[dict[str, Any]]:
    """A normalizer's or pre-tokenizer's parts in their order, as `tokenizers` saves them."""
    return [json.loads(step.__getstate__()) for step in _parts(part)]


def _parts(part: Any) -> list[Any]:
    if part is None:
        return []
    return list(part) if type(part).__name__ == "Sequence" else [part]
