"""Which tokenizers cut a text at its spaces, so that each word has ids of its own.

They do if no part of them looks across a single space between two words:

- normalizers that change one character at a time, compose characters (nothing composes with a
  space before it) or collapse spaces;
- pre-tokenizers that drop spaces, or start a piece at each of them: GPT-2's expression and its
  descendants, and Metaspace;
- no added token that could match across a space, before or after it is normalized.

For a tokenizer with any other part the answer is no. Parts are read as `tokenizers` saves them.
"""

from collections.abc import Callable, Iterator
from typing import Any

import orjson
from tokenizers import normalizers

from lingraft.tokenizers.expressions import CUTS, SPACE, UNSEEN

METASPACE = "\u2581"  # written for a space; a second one is not put before it

_LOCAL_NORMALIZERS = {
    "BertNormalizer", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "Nmt", "Precompiled",
    "Strip", "StripAccents",
}  # fmt: skip
# What each of them makes of ASCII is the same text.
KEEP_ASCII = {"NFC", "NFD", "NFKC", "NFKD", "StripAccents"}
_COLLAPSES = ({"Regex": r"\s+"}, {"Regex": " {2,}"})
_DROP_SPACES = {"BertPreTokenizer", "Whitespace", "WhitespaceSplit"}
_EXPRESSIONS = [{"Regex": expression} for expression in CUTS]
_CLEANS = (({"Regex": UNSEEN}, ""), ({"Regex": SPACE}, " "))


def cuts_at_spaces(backend: Any) -> bool:
    """Whether every part of a `tokenizers.Tokenizer` is known not to look across a single space."""
    return (
        (drops_spaces(backend) or _keeps_spaces(backend))
        and all(map(_is_local, _parts(backend.normalizer)))
        and normalizer_without_strip(backend)(" a") == " a"
        and all(_stay_within_words(backend))
        and not any(map(repeats, states_of(backend.post_processor)))
        and not is_random(backend.model)
    )


def drops_spaces(backend: Any) -> bool:
    """Whether spaces only separate, so that a word's ids do not say if there was one before it."""
    match states_of(backend.pre_tokenizer):
        case [{"type": first}, *later] if first in _DROP_SPACES and not _strips(backend):
            # With "first", Metaspace marks the first piece of a text only: ids depend on the place.
            return all(step.get("prepend_scheme") != "first" for step in later)
    return False


def normalizer_without_strip(backend: Any) -> Callable[[str], str]:
    """The normalizer without its Strip: for parts of a text, whose edges must keep their spaces."""
    steps = [x for x in _parts(backend.normalizer) if not isinstance(x, normalizers.Strip)]

    def normalize(text: str) -> str:
        for step in steps:
            text = step.normalize_str(text)
        return text

    return normalize


def has_character_map(backend: Any) -> bool:
    """Whether the normalizer has a Precompiled charsmap, which may map characters to any text."""
    return any(isinstance(part, normalizers.Precompiled) for part in _parts(backend.normalizer))


def keeps_ascii(backend: Any) -> bool:
    """Whether the normalizer leaves ASCII as it is, but for capitals, runs of spaces and those at
    the edges of a text."""
    for part in _parts(backend.normalizer):
        if isinstance(part, normalizers.Replace):
            if not collapses_spaces(state_of(part)):
                return False
        elif type(part).__name__ not in {*KEEP_ASCII, "Lowercase", "Strip"}:
            return False
    return True


def collapses_spaces(step: dict[str, Any]) -> bool:
    """Whether a normalizer's step writes one space for each run of them, and does nothing else."""
    is_run = step["type"] == "Replace" and step["pattern"] in _COLLAPSES
    return bool(is_run and step["content"] == " ")


def words_are_pieces(backend: Any) -> bool:
    """Whether a word with the sign for a space before it is what Unigram's model is given."""
    *before, last = states_of(backend.pre_tokenizer) or [{}]
    return (
        type(backend.model).__name__ == "Unigram"
        and [step["type"] for step in before] in ([], ["WhitespaceSplit"])
        and last
        == {
            "type": "Metaspace",
            "replacement": METASPACE,
            "prepend_scheme": "always",
            "split": True,
        }
        and all(token.special for token in backend.get_added_tokens_decoder().values())
    )


