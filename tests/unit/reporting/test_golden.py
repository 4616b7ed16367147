"""The whole report in Markdown on fixed inputs, line by line.

After a change that is meant: `UPDATE_GOLDEN=1 pytest tests/unit/reporting/test_golden.py`, and read
the difference before committing it.
"""

import os
from pathlib import Path

from synthetic import configuration, write_results

from lingraft.reporting.stage import build

GOLDEN = Path(__file__).parent / "golden"
FILES = ("report.md", "tables/results.csv", "tables/headline-swahili-swh_Latn.tex")


def test_report_on_fixed_inputs(tmp_path: Path) -> None:
    names = ("random", "wechsel", "trans-tokenization")
    config = configuration({"swahili": ["swh_Latn"]}, names, seeds=(1, 2))
    results = write_results(config, tmp_path)
    (results / "evaluation/swahili/wechsel/seed-2/pretrained/retrieval.json").unlink()
    build(config, results, results / "report")
    for name in FILES:
        text = (results / "report" / name).read_text(encoding="utf-8")
        text = "\n".join(line for line in text.splitlines() if not _is_of_this_machine(line)) + "\n"
        golden = GOLDEN / Path(name).name
        if os.environ.get("UPDATE_GOLDEN"):
            golden.parent.mkdir(exist_ok=True)
            golden.write_text(text, encoding="utf-8")
        assert _rounded(text) == _rounded(golden.read_text(encoding="utf-8"))


def _is_of_this_machine(line: str) -> bool:
    """Versions of installed packages."""
    packages = ("lingraft", "torch", "transformers", "tokenizers", "deepspeed", "numpy")
    return line.startswith(tuple(f"| {package} |" for package in packages))


def _rounded(text: str) -> list[list[object]]:
    """Numbers of a CSV to seven digits: sums may differ in the last bits between machines."""
    return [[_number(cell) for cell in line.split(",")] for line in text.splitlines()]


def _number(cell: str) -> object:
    try:
        return f"{float(cell):.7g}"
    except ValueError:
        return cell
