"""Lists of tokens with descriptions, as a configuration or a file beside it writes them."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

_MOST_BYTES = 65_536  # of a file: the tokens become part of a command line


def _as_mapping(given: Any) -> Any:
    """Token -> description from a mapping, a list of tokens, or the name of a file."""
    if isinstance(given, str):
        return _read(Path(given))
    if isinstance(given, list | tuple):
        return dict.fromkeys(_once(map(str, given)), "")
    return given


def _read(path: Path) -> dict[str, str]:
    try:
        content = path.read_bytes()
        lines = content.decode("utf-8").splitlines()
    except OSError:
        raise ValueError(f"there is no file {path}; give one of lines `token<TAB>text`") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not valid UTF-8") from None
    if len(content) > _MOST_BYTES:
        raise ValueError(
            f"{path} has {len(content)} bytes, {_MOST_BYTES} at most: a list is for tokens that "
            "text does not show; learn the others from corpora"
        )
    rows = [line.partition("\t") for line in lines if line.strip()]
    _once(token for token, _, _ in rows)
    return {token: description.strip() for token, _, description in rows}


def _once(tokens: Iterable[str]) -> Iterable[str]:
    found = Counter(tokens)
    if twice := [token for token, count in found.items() if count > 1]:
        raise ValueError(f"{twice[0]!r} is listed twice")
    return found


def _check(tokens: dict[str, str]) -> dict[str, str]:
    if wrong := [token for token in tokens if token != token.strip() or not token]:
        raise ValueError(f"{wrong[0]!r} is not a valid token: it is empty, or has spaces around it")
    return tokens


TokenList = Annotated[
    dict[Annotated[str, Field(max_length=256)], str],
    BeforeValidator(_as_mapping, json_schema_input_type=dict[str, str] | list[str] | str),
    AfterValidator(_check),
]
"""Token -> description. Written as a mapping, as a list of tokens (then without descriptions), or
as the path of a UTF-8 file with a line `token<TAB>description` for each token; the description may
be left out. The file is read with the configuration, so a change of it is a change of this."""
