"""The folder of an experiment is read without the blocks of all stages."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lingraft.errors import ConfigError
from lingraft.experiment.folders import results_folder, results_of

ROOT = Path(__file__).parents[3]


def test_it_is_that_of_the_checked_configuration() -> None:
    assert results_of(ROOT / "config" / "tiny.yaml") == Path("results", "tiny")


@pytest.mark.parametrize(
    "said",
    ["experiment: a/b", "runs: {}", "[]", "experiment: 7", 'experiment: "a\\n"',
     f"experiment: {'ab' * 40}"],
)  # fmt: skip
def test_what_names_no_folder_is_answered_as_always(said: str, tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text(said, "utf-8")
    with pytest.raises(ConfigError, match=r"odd\.yaml"):
        results_of(tmp_path / "odd.yaml")


def test_where_results_are_is_written_once() -> None:
    """Who wants another layout changes one function."""
    written = re.compile(r"""Path\(f?["']results["'/]|f["']results/""")
    files = [
        path
        for folder in ("src/lingraft", "scripts", "workflow")
        for path in (ROOT / folder).rglob("*")
        if path.name == "Snakefile" or path.suffix in (".py", ".smk")
    ]
    assert len(files) > 100
    found = [str(path.relative_to(ROOT)) for path in files if written.search(path.read_text())]
    assert found == ["src/lingraft/experiment/folders.py"]
    assert results_folder("a") == Path("results", "a")


def test_no_stage_is_imported() -> None:
    asked = (
        "import sys; from pathlib import Path; from lingraft.experiment.folders import results_of; "
        "results_of(Path('config/tiny.yaml')); "
        "print([name for name in sys.modules if name.startswith('lingraft.')])"
    )
    said = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "lingraft.experiment.folders" in said
    assert "lingraft.experiment.configuration" not in said
