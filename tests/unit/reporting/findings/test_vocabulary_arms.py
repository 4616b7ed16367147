"""One model with several vocabularies, compared at the same text and at the same work."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import configuration, write_results

from lingraft.config.tokenizers import ExtendedTokenizer, KeptTokenizer, PretrainedTokenizer
from lingraft.estimate.catalogue import ModelShape
from lingraft.estimate.vocabularies import ModelSizes
from lingraft.evaluation.outcome import Score
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected, Encoded
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.collected.vocabularies import read_encoded, runs_by_text
from lingraft.reporting.figures.vocabularies import vocabulary_figures
from lingraft.reporting.findings.cells import Cells
from lingraft.reporting.findings.vocabulary_arms import (
    VocabularyComparison,
    vocabulary_comparisons,
)
from lingraft.reporting.findings.vocabulary_scores import vocabulary_scores
from lingraft.reporting.tables.table import to_csv, to_markdown
from lingraft.reporting.tables.text import to_text
from lingraft.reporting.tables.vocabulary_arms import score_table, vocabulary_table
from lingraft.reporting.writing.vocabularies import (
    measured_sentences,
    score_sentences,
    vocabulary_section,
)
from lingraft.stages.references import keeps_vocabulary

SIZES = ModelSizes(
    ModelShape(4, 64, 256, 1000, counted=200_000), 64, 264_000, False, "masked", None, 512
)


def experiment(seeds: tuple[int, ...]) -> Config:
    """Two runs with tokenizers of their own: one keeps that of the model, with one method."""
    config = configuration(
        {"kept": ["swh_Latn"], "more": ["swh_Latn"]}, ("random", "wechsel"), seeds
    )
    config.tokenizers["kept"] = KeptTokenizer(algorithm="keep", model="minilm")
    config.tokenizers["more"] = ExtendedTokenizer(
        algorithm="extend", model="minilm", corpora=("swh_Latn",), added=100
    )
    kept = config.runs["kept"].model_copy(update={"initializations": ["random"]})
    config.runs["kept"] = kept
    return config


def collected(config: Config, root: Path) -> Collected:
    found = collect(config, write_results(config, root, 20, 20))
    encoded = {
        ("kept", "swh_Latn"): Encoded(2_000, 1_000, 1_000),
        ("more", "swh_Latn"): Encoded(4_000, 1_000, 1_100),
    }
    return replace(found, encoded=encoded, models={"minilm": SIZES})


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, Collected]:
    config = experiment((1,))
    return config, collected(config, tmp_path_factory.mktemp("one"))


def comparison(config: Config, collection: Collected) -> VocabularyComparison:
    (found,) = vocabulary_comparisons(config, collection, Cells(collection))
    return found


def test_the_arm_that_keeps_and_is_the_baseline_is_first(one: tuple[Config, Collected]) -> None:
    found = comparison(*one)
    assert found.keeps
    assert [(arm.run, arm.initialization) for arm in found.arms] == [
        ("kept", "random"), ("more", "random"), ("more", "wechsel"),
    ]  # fmt: skip
    assert [arm.bytes_per_token for arm in found.arms] == pytest.approx([2, 4, 4])
    assert [arm.against for arm in found.arms] == ["", "kept, random", "kept, random"]


def test_the_same_initialization_is_compared_where_it_is(tmp_path: Path) -> None:
    config = experiment((1,))
    both = config.runs["more"].initializations
    config.runs["kept"] = config.runs["kept"].model_copy(update={"initializations": both})
    found = comparison(config, collected(config, tmp_path))
    assert [arm.against for arm in found.arms] == ["", "", "kept, random", "kept, wechsel"]
    (scores,) = vocabulary_scores(config, Cells(collected(config, tmp_path / "again"))).values()
    assert scores.against == {"more, random": "kept, random", "more, wechsel": "kept, wechsel"}


def test_curves_are_read_where_all_arms_are(one: tuple[Config, Collected]) -> None:
    found = comparison(*one)
    kept, more = found.arms[0], found.arms[1]
    # 60 steps of 2,048 tokens: the longer tokens are twice the text, so the budget is in the
    # middle of their curve, and at the end of the other one.
    assert found.budgets["bytes"] == pytest.approx(60 * 2048 * 2)
    assert kept.at["bytes"].value == pytest.approx(kept.end)
    expected = np.interp(30, more.mean("steps"), more.mean("bits_per_byte"))
    assert more.at["bytes"].value == pytest.approx(expected)
    # The larger table is more work for a step, so its curve is cut a little before its end.
    assert found.budgets["operations"] == kept.mean("operations")[-1]
    assert more.mean("operations")[-1] > found.budgets["operations"]
    assert more.end < more.at["operations"].value < more.at["bytes"].value


def test_with_one_seed_the_interval_is_over_documents(one: tuple[Config, Collected]) -> None:
    at = comparison(*one).arms[2].at["bytes"]
    assert at.difference is not None and at.low is not None and at.high is not None
    assert at.low < at.difference < at.high
    assert at.evidence == "20 documents after the trainings, one seed"
    assert at.verdict == "better"


def test_a_small_difference_with_one_seed_is_noise(one: tuple[Config, Collected]) -> None:
    config, collection = one
    arm = comparison(config, collection).arms[2]
    curves = {
        training: [
            line | {"bits_per_byte": arm.end + (0.001 if training.run == "more" else 0.0)}
            for line in lines
        ]
        for training, lines in collection.curves.items()
    }
    found = comparison(config, replace(collection, curves=curves))
    assert {at.verdict for arm in found.arms[1:] for at in arm.at.values()} == {"unclear"}


def test_with_seeds_the_interval_is_over_seeds(tmp_path: Path) -> None:
    config = experiment((1, 2, 3))
    found = comparison(config, collected(config, tmp_path))
    at = found.arms[2].at["bytes"]
    gaps = [
        np.interp(found.budgets["bytes"], own["bytes"], own["bits_per_byte"])
        - np.interp(found.budgets["bytes"], base["bytes"], base["bits_per_byte"])
        for own, base in zip(found.arms[2].curves.values(), found.arms[0].curves.values(),
                             strict=True)
    ]  # fmt: skip
    assert at.difference == pytest.approx(np.mean(gaps))
    assert at.evidence == "3 seeds"


def test_seeds_of_some_arms_are_in_the_intervals_of_the_others(
    one: tuple[Config, Collected], tmp_path: Path
) -> None:
    """As everywhere in the report: an arm of one seed borrows the spread of those with several."""
    config = experiment((1,))
    for name, run in config.runs.items():
        seeds = {"random": [1, 2, 3], "wechsel": [1]}
        config.runs[name] = run.model_copy(update={"seeds": seeds})
    collection = collected(config, tmp_path)
    arm, alone = comparison(config, collection).arms[2], comparison(*one).arms[2]
    said = "20 documents after the trainings, one seed, and the spread of seeds elsewhere"
    for at, narrow in zip(arm.at.values(), alone.at.values(), strict=True):
        assert at.evidence == said
        assert at.low is not None and at.high is not None
        assert narrow.low is not None and narrow.high is not None
        assert at.high - at.low > 1.1 * (narrow.high - narrow.low)
    (scores,) = vocabulary_scores(config, Cells(collection)).values()
    found = [each for each in scores.findings if each.initialization == "more, wechsel"]
    assert found and all(each.evidence.endswith("seeds elsewhere") for each in found)


def test_without_sizes_nothing_is_compared(one: tuple[Config, Collected]) -> None:
    config, collection = one
    found = comparison(config, replace(collection, encoded={}))
    assert found.budgets == {}
    assert list(measured_sentences(found))[1:] == [
        "There is no common budget: the encoded text and the source model are not among the "
        "results, so bytes and operations are not known."
    ]
    assert vocabulary_figures([found]) == []


def test_one_tokenizer_is_no_comparison(tmp_path: Path) -> None:
    config = configuration({"swahili": ["swh_Latn"]}, ("random",))
    assert runs_by_text(config) == {}
    collection = collect(config, write_results(config, tmp_path, 5, 5))
    assert vocabulary_comparisons(config, collection, Cells(collection)) == []
    assert vocabulary_section([]).is_empty


def with_rows(collection: Collected, level: float) -> Collected:
    """The rows without a model; those of the larger vocabulary are at `level`."""
    rows = []
    for row in collection.scores:
        rows.append(row)
        if row.score.metric == "bits_per_byte":
            value = level if row.training.run == "more" else 9.0
            score = Score(row.score.language, "bits_per_byte", value, 20, "down", system="unigram")
            rows.append(replace(row, score=score))
    return replace(collection, scores=rows)


def test_every_sentence_has_the_rows_without_a_model(one: tuple[Config, Collected]) -> None:
    config, collection = one
    found = comparison(config, with_rows(collection, 8.0))
    section = vocabulary_section([found])
    assert "pseudo measure" in section.bullets[0]  # the model is a masked one
    assert len(section.bullets[1:]) == 4
    for sentence in section.bullets[1:]:
        assert sentence.count("unigram") == 2
    table = vocabulary_table(found)
    assert table.warnings == []
    assert [row["unigram"] for row in table.rows] == [9.0, 8.0, 8.0]
    assert "unigram" in to_csv(table) and "unigram" in to_markdown(table)
    lines = list(to_text(table))
    assert lines[1].startswith("Run ") and len(lines) == 5


def test_a_model_above_its_unigrams_is_told(one: tuple[Config, Collected]) -> None:
    config, collection = one
    found = comparison(config, with_rows(collection, 0.1))
    for arm in found.arms[1:]:
        for at in arm.at.values():  # however much better, it has no winner
            assert (at.verdict, at.low) == ("untested", None)
            assert at.evidence == f"{arm.name} is above its unigram row"
    assert "nothing is shown, because more, random is above" in " ".join(measured_sentences(found))
    table = vocabulary_table(found)
    assert [warning.partition(" is above its unigram row")[0] for warning in table.warnings] == [
        "more, random", "more, wechsel",
    ]  # fmt: skip


def test_the_figure_has_both_axes(one: tuple[Config, Collected]) -> None:
    (figure,) = vocabulary_figures([comparison(*one)])
    assert [list(series.alternatives) for series in figure.series] == [["bytes", "operations"]] * 3
    assert figure.series[0].x == figure.series[0].alternatives["bytes"]


def test_headline_scores_stand_against_the_arm_that_keeps(one: tuple[Config, Collected]) -> None:
    config, collection = one
    (found,) = vocabulary_scores(config, Cells(collection)).values()
    table = score_table(found)
    assert [row["arm"] for row in table.rows] == [
        "kept, random", "more, random", "more, wechsel",
    ]  # fmt: skip
    assert [column.label for column in table.columns[1:]] == ["accuracy@1 ↑", "accuracy@10 ↑"]
    # The same effects and the same seeds: not a single answer differs.
    base, same, better = (row["0"] for row in table.rows)
    assert (base.difference, same.difference, same.verdict) == (None, 0.0, "unclear")
    assert better.verdict == "better"
    sentences = list(score_sentences(found))
    assert len(sentences) == 4
    assert "of kept, random" in sentences[0]
    page = vocabulary_section([], [found])
    assert list(page.bullets) == sentences


def test_a_published_tokenizer_of_the_model_itself_is_kept() -> None:
    config = experiment((1,))
    assert keeps_vocabulary(config, "kept") and not keeps_vocabulary(config, "more")
    own = {"algorithm": "pretrained", "source": "chromium"}
    config.tokenizers["more"] = PretrainedTokenizer.model_validate(own)
    assert keeps_vocabulary(config, "more")
    config.tokenizers["more"] = PretrainedTokenizer.model_validate(own | {"path": "other"})
    assert not keeps_vocabulary(config, "more")


def test_encoded_text_is_read_where_it_is(tmp_path: Path) -> None:
    from synthetic import make

    config = experiment((1,))
    content: Any = {
        "counts": {"train": {"bytes": 10, "tokens": 5}},
        "specials": {"vocabulary_size": 7},
    }
    folder = tmp_path / "tokens" / "more" / "swh_Latn"
    make(folder, "tokens", "meta.json", json.dumps(content))
    gaps: list[Any] = []
    assert read_encoded(config, tmp_path, gaps) == {("more", "swh_Latn"): Encoded(10, 5, 7)}
    assert gaps == []
