"""All text of a run is written alike, or the configuration is refused with its key."""

from typing import Any

import pytest

from lingraft.errors import ConfigError
from lingraft.experiment.loading import check

WX = {"name": "wx"}


def _corpus(language: str, **more: Any) -> dict[str, Any]:
    return {"language": language, "texts": [{"source": "text", "format": "text"}], **more}


def _config(**changed: Any) -> dict[str, Any]:
    config = {
        "experiment": "indic",
        "sources": {"text": {"kind": "local", "path": "data"}},
        "models": {"small": {"source": "text", "language": "eng_Latn"}},
        "corpora": {
            "hindi": _corpus("hin_Deva", normalizer=WX),
            "english": _corpus("eng_Latn"),
            "gujarati": _corpus("guj_Gujr", normalizer=WX),
            "marathi": _corpus("mar_Deva"),
        },
        "tokenizers": {"own": {"corpora": ["hindi"]}},
        "initializations": {"random": {"method": "random"}},
        "runs": {
            "hindi": {
                "model": "small", "tokenizer": "own", "corpora": ["hindi"],
                "evaluation_corpora": ["english", "gujarati"], "initializations": ["random"],
            }
        },
        "evaluation": {"language_model": {}},
    }  # fmt: skip
    return config | changed


def _run(**changed: Any) -> dict[str, Any]:
    return {"hindi": _config()["runs"]["hindi"] | changed}


def test_languages_that_a_normalizer_does_not_cover_need_none() -> None:
    check(_config(), "test")


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"tokenizers": {"own": {"corpora": ["hindi", "marathi"]}}},
         r"tokenizers\.own: its text has the normalizer wx, and corpora\.marathi \(mar_Deva\)"),
        ({"runs": _run(evaluation_corpora=["marathi"])},
         r"runs\.hindi with tokenizers\.own: its text .* corpora\.marathi \(mar_Deva\) has none"),
        ({"tokenizers": {"own": {"algorithm": "pretrained", "source": "text"}}},
         r"its text has the normalizer none, and corpora\.hindi \(hin_Deva\) has wx"),
        ({"tokenizers": {"own": {"corpora": ["hindi"], "lowercase": True}}},
         r"tokenizers\.own\.lowercase: case is spelling in wx"),
        ({"vectors": {"own": {"corpus": "hindi", "lowercase": True}}},
         r"vectors\.own\.lowercase: case is spelling in wx"),
        ({"evaluation": {"language_model": {}, "mteb": {"tasks": ["STS22"]}}},
         r"evaluation\.mteb brings texts of its own"),
        ({"runs": _run(encoders=["own"]), "encoders": {"own": {"start": "initialized", "stages": [
            {"data": ["pairs"], "loss": {"name": "infonce"}, "steps": 5}]}},
          "training_sets": {"pairs": {"kind": "records", "form": "pairs", "source": "text",
                                      "language": "hin_Deva"}}},
         r"training_sets\.pairs is read from files"),
        ({"corpora": _config()["corpora"] | {"hindi": _corpus("eng_Latn", normalizer=WX)}},
         r"corpora\.hindi.*wx leaves text of eng_Latn as it is"),
    ],
)  # fmt: skip
def test_what_does_not_meet_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check(_config(**changed), "test")


def test_other_options_are_another_spelling() -> None:
    corpora = _config()["corpora"]
    corpora["gujarati"] = _corpus("guj_Gujr", normalizer=WX | {"latin": "kept"})
    with pytest.raises(ConfigError, match=r"corpora\.gujarati \(guj_Gujr\) has wx; give both"):
        check(_config(corpora=corpora), "test")
