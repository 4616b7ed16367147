"""tokenizer.json as `tokenizers.Tokenizer`: read as the file says, or refused in one line."""

import json
import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, models

from lingraft.errors import InputError, foreign

TOKENIZER = "tokenizer.json"

# What a normalizer makes of one text may be this many times as long: NFKC knows a ligature of 18
# letters; rules that multiply each other would fill the memory.
_GROWTH = 1000
# An unusual text: an expression with endless backtracking fails on it here, not in a corpus.
_PROBE = "a" * 60 + " " + "1" * 40 + "!" * 40 + "\u00e9\u0e33\u4e2d \n\t ]"


def read_backend(folder: Path) -> Tokenizer:
    """The tokenizer of `folder`/tokenizer.json, without padding and truncation.

    Raises:
        InputError: there is no such file, it is damaged or of a version that the installed
            library does not know, or its rules explode on a short text.
    """
    path = folder / TOKENIZER
    if not folder.is_dir():
        raise InputError(f"tokenizer {folder} does not exist")
    if not path.is_file():
        raise InputError(
            f"{folder} has no {TOKENIZER}; convert its slow tokenizer to a fast one first"
        )
    with foreign(f"the tokenizer in {folder}"):
        with _nothing_on_stderr():
            backend = Tokenizer.from_file(str(path))
            _check_growth(backend, path)
            if hasattr(backend.model, "dropout"):
                backend.model.dropout = None  # for training; it cuts each text at random
            _check_ids(backend, path)
        # Sentence encoders store padding to a fixed length, which would count as tokens of a text.
        backend.no_padding()
        backend.no_truncation()
        return backend


def wrap(backend: Tokenizer, **options: Any) -> Any:
    """A `PreTrainedTokenizerFast` of exactly this tokenizer.

    Args:
        backend: neither copied nor changed; transformers would make special tokens of its roles.
        options: roles, templates, lengths and sides, as `PreTrainedTokenizerFast` takes them.
    """
    from transformers import PreTrainedTokenizerFast

    # The constructor of transformers adds special tokens to the tokenizer that it is given. It gets
    # an empty one; ours replaces it unchanged.
    empty = Tokenizer(models.WordLevel({}, unk_token=""))
    tokenizer: Any = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=empty, **options
    )
    tokenizer._tokenizer = backend
    return tokenizer


def row_count(tokenizer: Any) -> int:
    """Rows of a table of its tokens: the highest id plus one, because ids can have gaps.

    Args:
        tokenizer: of `tokenizers` or of `transformers`.
    """
    return int(max(tokenizer.get_vocab().values())) + 1


@contextmanager
def _nothing_on_stderr() -> Iterator[None]:
    """Rust code that panics first writes a long report to the terminal."""
    sys.stderr.flush()
    # Rust writes to file descriptor 2 itself; a replaced sys.stderr would not catch that.
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


def differences(ours: Tokenizer, theirs: Tokenizer, roles: frozenset[str] = frozenset()) -> str:
    """The parts in which two tokenizers differ, by name; empty where they cut text alike.

    Args:
        roles: tokens of the vocabulary that `theirs` may take for special ones besides:
            transformers does so with every token that has a role.
    """
    names = ("normalizer", "pre_tokenizer", "post_processor", "decoder")
    found = [name for name in names if _part(ours, name) != _part(theirs, name)]
    if not _same_model(ours.model.__getstate__(), theirs.model.__getstate__()):
        found.append("model")
    own, other = _added(ours), _added(theirs)
    more = {token: index for index, token in other.items() if index not in own}
    promoted = all(
        token.content in roles and ours.token_to_id(token.content) == index
        for token, index in more.items()
    )
    if not promoted or any(repr(other.get(index)) != repr(token) for index, token in own.items()):
        found.append("added tokens")
    return ", ".join(found)


def _same_model(ours: bytes, theirs: bytes) -> bool:
    """Equal up to the last digit of Unigram's scores, which reading a file may round."""
    if ours == theirs:
        return True
    ours_state, theirs_state = json.loads(ours), json.loads(theirs)
    if ours_state.get("type") != "Unigram" or theirs_state.get("type") != "Unigram":
        return False
    own, other = ours_state.pop("vocab"), theirs_state.pop("vocab")
    return (
        ours_state == theirs_state
        and len(own) == len(other)
        and all(
            token == same and math.isclose(score, close, rel_tol=1e-12)
            for (token, score), (same, close) in zip(own, other, strict=True)
        )
    )


def _added(backend: Tokenizer) -> dict[int, Any]:
    return dict(backend.get_added_tokens_decoder())


def _part(backend: Tokenizer, name: str) -> Any:
    part = getattr(backend, name)
    state = None if part is None else json.loads(part.__getstate__())
    if name == "post_processor" and state is not None and state["type"] == "TemplateProcessing":
        return None if not state["special_tokens"] and state["single"] == _ALONE else state
    return state


_ALONE = [{"Sequence": {"id": "A", "type_id": 0}}]


def _check_ids(backend: Tokenizer, path: Path) -> None:
    """Each token has an id of its own, and what is put around a text is a token."""
    names: dict[int, str] = {}
    for token, index in backend.get_vocab(with_added_tokens=False).items():
        if (other := names.setdefault(index, token)) != token:
            raise InputError(
                f"{path} gives the id {index} to two tokens, {other!r:.40} and {token!r:.40}; give "
                "each an id of its own"
            )
    for encoding in (backend.encode(_PROBE), backend.encode(_PROBE, _PROBE)):
        for index in set(encoding.ids):
            if backend.id_to_token(index) is None:
                raise InputError(
                    f"the post_processor in {path} adds the id {index}, which no token has; give "
                    "it the ids of the vocabulary"
                )


def _check_growth(backend: Tokenizer, path: Path) -> None:
    """Normalize what the rules themselves are about, step by step, and stop before it explodes."""
    if backend.normalizer is None:
        return
    steps = _steps(backend.normalizer)
    states = [json.loads(step.__getstate__()) for step in steps]
    literals = [str(state.get("pattern", {}).get("String", "")) for state in states]
    text = " ".join(dict.fromkeys([_PROBE, *literals, *(s.get("content", "") for s in states)]))
    limit = _GROWTH * len(text)
    for step, state in zip(steps, states, strict=True):
        # A Replace can put its content at each character. The text is cut so that the step stays
        # within the limit, and is then tried.
        if len(text) * max(1, len(state.get("content", ""))) > limit:
            text = text[: max(1, limit // len(state["content"]))]
            if len(step.normalize_str(text)) >= limit // 2:
                raise InputError(
                    f"the normalizer in {path} makes a text more than {_GROWTH} times as long; "
                    "remove the rules that repeat what they replace"
                )
        text = step.normalize_str(text)


def _steps(part: Any) -> list[Any]:
    return [x for y in part for x in _steps(y)] if type(part).__name__ == "Sequence" else [part]
