"""How somebody spreads trainings over runs changes no number and no word of the report."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from synthetic import configuration, write_results

from lingraft.experiment.configuration import Config
from lingraft.experiment.loading import check
from lingraft.reporting.collected.pooling import pool, pools
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.stage import build
from lingraft.reporting.writing.content import Content
from lingraft.reporting.writing.sections import compose
from lingraft.stages.settings import config_text
from lingraft.stages.trainings import TrainingId, trainings

NAMES = ("random", "mean", "wechsel")
LANGUAGES = {"swahili": ["swh_Latn"], "chinese": ["zho_Hans"]}


def rewritten(config: Config, runs: Mapping[str, Mapping[str, Any]]) -> Config:
    """The configuration with other runs, each a change of a run that it has."""
    content = json.loads(config_text(config))
    old = content["runs"]
    content["runs"] = {
        name: {**old[change["of"]], **{k: v for k, v in change.items() if k != "of"}}
        for name, change in runs.items()
    }
    return check(content, "rewritten.yaml")


def move(results: Path, training: TrainingId, run: str) -> None:
    """Put a training's files under another run."""
    new = replace(training, run=run)
    for kind in ("models", "evaluation"):
        target = results / kind / new.folder
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(results / kind / training.folder, target)
    for path in (results / "benchmarks/models").glob(f"{training.folder}-*"):
        target = results / "benchmarks/models" / f"{new.folder}-{path.name.rpartition('-')[2]}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, Path, Content]:
    """Two languages with two seeds in two runs, as they are pooled."""
    config = configuration(LANGUAGES, NAMES, seeds=(1, 2))
    results = write_results(config, tmp_path_factory.mktemp("whole"), 20, 30)
    return config, results, compose(config, collect(config, results))


def said(content: Content) -> list[Sequence[str]]:
    return [(c.title, *c.sentences) for c in content.conclusions]


def test_a_language_split_into_two_runs_is_one_language(
    whole: tuple[Config, Path, Content], tmp_path: Path
) -> None:
    config, results, content = whole
    results = shutil.copytree(results, tmp_path / "results")
    split = {
        "swahili": {"of": "swahili", "seeds": [1]},
        "chinese": {"of": "chinese"},
        "swahili-again": {"of": "swahili", "seeds": [2]},
    }
    for name in NAMES:
        move(results, TrainingId("swahili", name, 2), "swahili-again")
    apart = rewritten(config, split)
    found = compose(apart, collect(apart, results))
    assert found.findings == content.findings
    assert said(found) == said(content)
    assert [t.rows for t in found.tables][:2] == [t.rows for t in content.tables][:2]
    assert found.collection.gaps == ()


def test_seeds_of_one_initialization_are_seeds_of_the_language(tmp_path: Path) -> None:
    """Two seeds of random alone, by a mapping or in a run of their own."""
    plain = configuration({"swahili": ["swh_Latn"]}, NAMES)
    config = rewritten(plain, {"swahili": {"of": "swahili", "seeds": {"random": [1, 2]}}})
    results = write_results(config, tmp_path, 20, 30)
    content = compose(config, collect(config, results))
    assert {f.initialization: f.seeds for f in content.findings} == {
        "random": 2, "mean": 1, "wechsel": 1
    }  # fmt: skip
    more = {"of": "swahili", "initializations": ["random"], "seeds": [2]}
    apart = rewritten(config, {"swahili": {"of": "swahili", "seeds": [1]}, "more": more})
    move(results, TrainingId("swahili", "random", 2), "more")
    assert compose(apart, collect(apart, results)).findings == content.findings
    assert pools(apart) == {"swahili": "swahili", "more": "swahili"}


