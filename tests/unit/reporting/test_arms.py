"""What the report says of a run that pretrains some initializations, with two recipes."""

from pathlib import Path

import pytest
from synthetic import configuration, write_results

from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.figures.interactive import to_plotly
from lingraft.reporting.findings.finding import Finding
from lingraft.reporting.stage import build
from lingraft.reporting.tables.table import EMPTY
from lingraft.reporting.writing.content import Content
from lingraft.reporting.writing.model_card import model_card
from lingraft.reporting.writing.sections import compose
from lingraft.reporting.writing.summary import summary_lines
from lingraft.stages.trainings import TrainingId

NAMES = ("random", "mean", "wechsel", "trans-tokenization")
RECIPES = {"random": "short", "wechsel": "short", "trans-tokenization": "long"}
SWAHILI = {"swahili": ["swh_Latn"]}
FOUR = {name: [name] for name in ("swh_Latn", "zho_Hans", "hin_Deva", "cym_Latn")}


@pytest.fixture(scope="module")
def arms(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, Path, Content]:
    """Three of four initializations are trained, one of them with another recipe."""
    config = configuration(SWAHILI, NAMES, pretraining=RECIPES)
    results = write_results(config, tmp_path_factory.mktemp("arms"))
    return config, results, build(config, results, results / "report")


def test_nothing_is_missing(arms: tuple[Config, Path, Content]) -> None:
    content = arms[2]
    assert content.collection.gaps == ()
    states = {(f.initialization, f.criterion.step) for f in content.findings}
    assert states == {(name, "initialized") for name in NAMES} | {
        (name, "pretrained") for name in RECIPES
    }
    assert not [f for f in content.findings if f.mean is None]


def test_what_is_not_trained_has_empty_cells_and_no_gap(arms: tuple[Config, Path, Content]) -> None:
    content = arms[2]
    table = next(t for t in content.tables if t.name.startswith("headline"))
    row = next(row for row in table.rows if row["initialization"] == "mean")
    cells = {c.group: row[c.key] for c in table.columns if c.kind == "finding"}
    assert isinstance(cells["Step 0, initialized only"], Finding)
    assert cells["After pretraining"] is EMPTY
    lines = summary_lines(content)
    (said,) = [line for line in lines if line.startswith("mean ")]
    assert "–" not in said and len(said) < len(lines[lines.index(said) + 1])
    assert not any("missing; the page" in line for line in lines)


def test_the_curves_show_it_at_step_0(arms: tuple[Config, Path, Content]) -> None:
    content = arms[2]
    figure = next(f for f in content.figures if f.name == "curves-swahili")
    point = next(s for s in figure.series if s.name == "mean, not trained")
    (score,) = [
        f.mean for f in content.findings
        if f.initialization == "mean" and f.criterion.metric == "bits_per_byte"
    ]  # fmt: skip
    assert (list(point.x), list(point.y)) == ([0.0], [score])
    assert "a point at step 0: mean." in figure.note and "not trained: mean" in figure.alternative
    assert len({s.marker for s in figure.series}) == len(figure.series) == len(NAMES)
    assert set(to_plotly(figure, content.hours)["axes"]) == {"Steps", "Tokens", "CPU-hours"}


def test_trained_models_decide(arms: tuple[Config, Path, Content]) -> None:
    (conclusion,) = arms[2].conclusions
    assert conclusion.criterion.step == "pretrained"
    assert conclusion.leaders.asked == len(RECIPES)
    assert conclusion.title == "trans-tokenization (one seed)"


def test_the_outcome_says_that_recipes_differ(arms: tuple[Config, Path, Content]) -> None:
    _, _, content = arms
    [conclusion] = content.conclusions
    assert "different recipes (" in conclusion.sentences[0]
    assert "long" in conclusion.sentences[0] and "short" in conclusion.sentences[0]


def test_limits_say_what_cannot_be_compared(arms: tuple[Config, Path, Content]) -> None:
    said = " ".join(arms[2].limits)
    assert "Not every initialization was trained: mean of swahili ended at step 0." in said
    assert "The initializations of swahili were trained with different recipes" in said


