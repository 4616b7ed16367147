from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import ModelCard
from synthetic import configuration, write_results

from lingraft.initialization.methods.wechsel import Wechsel
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.writing.content import Content
from lingraft.reporting.writing.hub_metadata import check_metadata
from lingraft.reporting.writing.model_card import model_card
from lingraft.reporting.writing.sections import compose
from lingraft.stages.trainings import TrainingId

TRAINING = TrainingId("swahili", "wechsel", 2)


@pytest.fixture(scope="module")
def card(report: tuple[Path, Content]) -> ModelCard:
    return model_card(report[1], TRAINING)


def test_card_survives_the_hubs_own_reader(card: ModelCard, tmp_path: Path) -> None:
    card.save(tmp_path / "README.md")
    read = ModelCard.load(tmp_path / "README.md")
    assert read.data.language == ["swh"]
    assert read.data.license == "bsd-3-clause"
    assert read.data.library_name == "transformers"
    assert read.data.pipeline_tag == "fill-mask"
    assert len(read.data.eval_results) == 4


def test_card_gives_the_scores_of_these_weights_not_of_all_seeds(
    card: ModelCard, report: tuple[Path, Content]
) -> None:
    expected = {
        row.score.metric: row.score.value
        for row in report[1].collection.scores
        if row.training == TRAINING and row.step == "pretrained" and row.score.system == "model"
    }
    assert {r.metric_type: r.metric_value for r in card.data.eval_results} == expected


def test_card_says_what_a_user_must_know(card: ModelCard) -> None:
    for said in (
        "## How to load",
        "AutoModelForMaskedLM",
        "## Data and licenses",
        "BSD-3-Clause",
        "combined 6,000",
        "## Limitations",
        "this is a demonstration",
        "learning_rate: 0.0005",
        "seed: 2",
    ):
        assert said in str(card), said


def test_a_recipe_says_what_an_unknown_model_predicts(report: tuple[Path, Content]) -> None:
    recipes = {
        name: recipe.model_copy(update={"objective": "causal"})
        for name, recipe in report[1].written.pretraining.items()
    }
    written = report[1].written.model_copy(update={"pretraining": recipes})
    card = model_card(replace(report[1], written=written), TRAINING)
    assert "AutoModelForCausalLM" in str(card)
    assert card.data.pipeline_tag == "text-generation"


def test_card_names_the_paper_of_the_method(card: ModelCard, report: tuple[Path, Content]) -> None:
    methods = {**report[1].written.initializations, "wechsel": Wechsel()}
    written = report[1].written.model_copy(update={"initializations": methods})
    of_paper = model_card(replace(report[1], written=written), TRAINING)
    assert "Paper: " + Wechsel.card.paper in str(of_paper)
    assert "Paper:" not in str(card)  # the synthetic methods are all random


def test_every_existing_model_has_a_card(report: tuple[Path, Content]) -> None:
    folder, content = report
    names = {path.stem for path in (folder / "model_cards").iterdir()}
    assert names == {t.folder.replace("/", "-") for t in content.collection.initializations}


def test_a_model_without_results_says_so(tmp_path: Path) -> None:
    config = configuration({"swahili": ["swh_Latn"]}, ("random", "wechsel"))
    results = write_results(config, tmp_path)
    for path in results.glob("evaluation/swahili/wechsel/*/*/*.json"):
        path.unlink()
    content = compose(config, collect(config, results))
    card = model_card(content, TrainingId("swahili", "wechsel", 1))
    assert "has not been evaluated" in str(card)
    assert card.data.eval_results is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"language": ["swh_Latn"]}, "ISO 639"),
        ({"language": None}, "ISO 639"),
        ({"license": "my own"}, "does not know the license"),
        ({"license": "other"}, "needs a license_name"),
        ({"base_model": "/somewhere/local"}, "must be a repository"),
    ],
)
def test_metadata_that_the_hub_refuses_is_refused_here(
    changes: dict[str, object], reason: str
) -> None:
    good = {"language": ["swh"], "license": "mit", "base_model": "FacebookAI/roberta-base"}
    check_metadata(good)
    with pytest.raises(ValueError, match=reason):
        check_metadata(good | changes)
