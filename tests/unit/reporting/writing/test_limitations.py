"""What a reader should not conclude follows from the experiment."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from synthetic import EMPTY, configuration, make, write_results

from lingraft.artifacts import ModelFacts
from lingraft.corpus.formats import FORMATS
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks import TASKS
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.findings.cells import Cells
from lingraft.reporting.writing.limitations import limitations
from lingraft.stages.references import converted_model


def _sentences(config: Config, collection: Collected) -> str:
    return " ".join(limitations(config, collection, Cells(collection)))


def test_limits_follow_from_the_experiment(tmp_path: Path) -> None:
    config = configuration({"sw": ["swh_Latn"]}, ("random", "wechsel"), limitations=["Mine."])
    collection = collect(config, write_results(config, tmp_path))
    said = _sentences(config, collection)
    for part in (
        "user interfaces",
        "Every number comes from one training",
        "Pretraining ends after 60 steps, at most 122,880 tokens",
        "No task fine-tunes",
        "All text is from user interfaces. It",
        "english-sw failed",
        "use the same bias policy here (unigram)",
    ):
        assert part in said, part
    assert said.endswith("Mine.")


def test_quantized_sources_are_told(config: Config) -> None:
    stored = {"Q4_1": 106, "Q8_0": 28}
    facts = ModelFacts(stored_types=stored, stored_bits_per_weight=5.74)
    manifests: Any = {converted_model(name): SimpleNamespace(facts=facts) for name in config.models}
    said = _sentences(config, replace(EMPTY, manifests=manifests))
    assert "was read from a quantized file of 5.74 bits a weight (Q4_1, Q8_0)" in said
    assert "quantized" not in said_of(config)


def test_the_arithmetic_of_measuring_is_told(tmp_path: Path) -> None:
    config = configuration({"sw": ["swh_Latn"]}, ("random", "wechsel"))
    collection = collect(config, write_results(config, tmp_path))
    assert "bf16" not in _sentences(config, collection)
    places = {(row.training, row.step, row.task) for row in collection.scores}
    alike = replace(collection, arithmetics=dict.fromkeys(places, "bf16"))
    said = _sentences(config, alike)
    assert "Models were measured in bf16" in said and "same arithmetic" not in said
    mixed = dict.fromkeys((p for p in places if p[0].initialization == "random"), "bf16")
    said = _sentences(config, replace(collection, arithmetics=mixed))
    assert "sw/wechsel/seed-1, initialized; sw/wechsel/seed-1, pretrained in fp32" in said


def test_unequal_bias_policies_are_a_warning(tmp_path: Path) -> None:
    config = configuration({"sw": ["swh_Latn"]}, ("random", "wechsel"))
    results = write_results(config, tmp_path)
    path = results / "models/sw/wechsel/seed-1/initialized/initialization.json"
    text = path.read_text().replace('"unigram"', '"zero"')
    make(path.parent, "model", path.name, text)
    said = _sentences(config, collect(config, results))
    assert "differ in the bias of the head (unigram, zero)" in said


def said_of(config: Config, **tasks: object) -> str:
    """The limits of an experiment with these tasks, without results."""
    evaluation = type(config.evaluation).model_validate(tasks)
    changed = config.model_copy(update={"evaluation": evaluation})
    return _sentences(changed, EMPTY)


@pytest.mark.parametrize("task", [n for n, t in TASKS.items() if t.measures is ModelSubject])
def test_whether_a_task_is_fine_tuned_follows_from_its_settings(task: str, config: Config) -> None:
    needed: dict[str, dict[str, Any]] = {n: {"data": "d"} for n in ("sr_t", "sr_b", "agreement")}
    needed |= {"lm_harness": {"tasks": ["t"]}}
    said = said_of(config, **{task: needed.get(task, {})})
    trained = task in ("xnli", "ner", "pos", "text_classification", "taxi1500")
    assert ("No task fine-tunes" in said) == (not trained)


def test_causal_models_have_no_pseudo_measure(config: Config) -> None:
    assert "pseudo-likelihood" in said_of(config, language_model={})
    recipe = {"objective": "causal", "steps": 1}
    recipes = {"short": type(config.pretraining["short"]).model_validate(recipe)}
    causal = config.model_copy(update={"pretraining": recipes})
    assert "pseudo-likelihood" not in said_of(causal, language_model={})


@pytest.mark.parametrize(
    ("formats", "kinds"),
    [
        (["chromium"], "user interfaces."),
        (["libreoffice-help"], "help pages."),
        (["chromium", "mediawiki", "libreoffice-help"], "user interfaces and help pages."),
        (["chromium", "text"], None),
    ],
)
def test_limits_name_the_kinds_of_text_that_there_are(
    formats: list[str], kinds: str | None, config: Config
) -> None:
    corpus = config.corpora["swh_Latn"]
    texts = [SimpleNamespace(kind_of_text=FORMATS[name].kind_of_text) for name in formats]
    corpora = {name: corpus.model_copy(update={"texts": texts}) for name in config.corpora}
    said = said_of(config.model_copy(update={"corpora": corpora}), retrieval={})
    assert (f"All text is from {kinds}" in said) if kinds else ("All text" not in said)


@pytest.mark.parametrize(("seeds", "measured", "expected"), [
    ({"random": [1, 2, 3]}, None, "Only random was measured with several seeds. Intervals of"),
    ({"random": [1, 2], "mean": [1, 2]}, None, "Only random and mean were measured with several s"),
    ({"random": [1, 2]}, None, "Only random was measured with several seeds: too few to tell how"),
    ({"random": [1, 2, 3]}, [1, 2], "Only random was measured with several seeds: too few to tell"),
    ({"random": [1, 2, 3]}, [3], "Several seeds are planned, and no initialization was measured"),
])  # fmt: skip
def test_seeds_of_some_stand_for_all(
    seeds: dict[str, list[int]], measured: list[int] | None, expected: str, tmp_path: Path
) -> None:
    """Those that were measured, whatever was planned."""
    config = configuration({"sw": ["swh_Latn"]}, ("random", "mean", "wechsel"), seeds=seeds)
    found = collect(config, write_results(config, tmp_path))
    kept = [row for row in found.scores if measured is None or row.training.seed in measured]
    said = _sentences(config, replace(found, scores=kept))
    assert expected in said
    assert "Every number" not in said
    assert "seeds, no exact test" in said


@pytest.mark.parametrize(("encoder_seeds", "is_said"), [
    (([1], [1, 2]), True),  # in the first run alone
    (([1, 2], [1, 2]), False),
    (([1, 3], [1, 3]), True),  # one seed of each initialization, two seeds together
])  # fmt: skip
def test_an_encoder_of_one_seed_is_told(
    encoder_seeds: tuple[list[int], list[int]], is_said: bool
) -> None:
    config = configuration(
        {"sw": ["swh_Latn"], "yo": ["yor_Latn"]},
        ("random", "mean"),
        seeds={"random": [1, 2], "mean": [2, 3] if encoder_seeds[0] == [1, 3] else [1, 2]},
        encoders={"tuned": ["random", "mean"]},
    )
    runs = {
        name: run.model_copy(update={"encoder_seeds": seeds})
        for (name, run), seeds in zip(config.runs.items(), encoder_seeds, strict=True)
    }
    said = _sentences(config.model_copy(update={"runs": runs}), EMPTY)
    assert ("The encoder tuned was made of one seed, also where models have" in said) is is_said


def test_two_encoders_of_one_seed_are_told() -> None:
    config = configuration(
        {"sw": ["swh_Latn"]},
        ("random", "mean"),
        seeds=[1, 2],
        encoders={"tuned": ["random"], "other": ["mean"]},
    )
    runs = {
        name: run.model_copy(update={"encoder_seeds": [2]}) for name, run in config.runs.items()
    }
    said = _sentences(config.model_copy(update={"runs": runs}), EMPTY)
    assert "The encoders tuned and other were made of one seed" in said
    assert "their intervals" in said
