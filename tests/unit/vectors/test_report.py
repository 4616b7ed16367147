from pathlib import Path

import pytest
from pydantic import TypeAdapter

from lingraft.vectors import report
from lingraft.vectors.alignment import align
from lingraft.vectors.correspondences import correspond
from lingraft.vectors.induction import Prediction, hold_out
from lingraft.vectors.settings import AlignmentSettings, AnyAlignment
from lingraft.vectors.word_pairs import WordPair


def settings(**more: object) -> AlignmentSettings:
    dictionaries = [{"format": "identical"}]
    return TypeAdapter(AnyAlignment).validate_python(
        {"source": "a", "target": "b", "dictionaries": dictionaries, **more}
    )


def test_metrics_count_pairs_and_words_by_dictionary(plant) -> None:
    planted = plant()
    pairs = [
        *(pair._replace(origin="ui") for pair in planted.pairs(0, 60)),
        *(pair._replace(origin="general") for pair in planted.pairs(60, 100)),
        WordPair("s0", "t399", origin="general"),
        WordPair("absent", "t1", origin="general"),
    ]
    matches = correspond(pairs, planted.source, planted.target)
    alignment = align(planted.source, planted.target, pairs)
    held = hold_out(planted.source, planted.target, pairs, matches, settings())
    found = report.metrics(
        settings(), planted.source, planted.target, pairs, matches, alignment, held
    )
    assert found["pairs"]["given"] == 102 and found["pairs"]["in_vocabulary"] == 101
    assert found["source_words"] == {"given": 101, "covered": 100, "coverage": 100 / 101}
    ui, general = (found["pairs"]["by_dictionary"][name] for name in ("ui", "general"))
    assert (ui["given"], ui["in_vocabulary"], ui["source_words"]) == (60, 60, 60)
    assert (general["given"], general["in_vocabulary"], general["source_words"]) == (42, 41, 41)
    assert ui["csls_p_at_1_covered"] > 0.9 and found["candidates"] == 400
    assert found["precision"]["nn"]["p_at_1_all"] == pytest.approx(
        found["precision"]["nn"]["p_at_1_covered"] * 100 / 101
    )
    assert found["warnings"] == []


def test_weak_alignments_are_warned_of(plant) -> None:
    planted = plant(noise=9.0)
    pairs = planted.pairs(0, 39)
    matches = correspond(pairs, planted.source, planted.target)
    alignment = align(planted.source, planted.target, pairs)
    held = hold_out(planted.source, planted.target, pairs, matches, settings())
    strict = settings(minimum_precision=1.0)
    found = report.metrics(strict, planted.source, planted.target, pairs, matches, alignment, held)
    assert len(found["warnings"]) == 2
    assert "only 39 pairs" in found["warnings"][0] and "below 1.00" in found["warnings"][1]


def test_without_a_dictionary_no_precision_is_measured(plant) -> None:
    planted = plant()
    free = TypeAdapter(AnyAlignment).validate_python(
        {"source": "a", "target": "b", "method": "identity"}
    )
    matches = correspond([], planted.source, planted.target)
    alignment = align(planted.source, planted.target, [], free)
    held = hold_out(planted.source, planted.target, [], matches, free, fitted=alignment)
    found = report.metrics(free, planted.source, planted.target, [], matches, alignment, held)
    assert found["precision"] == {} and not found["supervised"]
    assert found["protocol"] == report.UNMEASURED
    assert len(found["warnings"]) == 1 and "unsupervised_criterion" in found["warnings"][0]


def test_pairs_that_the_fit_did_not_use_are_all_held_out(plant) -> None:
    planted = plant(words=60)
    pairs = planted.pairs(0, 60)
    free = TypeAdapter(AnyAlignment).validate_python(
        {
            "source": "a",
            "target": "b",
            "method": "identity",
            "dictionaries": [{"format": "identical"}],
        }
    )
    matches = correspond(pairs, planted.source, planted.source)
    assert len(matches) == 0
    same = [pair._replace(target=pair.source) for pair in pairs]
    matches = correspond(same, planted.source, planted.source)
    alignment = align(planted.source, planted.source, same, free)
    held = hold_out(planted.source, planted.source, same, matches, free, fitted=alignment)
    found = report.metrics(free, planted.source, planted.source, same, matches, alignment, held)
    assert len(held.predictions) == 60 and found["protocol"] == report.FREE
    assert found["precision"]["csls"]["p_at_1_covered"] == 1.0 and found["warnings"] == []


def test_tables_are_tab_separated_with_a_header(tmp_path: Path) -> None:
    predictions = [Prediction("cat", ("paka", "chui"), ("ui",), 1, 0, "mbwa")]
    report.write_predictions(tmp_path / "p.tsv", predictions)
    report.write_induced(tmp_path / "i.tsv", [("cat", "paka", 0.51239)])
    assert (tmp_path / "p.tsv").read_text().splitlines() == [
        "source\tgold\torigins\tnn_rank\tcsls_rank\tcsls_best",
        "cat\tpaka|chui\tui\t1\t0\tmbwa",
    ]
    assert (tmp_path / "i.tsv").read_text().splitlines()[1] == "cat\tpaka\t0.5124"
