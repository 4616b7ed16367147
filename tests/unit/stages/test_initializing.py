"""A generator reads its model and its vectors; an initialization waits for its generator alone."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from lingraft.errors import ConfigError
from lingraft.experiment.loading import check
from lingraft.stages.references import EvidenceNames, evidence
from lingraft.stages.rules import Rules
from lingraft.stages.settings import settings_text

ROOT = Path(__file__).parents[3]
CELL = {"run": "swahili", "initialization": "made", "seed": "1"}
PIECES = {"method": "hypernetwork", "model": "tiny-bert"}
WORDS = {"method": "hyperofa", "model": "tiny-bert", "alignments": ["english-swahili"]}
MANY = {"method": "hyperofa", "model": "tiny-bert", "vectors": "english"}


def content(generator: dict[str, Any], **method: Any) -> dict[str, Any]:
    tiny: dict[str, Any] = yaml.safe_load((ROOT / "config" / "tiny.yaml").read_text("utf-8"))
    tiny["generators"] = {"one": generator}
    tiny["initializations"]["made"] = {"method": "generated", "generator": "one", **method}
    tiny["runs"]["swahili"]["initializations"].append("made")
    return tiny


def inputs(stage: str, tiny: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return dict(Rules(check(tiny, "tiny")).inputs_of(stage)(names))


def test_a_generator_waits_for_what_it_reads() -> None:
    model = "<results>/source_models/tiny-bert/ready/manifest.json"
    names = {"name": "one"}
    assert inputs("train_generator", content(PIECES), names) == {"models": [model]}
    assert inputs("train_generator", content(WORDS), names) == {
        "models": [model],
        "vectors": [f"<results>/vectors/{name}/manifest.json" for name in ("english", "swahili")],
        "alignments": ["<results>/alignments/english-swahili/manifest.json"],
    }
    many = content(MANY)
    many["runs"]["swahili"]["multilingual_vectors"] = "english"
    read = inputs("train_generator", many, names)
    assert read == {"models": [model], "vectors": ["<results>/vectors/english/manifest.json"]}
    text = content(PIECES | {"language_model": {"corpora": ["english"]}})
    read = inputs("train_generator", text, names)
    assert read == {"models": [model], "corpora": ["<results>/corpora/english/manifest.json"]}
    text["generators"]["one"]["language_model"]["corpora"] = ["none"]
    with pytest.raises(ConfigError, match=r"generators.one.language_model.corpora"):
        check(text, "tiny")


def test_an_initialization_waits_for_its_generator_and_the_same_vectors() -> None:
    read = inputs("initialize_embeddings", content(PIECES), CELL)
    assert read["generator"] == "<results>/generators/one/manifest.json"
    assert "alignment" not in read and "source_vectors" not in read
    read = inputs("initialize_embeddings", content(WORDS), CELL)
    assert read["source_vectors"] == "<results>/vectors/english/manifest.json"
    assert read["target_vectors"] == ["<results>/vectors/swahili/manifest.json"]
    plain = inputs("initialize_embeddings", content(WORDS), CELL | {"initialization": "random"})
    assert "generator" not in plain
    assert evidence(check(content(WORDS), "tiny"), "swahili", "made") == EvidenceNames(
        alignments=("english-swahili",), generator="one"
    )


def test_a_changed_generator_plans_its_own_training() -> None:
    texts = [
        settings_text(check(content(block), "tiny").generators["one"], "generator")
        for block in (PIECES, PIECES | {"layers": 3})
    ]
    assert texts == [
        '{"method": "hypernetwork", "model": "tiny-bert", "stage_version": 2}',
        '{"layers": 3, "method": "hypernetwork", "model": "tiny-bert", "stage_version": 2}',
    ]


def _other_model(tiny: dict[str, Any]) -> None:
    tiny["models"]["other"] = dict(tiny["models"]["tiny-bert"])
    tiny["generators"]["one"]["model"] = "other"


def _no_alignment(tiny: dict[str, Any]) -> None:
    tiny["runs"]["swahili"] |= {"alignments": [], "initializations": ["random", "made"]}


@pytest.mark.parametrize(
    ("generator", "change", "said"),
    [
        (PIECES, _other_model, "but made takes generators.one, which learns the rows of other"),
        (PIECES | {"width": 8}, None, "initializations.made.width is None, but generators.one"),
        (WORDS, _no_alignment, "initializations.made: 'english-swahili' is not in runs.swahili"),
        (MANY, None, "multilingual_vectors is None, but made takes generators.one, which reads"),
        (PIECES | {"model": "x"}, None, "generators.one.model: 'x' is not in models"),
        (WORDS | {"alignments": ["x"]}, None, "generators.one.alignments: 'x' is not in"),
        (MANY | {"vectors": "x"}, None, "generators.one.vectors: 'x' is not in vectors"),
    ],
    ids=[
        "another model",
        "another width",
        "no alignment",
        "no vectors",
        "unknown model",
        "unknown alignment",
        "unknown vectors",
    ],
)
def test_what_does_not_fit_together_is_one_line(
    generator: dict[str, Any], change: Any, said: str
) -> None:
    tiny = content(dict(generator))
    if change is not None:
        change(tiny)
    with pytest.raises(ConfigError) as caught:
        check(tiny, "tiny")
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_an_unknown_generator_is_answered() -> None:
    tiny = content(PIECES)
    tiny["initializations"]["made"]["generator"] = "on"
    with pytest.raises(ConfigError, match="'on' is not in generators; did you mean 'one'"):
        check(tiny, "tiny")
