"""One source of truth: what is needed stands in pyproject, which versions in constraints.txt."""

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from tests.workflow.project import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
ENVS = ROOT / "envs"
IMAGES = [ENVS / "Dockerfile", ENVS / "apptainer.def"]


def pins() -> dict[str, str]:
    lines = (ENVS / "constraints.txt").read_text("utf-8").splitlines()
    found = [line.split("==") for line in lines if "==" in line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in found}


@pytest.mark.parametrize("text", PROJECT["dependencies"], ids=lambda text: Requirement(text).name)
def test_every_dependency_is_pinned_within_its_range(text: str) -> None:
    requirement = Requirement(text)
    version = pins().get(canonicalize_name(requirement.name))
    assert version, f"{requirement.name} has no pin in envs/constraints.txt"
    assert requirement.specifier.contains(version, prereleases=True)


@pytest.mark.parametrize("path", [*IMAGES, ENVS / "lingraft.yaml"], ids=lambda path: path.name)
def test_every_environment_has_a_python_that_we_support(path: Path) -> None:
    found = re.search(r"python[ :=]*(\d+\.\d+)", path.read_text("utf-8"), re.IGNORECASE)
    assert found
    assert SpecifierSet(PROJECT["requires-python"]).contains(found[1])


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.name)
def test_images_install_what_the_project_says(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "make .venv/.run" in text  # which calls envs/install.sh
    assert "pip install" not in text  # no second list of packages
    for needed in ("pyproject.toml", "envs", "src", "workflow", "scripts", "profiles", "config"):
        assert re.search(rf"\b{re.escape(needed)}\b", text), f"{needed} is not copied"


def test_conda_installs_what_the_project_says() -> None:
    packages = yaml.safe_load((ENVS / "lingraft.yaml").read_text("utf-8"))["dependencies"]
    (from_pip,) = [entry["pip"] for entry in packages if isinstance(entry, dict)]
    assert from_pip == ["-c constraints.txt", "-e .."]


def test_the_catalog_can_read_how_to_use_it() -> None:
    content = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text("utf-8"))
    assert set(content["usage"]) >= {"mandatory-flags", "software-stack-deployment", "report"}


@pytest.mark.parametrize("kind", ["link", "copy"])
def test_an_environment_of_others_is_not_taken_over(tmp_path: Path, kind: str) -> None:
    """A linked .venv, and one that came with a copied checkout, belong to somebody else."""
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    shutil.copytree(ENVS, mine / "envs")
    site = (theirs if kind == "link" else mine) / ".venv/lib/python3.11/site-packages"
    note = site / "lingraft-0.1.0.dist-info" / "direct_url.json"
    note.parent.mkdir(parents=True)
    note.write_text(json.dumps({"url": theirs.as_uri(), "dir_info": {"editable": True}}))
    if kind == "link":
        (mine / ".venv").symlink_to(theirs / ".venv")
    done = subprocess.run(
        ["bash", mine / "envs" / "install.sh", "run"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert str(theirs) in done.stderr and "SHARED_VENV=yes" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_make_quotes_what_it_is_given() -> None:
    done = subprocess.run(
        ["make", "--dry-run", "run", "CONFIG=my file's.yaml", 'ARGS=--until "a b"', "CORES=$(x)2"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    words = shlex.split(done.stdout.replace("\\\n", ""))
    assert words.count("my file's.yaml") == 2  # the run and its summary
    assert '--arguments=--until "a b"' in words
