"""What tuning changed: encoders against the models that they were tuned from."""

from dataclasses import replace
from pathlib import Path

import pytest
from synthetic import configuration, write_results

from lingraft.evaluation.results import predictions_path, read_predictions
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.findings.cells import Cells
from lingraft.reporting.findings.comparing import find
from lingraft.reporting.findings.finding import ALL
from lingraft.reporting.findings.gains import Gain, gains
from lingraft.reporting.writing.content import Content

NAMES = ("random", "wechsel", "trans-tokenization")


def gain(found: list[Gain], metric: str, name: str, language: str = "swh_Latn") -> Gain:
    """The one gain of an initialization by a metric."""
    [one] = [
        g
        for g in found
        if (g.criterion.metric, g.after.initialization, g.criterion.language)
        == (metric, name, language)
    ]
    return one


def ranks(results: Path, step: str) -> dict[int, dict[str, int]]:
    """Seed -> item -> rank, read from the predictions alone."""
    found = {}
    for seed in (1, 2):
        folder = results / f"evaluation/swahili/trans-tokenization/seed-{seed}" / step
        records = read_predictions(predictions_path(folder / "retrieval.json"))
        found[seed] = {record["id"]: record["rank"] for record in records}
    return found


def test_an_encoder_is_compared_with_its_start_item_by_item(tuned: tuple[Path, Content]) -> None:
    folder, content = tuned
    one = gain(list(content.gains), "accuracy@1", "trans-tokenization")
    before, after = (ranks(folder.parent, step) for step in ("pretrained", "distilled"))
    hits = [
        [sum(ranked[seed][item] == 1 for seed in (1, 2)) for item in ranked[1]]
        for ranked in (before, after)
    ]
    gaps = [new - old for old, new in zip(*hits, strict=True)]
    assert (one.won, one.lost) == (sum(g > 0 for g in gaps), sum(g < 0 for g in gaps))
    assert one.after.difference == pytest.approx(sum(gaps) / 2 / len(gaps))
    assert one.start == "pretrained" and one.before.mean == pytest.approx(sum(hits[0]) / 160)
    assert one.after.low is not None and one.after.evidence == "80 examples and 2 seeds"


def test_fewer_bits_are_won_and_more_are_lost(tuned: tuple[Path, Content]) -> None:
    one = gain(list(tuned[1].gains), "bits_per_byte", "trans-tokenization")
    assert one.won == 0 and one.lost == 40
    assert (one.after.difference or 0.0) > 0


def test_only_what_has_an_encoder_is_compared(tuned: tuple[Path, Content]) -> None:
    _, content = tuned
    assert {g.after.initialization for g in content.gains} == {"random", "trans-tokenization"}
    own = [f for f in content.findings if f.criterion.step == "distilled"]
    assert {f.initialization for f in own} == {"random", "trans-tokenization"}
    assert {f.verdict for f in own if f.initialization == "random"} == {"baseline"}
    criterion = next(f.criterion for f in own if f.criterion.metric == "accuracy@1")
    leaders = content.standings.of(criterion)
    assert leaders.asked == 2 and leaders.level == ("trans-tokenization",)


def chained() -> Config:
    """An encoder that starts from another one, which starts from the initialized model."""
    chosen = {"first": ["wechsel"], "second": ["wechsel"]}
    config = configuration({"swahili": ["swh_Latn"]}, NAMES, encoders=chosen)
    starts = {"first": "initialized", "second": "first"}
    recipes = {n: config.encoders[n].model_copy(update={"start": s}) for n, s in starts.items()}
    return config.model_copy(update={"encoders": recipes})


def test_an_encoder_may_start_from_another_one(tmp_path: Path) -> None:
    config = chained()
    cells = Cells(collect(config, write_results(config, tmp_path)))
    found = {(g.criterion.step, g.criterion.metric): g for g in gains(config, cells)}
    first, second = found["first", "bits_per_byte"], found["second", "bits_per_byte"]
    assert (first.start, second.start) == ("initialized", "first")
    # The synthetic encoders score alike.
    assert second.before.mean == first.after.mean and second.after.difference == 0.0
    steps = [f.criterion.step for f in find(config, cells)]
    order = ["initialized", "pretrained", "first", "second"]
    assert list(dict.fromkeys(steps)) == order


def test_means_are_over_the_languages_of_a_run(tmp_path: Path) -> None:
    languages = {"both": ["swh_Latn", "zho_Hans"]}
    config = configuration(languages, NAMES, encoders={"distilled": ["random", "wechsel"]})
    found = gains(config, Cells(collect(config, write_results(config, tmp_path))))
    singles = [gain(found, "accuracy@1", "random", code) for code in languages["both"]]
    mean = gain(found, "accuracy@1", "random", ALL)  # the baseline has a gain of its own
    gaps = [one.after.difference or 0.0 for one in singles]
    assert mean.after.difference == pytest.approx(sum(gaps) / 2)
    assert mean.before.mean == pytest.approx(sum(one.before.mean or 0 for one in singles) / 2)
    assert mean.won is None and mean.after.verdict != "baseline"


def test_without_predictions_no_items_are_counted(tmp_path: Path) -> None:
    config = configuration({"swahili": ["swh_Latn"]}, NAMES, encoders={"distilled": ["wechsel"]})
    collection = collect(config, write_results(config, tmp_path))
    found = gains(config, Cells(replace(collection, predictions={})))
    assert {(g.won, g.lost, g.after.verdict) for g in found} == {(None, None, "untested")}


def test_the_start_has_the_seeds_that_were_tuned(tmp_path: Path) -> None:
    """Before, after and difference are of the same models where others were not tuned."""
    config = configuration({"swahili": ["swh_Latn"]}, NAMES[:2], (1, 2), {"distilled": ["random"]})
    runs = {k: run.model_copy(update={"encoder_seeds": [2]}) for k, run in config.runs.items()}
    config = config.model_copy(update={"runs": runs})
    cells = Cells(collect(config, write_results(config, tmp_path, 10, 10)))
    one = gain(gains(config, cells), "bits_per_byte", "random")
    assert (one.before.seeds, one.after.seeds, one.after.missing_seeds) == (1, 1, 0)
    assert one.before.mean is not None and one.after.mean is not None
    assert one.after.difference == pytest.approx(one.after.mean - one.before.mean)
    assert one.after.evidence == "10 examples and one seed"
