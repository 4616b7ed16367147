"""Templates of languages: each is whole, and one of the user's own goes first."""

from pathlib import Path
from typing import Any

import pytest

import lingraft.evaluation.data.question_templates as module
from lingraft.config.checking import check_block
from lingraft.errors import ConfigError
from lingraft.evaluation.data.question_templates import KINDS, QuestionTemplate, template_of

FILES = sorted(Path(module.__file__).with_name("lang_game").glob("*.yaml"))
OWN: dict[str, Any] = {
    **dict.fromkeys(("most", "contains", "starts", "ends"), "has {part}"),
    **dict.fromkeys(("longest", "shortest"), "size"),
    "frame": "{question}: {options} = {answer}",
}


@pytest.mark.parametrize("name", [path.stem for path in FILES])
def test_a_template_asks_every_question_in_its_own_words(name: str) -> None:
    template, called = template_of(name if name != "symbols" else "xxx_Xxxx", {})
    assert name in called
    options = ["uno", "dos", "tres", "quatro"]
    asked = [template.ask(kind, "ñ" if kind in KINDS[:4] else "", options) for kind in KINDS]
    assert len(set(asked)) == len(KINDS)
    for text in asked:
        assert template.separator.join(options) in text
        assert "{" not in text and "  " not in text and text == text.lstrip()
    assert all("ñ" in text for text in asked[:4])


def test_there_are_many_languages() -> None:
    assert len(FILES) >= 14
    languages = {"eng_Latn", "tur_Latn", "swh_Latn", "deu_Latn", "fra_Latn", "hin_Deva", "zho_Hans"}
    assert languages <= {path.stem for path in FILES}


def test_an_own_template_goes_first() -> None:
    own = QuestionTemplate(**OWN)
    assert template_of("eng_Latn", {"eng_Latn": own})[0] is own
    assert own.ask("starts", "ab", ["x", "y"]) == "has ab: x, y = "
    assert "symbols" in template_of("wol_Latn", {"eng_Latn": own})[1]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"most": "which?"}, r"most must have exactly \{part\}, not 'which\?'"),
        ({"ends": "{part} {part}"}, "ends must have exactly"),
        ({"longest": "{part}"}, "longest must have no place in braces"),
        ({"frame": "{question} {answer}"}, "frame must have exactly .*options"),
        ({"frame": "{answer} {question} {options}"}, "frame must end with {answer}"),
        ({"separator": ""}, "separator must not be empty"),
        ({"shortest": None}, "shortest"),
    ],
)
def test_a_template_without_its_places_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_block(QuestionTemplate, OWN | changed, "templates")
