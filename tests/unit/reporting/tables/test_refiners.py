"""The report says what each refiner did to its vectors."""

from dataclasses import replace

from synthetic import EMPTY

from lingraft.reporting.tables.refiners import refiner_table

REFINERS = [
    {"name": "all-but-the-top", "directions": 2, "variance": 0.25},
    {
        "name": "retrofitting",
        "edges": {"read": 1234, "relations": {"synonym": 9}},
        "distance_before": {"connected": 0.8, "unconnected": None},
    },
    {"name": "quantization", "codes": "int8"},
]


def test_each_fact_is_a_row() -> None:
    table = refiner_table(replace(EMPTY, refiners={"swahili": REFINERS}))
    rows = [(row["step"], row["refiner"], row["what"], row["value"].text) for row in table.rows]
    assert rows == [
        (1, "all-but-the-top", "directions", "2"),
        (1, "all-but-the-top", "variance", "0.250"),
        (2, "retrofitting", "edges read", "1,234"),
        (2, "retrofitting", "edges relations synonym", "9"),
        (2, "retrofitting", "distance before connected", "0.800"),
        (3, "quantization", "codes", "int8"),
    ]
    assert "cosine distances" in table.note
    assert not refiner_table(EMPTY).rows