def test_a_model_card_names_its_own_recipe(arms: tuple[Config, Path, Content]) -> None:
    content = arms[2]
    cards = {name: str(model_card(content, TrainingId("swahili", name, 1))) for name in NAMES}
    assert "then pretrained with the recipe `long`" in cards["trans-tokenization"]
    assert "then pretrained with the recipe `short`" in cards["wechsel"]
    assert "the model was not trained after that" in cards["mean"]
    steps = {name: ("steps: 60" in card, "steps: 90" in card) for name, card in cards.items()}
    assert steps == {
        "random": (True, False),
        "mean": (False, False),
        "wechsel": (True, False),
        "trans-tokenization": (False, True),
    }
    assert "After pretraining" not in cards["mean"] and "Step 0" in cards["mean"]


def test_what_an_earlier_configuration_trained_is_not_shown(
    arms: tuple[Config, Path, Content], tmp_path: Path
) -> None:
    """Its files stay where they are."""
    before = configuration(SWAHILI, NAMES)
    results = write_results(before, tmp_path)
    content = compose(arms[0], collect(arms[0], results))
    assert TrainingId("swahili", "mean", 1) not in content.collection.curves
    assert content.findings == arms[2].findings


def test_without_a_trained_baseline_the_one_that_is_trained_stands_alone(tmp_path: Path) -> None:
    config = configuration(SWAHILI, NAMES, pretraining={"wechsel": "short"})
    content = compose(config, collect(config, write_results(config, tmp_path)))
    (conclusion,) = content.conclusions  # there is nothing to compare after pretraining
    assert conclusion.criterion.step == "initialized"
    assert conclusion.title == "trans-tokenization (one seed)"
    trained = [f for f in content.findings if f.criterion.step == "pretrained"]
    assert {(f.initialization, f.evidence) for f in trained} == {
        ("wechsel", "the baseline random has no model in this state")
    }
    figure = next(f for f in content.figures if f.name == "curves-swahili")
    assert [s.name for s in figure.series] == [
        "wechsel",
        "random, not trained",
        "mean, not trained",
        "trans-tokenization, not trained",
    ]


def test_two_studies_of_one_model_write_files_of_their_own(tmp_path: Path) -> None:
    six = {**FOUR, "tur_Latn": ["tur_Latn"], "deu_Latn": ["deu_Latn"]}
    config = configuration(six, NAMES[:2])
    untrained = {name: config.runs[name].model_copy(update={"pretraining": None}) for name in six}
    some = {name: untrained[name] for name in list(six)[:3]}
    config = config.model_copy(update={"runs": {**config.runs, **some}})
    content = compose(config, collect(config, write_results(config, tmp_path, 20, 30)))
    assert [study.name for study in content.answered] == ["minilm", "minilm-2"]
    for parts in (content.tables, content.figures):
        names = [part.name for part in parts]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("with_baseline", [True, False])
def test_a_study_of_many_languages_compares_what_is_trained(
    tmp_path: Path, with_baseline: bool
) -> None:
    trained = {name: "short" for name in NAMES if name != ("mean" if with_baseline else "random")}
    config = configuration(FOUR, NAMES, pretraining=trained)
    results = write_results(config, tmp_path, 20, 30)
    content = compose(config, collect(config, results))
    ((study, answers),) = content.studies
    by_step = {answer.question.step: set(answer.means) for answer in answers}
    assert by_step == {"initialized": set(NAMES), "pretrained": set(trained)}
    (ended,) = set(NAMES) - set(trained)
    section = next(s for s in content.sections if s.id == "languages")
    assert "4 languages with the recipe short" in section.paragraphs[0]
    assert f"4 methods are compared. {ended} is not trained." in section.paragraphs[0]
    means = next(t for t in content.tables if t.name == f"study-{study.name}-means")
    cells = [row.get(c.key) for row in means.rows for c in means.columns]
    assert None not in cells and EMPTY in cells
    one = next(t for t in content.tables if t.name == "study-minilm-bits-per-byte-pretrained")
    assert ended not in {column.label for column in one.columns}
    assert not [line for line in summary_lines(content) if line.startswith(ended) and "–" in line]
    drawn = [f.name for f in content.figures if "curves" in f.name]
    together = ["study-minilm-curves"] if with_baseline else []
    assert drawn == (together or [f"curves-{name}" for name in FOUR])
