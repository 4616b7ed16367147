"""How questions about words are asked in a language: files of `lang_game/`, or the user's own."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, Self, get_args

from pydantic import model_validator

from lingraft.config.base import Block, Language
from lingraft.config.checking import check_block
from lingraft.config.yaml_files import read_yaml

Kind = Literal["most", "contains", "starts", "ends", "longest", "shortest"]
KINDS: tuple[Kind, ...] = get_args(Kind)

SYMBOLS = "symbols"  # asks in no language
_FOLDER = Path(__file__).parent / "lang_game"
_PLACE = re.compile(r"\{[^{}]*\}")
_NEEDS: Mapping[str, list[str]] = {
    **{kind: ["{part}"] for kind in ("most", "contains", "starts", "ends")},
    **{key: [] for key in ("longest", "shortest", "separator")},
    "frame": ["{question}", "{options}", "{answer}"],
}


class QuestionTemplate(Block):
    """The questions of one language, with `{part}` for letters of a word."""

    most: str
    """Which word has the most of the letter {part}?"""
    contains: str
    """Which word has {part} in it?"""
    starts: str
    """Which word begins with {part}?"""
    ends: str
    """Which word ends with {part}?"""
    longest: str
    """Which word is the longest?"""
    shortest: str
    """Which word is the shortest?"""
    frame: str
    """All of it, with {question}, {options} and, at the end, {answer}."""
    separator: str = ", "
    """Between two options."""

    @model_validator(mode="after")
    def _has_its_places(self) -> Self:
        for name, needed in _NEEDS.items():
            text = getattr(self, name)
            if sorted(_PLACE.findall(text)) != sorted(needed):
                wanted = f"exactly {', '.join(needed)}" if needed else "no place in braces"
                raise ValueError(f"{name} must have {wanted}, not {text!r}")
        if not self.frame.endswith("{answer}"):
            raise ValueError("frame must end with {answer}: it is what the model continues")
        if not self.separator:
            raise ValueError("separator must not be empty: the options would run together")
        return self

    def ask(self, kind: Kind, part: str, options: list[str]) -> str:
        """The text before the answer; a space before it is part of the answer."""
        question = getattr(self, kind).replace("{part}", part)
        listed = self.separator.join(options)
        # `{part}` is letters of words, so no replaced text has a place in braces itself.
        whole = self.frame.replace("{question}", question).replace("{options}", listed)
        return str(whole.removesuffix("{answer}"))


def template_of(
    language: str, own: Mapping[Language, QuestionTemplate]
) -> tuple[QuestionTemplate, str]:
    """The template of a language, and what to call it.

    Args:
        language: as `swh_Latn`.
        own: the user's templates, which go first.
    """
    if language in own:
        return own[language], "the settings' own template"
    if (_FOLDER / f"{language}.yaml").is_file():
        return _read(language), f"the template {language}"
    return _read(SYMBOLS), "symbols, because there is no template of this language"


@cache
def _read(name: str) -> QuestionTemplate:
    path = _FOLDER / f"{name}.yaml"
    return check_block(QuestionTemplate, read_yaml(path), str(path))
