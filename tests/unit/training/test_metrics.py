"""The log of a training has no gaps and no doubles, whatever it went through."""

import json
from pathlib import Path

import pytest

from lingraft.training.metrics import MetricsFile


@pytest.fixture
def metrics(tmp_path: Path) -> MetricsFile:
    written = MetricsFile(tmp_path / "metrics.jsonl")
    for step in (0, 10, 20, 30):
        written.append({"kind": "train", "step": step, "loss": 1.0 / (step + 1)})
    return written


def test_rewind_drops_what_will_be_done_again(metrics: MetricsFile) -> None:
    metrics.rewind(20)
    assert [line["step"] for line in metrics.read()] == [0, 10, 20]
    metrics.rewind(-1)
    assert metrics.read() == []


def test_a_line_that_was_cut_off_is_dropped(metrics: MetricsFile) -> None:
    text = metrics.path.read_text()
    metrics.path.write_text(text[:-12])
    metrics.rewind(100)
    metrics.append({"kind": "train", "step": 30, "loss": 0.5})
    lines = [json.loads(line) for line in metrics.path.read_text().splitlines()]
    assert [line["step"] for line in lines] == [0, 10, 20, 30]
    assert lines[-1]["loss"] == 0.5


@pytest.mark.parametrize(
    "damage",
    [b"\xff\x00", b"[1]", b"3", b'{"loss": 1.0}', b"", b'{"step": 10, "kind": "train"}', "digit"],
)
def test_a_damaged_line_costs_no_other(metrics: MetricsFile, damage: bytes | str) -> None:
    lines = metrics.path.read_bytes().splitlines()
    lines[1] = lines[1].replace(b"10", b"11") if damage == "digit" else damage
    spoilt = b"\n".join(lines) + b"\n"  # type: ignore[arg-type]
    metrics.path.write_bytes(spoilt)
    metrics.rewind(20)
    assert [line["step"] for line in metrics.read()] == [0, 20]
    assert metrics.path.with_name("metrics.jsonl.damaged").read_bytes() == spoilt


def test_numbers_survive_exactly_and_infinities_become_null(metrics: MetricsFile) -> None:
    line = {"step": 40, "loss": 0.1 + 0.2, "grad_norm": float("inf"), "lr": float("nan")}
    metrics.append({**line, "corpora": {"a": float("nan"), "b": 0.5}})
    metrics.rewind(40)
    clean = {"step": 40, "loss": 0.1 + 0.2, "grad_norm": None, "lr": None}
    assert metrics.read()[-1] == {**clean, "corpora": {"a": None, "b": 0.5}}


def test_readers_get_the_lines_without_digests(metrics: MetricsFile, tmp_path: Path) -> None:
    metrics.export(tmp_path / "exported.jsonl")
    lines = (tmp_path / "exported.jsonl").read_text().splitlines()
    assert json.loads(lines[1]) == {"kind": "train", "step": 10, "loss": 1.0 / 11}
    assert len(lines) == 4


def test_nothing_written_yet(tmp_path: Path) -> None:
    empty = MetricsFile(tmp_path / "none.jsonl")
    empty.rewind(5)
    empty.sync()
    assert not empty.path.exists()
