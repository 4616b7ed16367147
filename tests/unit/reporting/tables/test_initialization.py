"""What the report says of a calibration and of an alignment, for the runs that have them."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.reporting.synthetic import EMPTY, configuration

from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.tables.initialization import (
    calibration_table,
    choice_table,
    generator_table,
)
from lingraft.reporting.tables.table import to_markdown
from lingraft.reporting.writing.sections import compose
from lingraft.stages.trainings import TrainingId

CALIBRATION = {
    "logits": 0.731, "bias": 2.0, "predictions": 1004, "loss_before": 6.5, "loss_after": 5.25,
}  # fmt: skip
CHOICE = {"prior": 3.0, "iterations": 4, "held_out_log_likelihood": -4.125}
ALIGNMENT = {
    "target-picks-source": CHOICE,
    "source-picks-target": {"prior": 1.0, "iterations": 5, "held_out_log_likelihood": None},
}


def collected(**accounts: dict[str, Any]) -> Collected:
    """Two seeds of each initialization, with the same account."""
    found = {TrainingId("swahili", n, s): a for n, a in accounts.items() for s in (1, 2)}
    return replace(EMPTY, initializations=found)


def test_the_calibration_of_those_that_have_one() -> None:
    collection = collected(random={"rows": {}}, mixture={"calibration": CALIBRATION})
    table = calibration_table(collection)
    assert table.rows == [{"run": "swahili", "initialization": "mixture", **CALIBRATION}]
    lines = to_markdown(table)
    assert "| swahili | mixture | 0.731 | 2.000 | 1,004 | 6.500 | 5.250 |" in lines


def test_the_choice_in_each_direction() -> None:
    table = choice_table(collected(random={}, mixture={"alignment": ALIGNMENT}))
    assert [(row["direction"], row["prior"]) for row in table.rows] == [
        ("target-picks-source", 3.0),
        ("source-picks-target", 1.0),
    ]
    lines = to_markdown(table)
    assert "| swahili | mixture | target-picks-source | 3.000 | 4 | −4.125 |" in lines
    assert "| swahili | mixture | source-picks-target | 1.000 | 5 | – |" in lines


def generated(verdict: str) -> dict[str, Any]:
    """The account of generated rows."""
    cosine = {"value": 0.29, "fvt": 0.2, "difference": 0.09, "interval": [0.08, 0.1]}
    rank = {"value": 0.1, "fvt": 0.125, "difference": -0.025, "interval": [-0.05, 0.0]}
    embeddings = {"cosine": cosine, "reciprocal_rank": rank, "median_rank": {"value": 3, "fvt": 4}}
    quality = {"tokens": 2000, "embeddings": embeddings, "bias": {"error": {}}, "verdict": verdict}
    return {"generator": {"name": "one", "method": "hypernetwork", "quality": quality}}


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("better", []),
        ("worse", ["swahili: the generator of made is worse than FVT"]),
        ("undecided", ["swahili: the generator of made is not shown to be better than FVT"]),
    ],
)
def test_a_generator_stands_beside_fvt(verdict: str, said: list[str]) -> None:
    table = generator_table(collected(random={}, made=generated(verdict)))
    assert [row["measure"] for row in table.rows] == ["cosine", "reciprocal rank"]
    lines = to_markdown(table)
    cells = "embeddings | cosine | 2,000 | 0.290 | 0.200 | 0.090 | 0.080 | 0.100"
    assert f"| swahili | made | one (hypernetwork) | {cells} | {verdict} |" in lines
    assert len(table.warnings) == len(said)
    assert all(warning.startswith(text) for warning, text in zip(table.warnings, said, strict=True))


def test_a_generator_says_what_lessons_on_text_did() -> None:
    made = generated("worse")
    loss = {"value": 5.5, "fvt": 7.25, "difference": 1.75, "interval": [1.5, 2.0]}
    made["generator"]["quality"]["text"] = [{"corpus": "english", "windows": 64, "loss": loss}]
    lines = to_markdown(generator_table(collected(made=made)))
    assert "| loss on english (nats) | – | 5.500 | 7.250 | 1.750 | 1.500 | 2.000 | – |" in lines


def test_the_section_has_them_only_where_there_are_some() -> None:
    config = configuration({"swahili": ["swh_Latn"]}, ["random", "mean"])

    def names(collection: Collected) -> set[str]:
        return {
            part.name
            for section in compose(config, collection).sections
            if section.id == "initialization"
            for part in section.parts
        }

    account = {"rows": {"combined": 3}}
    expected = {"calibration", "alignment-choices", "generators"}
    assert not expected & names(collected(mean=account))
    full = account | {"calibration": CALIBRATION, "alignment": ALIGNMENT} | generated("worse")
    assert expected <= names(collected(mean=full))
