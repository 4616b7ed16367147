"""The columns of encoders, what tuning changed, and what it took."""

from pathlib import Path

from lingraft.reporting.tables.table import EMPTY, Table, to_csv, to_latex, to_markdown
from lingraft.reporting.writing.content import Content


def table(content: Content, name: str) -> Table:
    """The one table with this name."""
    [found] = [table for table in content.tables if table.name == name]
    return found


def test_an_encoder_is_a_third_group_of_columns(tuned: tuple[Path, Content]) -> None:
    found = table(tuned[1], "headline-swahili-swh_Latn")
    groups = ["Step 0, initialized only", "After pretraining", "Sentence encoder distilled"]
    assert found.groups == [("", 1), *((group, 3) for group in groups)]


def test_what_has_no_encoder_is_neither_a_number_nor_missing(tuned: tuple[Path, Content]) -> None:
    folder, content = tuned
    found = table(content, "headline-swahili-swh_Latn")
    [row] = [row for row in found.rows if row["initialization"] == "wechsel"]
    keys = [c.key for c in found.columns if c.group == "Sentence encoder distilled"]
    assert [row[key] for key in keys] == [EMPTY] * 3
    written = next(line for line in to_markdown(found).splitlines() if line.startswith("| wechsel"))
    assert written.endswith(" |  |  |  |")
    assert to_csv(found).splitlines()[2].endswith("," * 18)
    assert "wechsel" in to_latex(found)
    page = (folder / "index.html").read_text("utf-8")
    assert page.count('<td class="number"></td>') == 3
    summary = (folder / "summary.txt").read_text("utf-8")
    assert "encoder distilled:" in summary and "–" not in summary.split("▲ better")[0]


def test_the_table_of_gains_has_before_after_and_items(tuned: tuple[Path, Content]) -> None:
    found = table(tuned[1], "encoders")
    assert [row["initialization"] for row in found.rows] == ["random", "trans-tokenization"]
    assert {row["start"] for row in found.rows} == {"pretrained"}
    assert [group for group, _ in found.groups] == [
        "", "bits per byte ↓", "accuracy@1 ↑", "accuracy@10 ↑"
    ]  # fmt: skip
    for row in found.rows:
        for i in range(3):
            assert row[f"{i}"].difference is not None and row[f"{i} before"] is not None
            won, lost = map(int, row[f"{i} items"].split(" / "))
            assert won + lost <= 80
    page = (tuned[0] / "index.html").read_text("utf-8")
    assert "▲ better than the model that the encoder was tuned from" in page


def test_the_tables_of_costs_have_the_tunings(tuned: tuple[Path, Content]) -> None:
    found = table(tuned[1], "tuning")
    assert len(found.rows) == 4
    first = found.rows[0]
    assert (first["pair_loss 0"], first["pair_loss -1"]) == (0.1, 0.05)
    assert (first["step"], first["cpu_seconds"]) == (20, 14.0)
    assert not [column for column in found.columns if "language model" in column.group]
    [costs] = [r for r in table(tuned[1], "costs").rows if r["stage"] == "tune encoder"]
    # The benchmark says 9 seconds; the tuning counts less wall time and less CPU time.
    assert (costs["jobs"], costs["total"], round(costs["cpu"], 1)) == (4, 36.0, 61.2)
