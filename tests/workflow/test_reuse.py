"""Other workflows and folders: `module`, `--directory`, and machines without a network."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.workflow import prepared
from tests.workflow.project import TINY, Project, can_leave_network, leave_network

SNAKEMAKE = str(Path(sys.executable).with_name("snakemake"))
IMPORTING = """\
configfile: "study.yaml"

module lingraft:
    snakefile: "{snakefile}"
    config: config["lingraft"]
    prefix: "sub"

use rule * from lingraft as lingraft_*

rule own:
    default_target: True
    input: rules.lingraft_models.input
    output: "own.txt"
    shell: "ls {{input}} > {{output}}"
"""


def plan(folder: Path, *arguments: str) -> str:
    done = prepared.snakemake(folder, "--cores", "1", "--dry-run", *arguments)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_another_workflow_imports_it_as_a_module(tmp_path: Path, project: Project) -> None:
    study = tmp_path / "study"
    study.mkdir()
    (study / "Snakefile").write_text(IMPORTING.format(snakefile=project.folder / "Snakefile"))
    content = yaml.safe_load((project.folder / TINY).read_text("utf-8"))
    shutil.copytree(project.folder / "tests", study / "tests")  # sources have no prefix
    (study / "study.yaml").write_text(yaml.safe_dump({"own": 1, "lingraft": content}), "utf-8")
    planned = plan(study, "--printshellcmds")
    assert "lingraft_pretrain" in planned and "own" in planned
    assert "--state sub/state/tiny/models/swahili/random/seed-1/pretrained" in planned

    target = "sub/results/tiny/corpora/english/manifest.json"
    done = subprocess.run([SNAKEMAKE, "--cores", "1", target], cwd=study)
    assert done.returncode == 0
    assert (study / target).is_file()


def test_a_mistake_in_an_imported_configuration_is_named(tmp_path: Path, project: Project) -> None:
    (tmp_path / "Snakefile").write_text(IMPORTING.format(snakefile=project.folder / "Snakefile"))
    (tmp_path / "study.yaml").write_text("lingraft: {experiment: x, sorces: {}}\n")
    done = prepared.snakemake(tmp_path, "--dry-run")
    assert done.returncode != 0
    assert "sorces is not a key here; did you mean 'sources'?" in done.stdout


def test_results_may_lie_in_another_folder(tmp_path: Path, project: Project) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copytree(project.folder / "tests", elsewhere / "tests")
    target = "results/tiny/corpora/english/manifest.json"
    done = subprocess.run(
        [
            *(SNAKEMAKE, target, "--cores", "1", "--directory", str(elsewhere)),
            *("--configfile", str(project.folder / TINY)),
        ],
        cwd=project.folder,
    )
    assert done.returncode == 0
    assert (elsewhere / target).is_file()
    assert not (project.folder / "results").exists()


def test_after_the_download_no_network_was_needed(finished: Project) -> None:
    """The finished workflow of all these tests has been made that way (conftest.py)."""
    if not can_leave_network():
        pytest.skip("this machine does not let us leave the network")
    ask = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=5)"
    asked = subprocess.run(
        [sys.executable, "-c", ask], preexec_fn=leave_network, capture_output=True, text=True
    )
    assert "Network is unreachable" in asked.stderr
    assert (finished.folder / "results/tiny/report/index.html").is_file()
