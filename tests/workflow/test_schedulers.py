"""The profiles for other schedulers, with stand-ins for the schedulers' commands on PATH."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml
from tests.workflow.project import ROOT, Project

TARGET = "results/tiny/corpora/english/manifest.json"

QSUB = """#!/bin/sh
# Notes how it was called and runs the script at once.
echo "$@" > {asked}
for script; do :; done
setsid sh "$script" > /dev/null 2>&1 &
echo 17.server
"""

# Creates nothing: runs the container's command where it is, as the pod would with the volume.
KUBECTL = """#!/usr/bin/env python3
import json, subprocess, sys
if "create" in sys.argv:
    job = json.load(sys.stdin)
    open("{asked}", "w").write(json.dumps(job))
    box = job["spec"]["template"]["spec"]["containers"][0]
    nothing = subprocess.DEVNULL
    subprocess.Popen(
        box["command"], cwd=box["workingDir"], start_new_session=True, stdout=nothing
    )
    print("lingraft-abc12", end="")
"""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the scheduler was asked; its commands are stand-ins."""
    programs, asked = tmp_path / "bin", tmp_path / "asked"
    programs.mkdir()
    texts = {"qsub": QSUB, "qstat": "#!/bin/sh\n", "qdel": "#!/bin/sh\n", "kubectl": KUBECTL}
    for name, text in texts.items():
        (programs / name).write_text(text.replace("{asked}", str(asked)))
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return asked


def submit(project: Project, profile: str) -> None:
    done = project.snakemake(
        "--workflow-profile", f"profiles/{profile}", "--latency-wait", "5", TARGET
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert (project.folder / TARGET).is_file()


def test_any_scheduler_that_submits_scripts(project: Project, asked: Path) -> None:
    submit(project, "cluster-generic")
    words = asked.read_text()
    assert "-N prepare_corpus-english -l walltime=1800" in words
    assert "-l select=1:ncpus=1:mem=2001mb:ngpus=0" in words


def test_kubernetes(project: Project, asked: Path) -> None:
    submit(project, "kubernetes")
    job = json.loads(asked.read_text())["spec"]
    assert job["activeDeadlineSeconds"] == 1800
    box = job["template"]["spec"]["containers"][0]
    assert box["resources"]["requests"] == {"cpu": 1, "memory": "2001M"}
    assert "nvidia.com/gpu" not in box["resources"]["limits"]
    assert box["volumeMounts"][0]["mountPath"] == str(project.folder)


@pytest.mark.parametrize("profile", ["cluster-generic", "kubernetes"])
@pytest.mark.parametrize(("ended", "alive", "told"), [
    ("0", True, "success"), ("1", True, "failed"), ("", True, "running"), ("", False, "failed"),
])  # fmt: skip
def test_how_a_job_stands(
    asked: Path, tmp_path: Path, profile: str, ended: str, alive: bool, told: str
) -> None:
    """A job leaves its outcome behind; without one, the scheduler says whether it still lives."""
    folder = tmp_path / ".snakemake" / "cluster"
    folder.mkdir(parents=True)
    (folder / "17.job").write_text(str(folder / "x.ended"))
    (folder / "x.ended").write_text(ended)
    for name in ("qstat", "kubectl"):
        (asked.parent / "bin" / name).write_text(f"#!/bin/sh\nexit {0 if alive else 1}\n")
    status = ROOT / "profiles" / profile / "status.sh"
    done = subprocess.run([status, "17"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == f"{told}\n", done.stderr


def test_both_share_their_scripts() -> None:
    for name in ("submit.sh", "status.sh", "cancel.sh"):
        ours, theirs = (
            ROOT / "profiles" / profile / name for profile in ("cluster-generic", "kubernetes")
        )
        assert ours.read_bytes() == theirs.read_bytes()


@pytest.mark.parametrize("path", sorted((ROOT / "profiles").glob("*/profile.yaml")), ids=str)
def test_every_line_of_a_profile_is_explained(path: Path) -> None:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        opens_block = line.rstrip().endswith(":")
        assert not line.strip() or opens_block or "#" in line, f"{path}:{number}: {line}"
    assert yaml.safe_load(path.read_text("utf-8"))


def test_copies_of_the_cluster_profiles_agree() -> None:
    """Trainings that may stop need another try, unfinished outputs must not stop a rerun."""
    for path in (ROOT / "profiles").glob("*/profile.yaml"):
        content = yaml.safe_load(path.read_text("utf-8"))
        assert content["rerun-incomplete"] and content["keep-going"]
        if "executor" in content:
            assert content["retries"] >= 1
            assert content["set-resources"]["pretrain"]["runtime"]