def test_more_seeds_of_a_trained_initialization_are_of_the_run_that_trains_it(
    tmp_path: Path,
) -> None:
    """Also where that run does not train all of its initializations."""
    recipes = {"random": "short", "wechsel": "short"}
    plain = configuration({"swahili": ["swh_Latn"]}, NAMES, pretraining=recipes)
    config = rewritten(plain, {"swahili": {"of": "swahili", "seeds": {"wechsel": [1, 2]}}})
    results = write_results(config, tmp_path, 20, 30)
    content = compose(config, collect(config, results))
    more = {"of": "swahili", "initializations": ["wechsel"], "seeds": [2], "pretraining": "short"}
    apart = rewritten(config, {"swahili": {"of": "swahili", "seeds": [1]}, "more": more})
    move(results, TrainingId("swahili", "wechsel", 2), "more")
    found = compose(apart, collect(apart, results))
    assert pools(apart) == {"swahili": "swahili", "more": "swahili"}
    assert found.findings == content.findings
    assert found.config.runs["swahili"].recipes == config.runs["swahili"].recipes
    assert found.collection.gaps == ()


@pytest.mark.parametrize("recipe", ["long", None])
def test_another_recipe_of_the_same_initialization_is_another_run(recipe: str | None) -> None:
    recipes = {"random": "short", "mean": "long"}
    plain = configuration({"swahili": ["swh_Latn"]}, NAMES, pretraining=recipes)
    other = {"of": "swahili", "initializations": ["random"], "pretraining": recipe}
    apart = rewritten(plain, {"swahili": {"of": "swahili"}, "other": other})
    assert pools(apart) == {"swahili": "swahili", "other": "other"}


def test_a_seed_that_both_runs_trained_counts_once(
    whole: tuple[Config, Path, Content], tmp_path: Path
) -> None:
    config, results, content = whole
    results = shutil.copytree(results, tmp_path / "results")
    for kind in ("models", "evaluation"):
        shutil.copytree(results / kind / "swahili", results / kind / "swahili-again")
    runs = {name: {"of": name} for name in LANGUAGES} | {"swahili-again": {"of": "swahili"}}
    twice = rewritten(config, runs)
    assert compose(twice, collect(twice, results)).findings == content.findings


def test_runs_of_another_model_or_text_are_not_pooled(
    whole: tuple[Config, Path, Content],
) -> None:
    config, _, content = whole
    assert pools(config) == {name: name for name in LANGUAGES}
    assert pool(config, content.collection) == (config, content.collection)


@pytest.mark.parametrize("names", [("a", "z"), ("z", "a")])
def test_the_names_of_runs_change_no_verdict(
    whole: tuple[Config, Path, Content], tmp_path: Path, names: tuple[str, str]
) -> None:
    config, results, content = whole
    results = shutil.copytree(results, tmp_path / "results")
    new = dict(zip(LANGUAGES, names, strict=True))
    for training in trainings(config):
        move(results, training, new[training.run])
    renamed = rewritten(config, {new[name]: {"of": name} for name in LANGUAGES})
    found = compose(renamed, collect(renamed, results))
    old = {name: old for old, name in new.items()}
    same = [
        replace(f, criterion=replace(f.criterion, run=old[f.criterion.run])) for f in found.findings
    ]
    assert same == list(content.findings)
    assert said(found) == said(content)


def test_every_model_of_a_pool_has_its_card(
    whole: tuple[Config, Path, Content], tmp_path: Path
) -> None:
    config, results, _ = whole
    results = shutil.copytree(results, tmp_path / "results")
    move(results, TrainingId("swahili", "wechsel", 2), "more")
    seeds = {name: [1, 2] for name in NAMES} | {"wechsel": [1]}
    more = {"of": "swahili", "initializations": ["wechsel"], "seeds": [2]}
    apart = rewritten(config, {"swahili": {"of": "swahili", "seeds": seeds}, "more": more})
    build(apart, results, tmp_path / "report")
    card = (tmp_path / "report" / "model_cards" / "more-wechsel-seed-2.md").read_text("utf-8")
    assert "# demo-more-wechsel-seed-2" in card
    assert "bits per byte" in card  # the results of the pool
    assert len(list((tmp_path / "report" / "model_cards").iterdir())) == 6
