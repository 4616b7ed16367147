"""Every configuration can be made small: same methods, stages and tasks, packaged data."""

from pathlib import Path

import pytest

from lingraft.config.tokenizers import ExtendedTokenizer, KeptTokenizer, PrunedTokenizer
from lingraft.experiment.configuration import Config
from lingraft.experiment.loading import check, load
from lingraft.experiment.scale import DATA, scale
from lingraft.stages.references import model_tasks
from lingraft.stages.trainings import language_model_steps, trainings

ROOT = Path(__file__).parents[3]
CONFIGS = sorted((ROOT / "config").rglob("*.yaml"))


@pytest.fixture(params=CONFIGS, ids=lambda path: path.stem)
def pair(request: pytest.FixtureRequest) -> tuple[Config, Config]:
    full = load(request.param)
    return full, scale(full)


def test_nothing_comes_from_elsewhere(pair: tuple[Config, Config]) -> None:
    full, small = pair
    assert set(small.sources) == set(full.sources)
    assert all(getattr(source, "path", None) == DATA for source in small.sources.values())


def test_models_data_and_steps_shrink(pair: tuple[Config, Config]) -> None:
    full, small = pair
    assert small.experiment == f"{full.experiment}-scaled"
    assert all(recipe.total_steps <= 8 for recipe in small.pretraining.values())
    assert all(
        method.width is None or method.width <= 32 for method in small.initializations.values()
    )
    assert all(len(data.languages) <= 5 for data in small.datasets.values())
    assert len(trainings(small)) <= 18


def test_the_graph_stays(pair: tuple[Config, Config]) -> None:
    full, small = pair
    assert model_tasks(small) == [t for t in model_tasks(full) if t != "lm_harness"]
    assert small.evaluation.precision == full.evaluation.precision
    kinds = [
        {
            (run.model, config.tokenizers[run.tokenizer].algorithm, *sorted(map(str, recipes)))
            for run in config.runs.values()
            for recipes in [set(run.recipes.values())]
        }
        for config in (full, small)
    ]
    assert kinds[0] == kinds[1]
    for name, run in small.runs.items():
        assert run.initializations == full.runs[name].initializations
        assert run.recipes == full.runs[name].recipes
    states = [
        {t: language_model_steps(config, t) for t in trainings(config) if t.run in small.runs}
        for config in (full, small)
    ]
    assert states[0] == states[1]
    for name, method in small.initializations.items():
        assert type(method) is type(full.initializations[name])
    for name, recipe in small.pretraining.items():
        before, after = full.pretraining[name].all_stages, recipe.all_stages
        assert [stage.train for stage in after] == [stage.train for stage in before]
        assert recipe.objective == full.pretraining[name].objective


def test_runs_that_train_other_initializations_are_all_kept() -> None:
    """A run in which some end at step 0 is another graph than one that trains them all."""
    config = load(ROOT / "config" / "tiny.yaml")
    plain = config.runs["swahili"]
    some = plain.model_copy(update={"pretraining": {"random": "short"}})
    config.runs.update({"again": plain, "some": some})
    small = scale(config)
    assert {name: run.recipes for name, run in small.runs.items()} == {
        "swahili": dict.fromkeys(plain.initializations, "short"),
        "some": dict.fromkeys(plain.initializations) | {"random": "short"},
    }


def test_tokenizers_that_are_made_from_another_one_change_it_a_little() -> None:
    config = load(ROOT / "config" / "tiny.yaml")
    text = {"corpora": ("swahili",), "tokenizer": "swahili"}
    config.tokenizers.update(
        {
            "more": ExtendedTokenizer(algorithm="extend", added=5000, **text),
            "less": PrunedTokenizer(algorithm="prune", vocabulary_size=3000, **text),
            "same": KeptTokenizer(algorithm="keep", model="tiny-bert"),
        }
    )
    small = scale(config).tokenizers
    assert small["more"].added == 20  # type: ignore[union-attr]
    assert small["less"].minimum_count == 1  # type: ignore[union-attr]
    assert small["same"] == config.tokenizers["same"]


def test_the_packaged_files_exist(pair: tuple[Config, Config]) -> None:
    _, small = pair
    data = ROOT / DATA
    for corpus in small.corpora.values():
        assert all((data / str(text.files)).is_file() for text in corpus.texts)  # type: ignore[union-attr]
    for model in small.models.values():
        assert (data / model.path / "config.json").is_file()
    for vectors in small.vectors.values():
        assert not hasattr(vectors, "path") or (data / vectors.path).is_file()
    for dataset in small.datasets.values():
        named = [
            getattr(dataset, key, None) for key in ("train", "valid", "test", "pivot", "target")
        ]
        lists = [list(each.values()) if isinstance(each, dict) else [each] for each in named]
        paths = [path for each in lists for path in each if path]
        for code in dataset.languages.values():
            assert all((data / path.replace("{code}", code)).is_file() for path in paths)


def test_a_small_model_has_the_layers_that_are_mixed() -> None:
    full = load(ROOT / "config" / "decoder.yaml")
    content = full.model_dump(mode="json", exclude_unset=True)
    for recipe in content["pretraining"].values():
        recipe["merge"] = {}
    small = scale(check(content, "decoder"))
    assert [list(recipe.merge.layers) for recipe in small.pretraining.values() if recipe.merge] == [
        [0]
    ] * len(small.pretraining)