def _keeps_spaces(backend: Any) -> bool:
    """Whether each space begins a piece; one that is stripped comes back."""
    match states_of(backend.pre_tokenizer):
        case [{"type": "Metaspace", "replacement": sign, "split": True, "prepend_scheme": scheme}]:
            comes_back = scheme == "always" and _strips_last(backend)
            return sign == METASPACE and (comes_back or not _strips(backend))
        case [{"type": "ByteLevel", "use_regex": True}]:
            return not _strips(backend)
        # Before a digit, the space is a piece of its own, in a word as in a text.
        case [
            {"type": "Digits"},
            {"type": "ByteLevel", "use_regex": True, "add_prefix_space": False},
        ]:
            return not _strips(backend)
        case [
            {"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False},
            {"type": "ByteLevel", "use_regex": False},
        ]:
            return not _strips(backend) and pattern in _EXPRESSIONS
    return False


def _is_local(normalizer: Any) -> bool:
    if not isinstance(normalizer, normalizers.Replace):
        return type(normalizer).__name__ in _LOCAL_NORMALIZERS
    state = state_of(normalizer)
    pattern, content = state["pattern"], state["content"]
    if collapses_spaces(state) or (pattern, content) in _CLEANS:
        return True
    text = pattern.get("String", "")
    return bool(text) and not any(map(str.isspace, text + content))


def _strips(backend: Any) -> int:
    """How often spaces are stripped."""
    return sum(isinstance(part, normalizers.Strip) for part in _parts(backend.normalizer))


def _strips_last(backend: Any) -> bool:
    return _strips(backend) == 1 and isinstance(_parts(backend.normalizer)[-1], normalizers.Strip)


def _stay_within_words(backend: Any) -> Iterator[bool]:
    """Whether no match of an added token touches a space between words, or hides one that does."""
    normalize = normalizer_without_strip(backend)
    drops, strips = drops_spaces(backend), _strips(backend) > 0
    for token in backend.get_added_tokens_decoder().values():
        yield _stays_within_words(token, normalize(token.content), drops, strips)


def _stays_within_words(token: Any, normalized: str, drops: bool, strips: bool) -> bool:
    """Special tokens are taken for text, but found first; Strip takes the space before a token."""
    content = token.content
    if not any(map(str.isspace, content + normalized)):
        return token.special or not (token.lstrip or token.rstrip or strips)
    # A token of two or more spaces matches only between words that are not cut apart anyway;
    # breaks and tabs belong to words.
    # The chain of comparisons means: the token consists of spaces, and of more than one.
    is_known = " " not in content or content == len(content) * " " != " "
    is_plain = content.isspace() and content == normalized
    flags = token.special or token.lstrip or token.rstrip or token.single_word
    return is_known and is_plain and not flags and not drops


def repeats(post_processor: dict[str, Any]) -> bool:
    """Whether a template does not contain the text exactly once."""
    single = post_processor.get("single", [{"Sequence": {}}])
    return sum("Sequence" in piece for piece in single) != 1


def is_random(model: Any) -> bool:
    """Whether it draws ids by lot: BPE's dropout, and Unigram's sampling."""
    return getattr(model, "dropout", None) is not None or getattr(model, "alpha", None) is not None


def state_of(part: Any) -> dict[str, Any]:
    """A part as `tokenizers` saves it; what a user programmed in Python cannot be saved."""
    if type(part).__name__ == "PreTokenizer":  # the base class
        return {"type": "custom"}
    state: dict[str, Any] = orjson.loads(part.__getstate__())
    return state


def states_of(part: Any) -> list[dict[str, Any]]:
    """The same of each step of a normalizer, pre-tokenizer or post-processor."""
    return list(map(state_of, _parts(part)))


def _parts(part: Any) -> list[Any]:
    """The steps of a normalizer, pre-tokenizer or post-processor, in their order."""
    if part is None:
        return []
    # normalizers.Sequence and pre_tokenizers.Sequence are two classes of the same name.
    return list(part) if type(part).__name__ == "Sequence" else [part]
