"""An evaluation waits for the generator that its task takes, if it learned the run's model."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from lingraft.errors import ConfigError
from lingraft.experiment.loading import check
from lingraft.stages.rules import Rules

ROOT = Path(__file__).parents[3]
CELL = {"run": "swahili", "initialization": "wechsel", "seed": "1", "step": "initialized"}
BYTES = {"method": "byte2word", "model": "tiny-bert"}
WORDS = {"method": "hyperofa", "model": "tiny-bert", "alignments": ["english-swahili"]}


def content(generator: dict[str, Any], embeddings: str = "one") -> dict[str, Any]:
    tiny: dict[str, Any] = yaml.safe_load((ROOT / "config" / "tiny.yaml").read_text("utf-8"))
    tiny["generators"] = {"one": generator}
    tiny["models"]["other"] = dict(tiny["models"]["tiny-bert"])
    tiny["evaluation"]["dynamic_decoding"] = {"embeddings": embeddings}
    return tiny


def test_the_generator_is_an_input_of_its_own_model_alone() -> None:
    made = "<results>/generators/one/manifest.json"
    for generator, embeddings, expected in [
        (BYTES, "one", [made]),
        (BYTES | {"model": "other"}, "one", []),
        (BYTES, "fvt", []),
    ]:
        rules = Rules(check(content(generator, embeddings), "tiny"))
        assert dict(rules.inputs_of("evaluate")(CELL)).get("generators") == expected


@pytest.mark.parametrize(
    ("generator", "embeddings", "said"),
    [
        (BYTES, "on", "evaluation.dynamic_decoding.embeddings: 'on' is not in generators"),
        (WORDS, "one", "evaluation.dynamic_decoding.embeddings: one reads word vectors"),
        (BYTES | {"width": 8}, "one", "evaluation.dynamic_decoding.embeddings: one makes coord"),
    ],
)
def test_what_does_not_fit_is_one_line(
    generator: dict[str, Any], embeddings: str, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        check(content(generator, embeddings), "tiny")
    assert said in str(caught.value) and "\n" not in str(caught.value)
