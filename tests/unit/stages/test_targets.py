from pathlib import Path

import pytest

from lingraft.errors import ConfigError
from lingraft.experiment.loading import load
from lingraft.stages.targets import (
    download_files,
    evaluation_files,
    exhibits,
    final_model_files,
    model_files,
    products,
)

CONFIG = load(Path(__file__).parents[3] / "config" / "tiny.yaml")


def test_an_experiment_is_its_models_evaluations_and_report() -> None:
    assert len(final_model_files(CONFIG)) == 3
    assert len(model_files(CONFIG)) == 6
    # two tasks for each model, one tokenizer, one alignment
    assert len(evaluation_files(CONFIG)) == 14
    assert products(CONFIG) == [
        *model_files(CONFIG),
        *evaluation_files(CONFIG),
        "<results>/report/index.html",
    ]
    assert "<results>/downloads/text/manifest.json" in download_files(CONFIG)


def test_without_runs_there_is_nothing_to_make() -> None:
    with pytest.raises(ConfigError, match="has no runs, and no vectors"):
        products(CONFIG.model_copy(update={"runs": {}, "alignments": {}}))


def test_without_runs_alignments_are_measured() -> None:
    made = products(CONFIG.model_copy(update={"runs": {}}))
    alignments = [f"<results>/evaluation/lexicon/{name}.json" for name in CONFIG.alignments]
    assert made == [*alignments, "<results>/report/index.html"]


def test_only_what_is_there_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert exhibits(CONFIG) == []
    report = tmp_path / "results" / "tiny" / "report"
    (report / "figures").mkdir(parents=True)
    (report / "model_cards").mkdir()
    (report / "model_cards" / "swahili-ofa-8-seed-1.md").touch()
    figures, card = exhibits(CONFIG)
    assert (figures.category, figures.patterns) == ("Figures", ["{figure}.svg"])
    assert card.labels == {"run": "swahili", "initialization": "ofa-8", "seed": "1"}
