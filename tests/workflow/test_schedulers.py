"""The profiles for other schedulers, with stand-ins for the schedulers' commands on PATH."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.workflow.project import ROOT, TINY, Project

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
    """The configuration is edited while the job waits, and it makes what was planned."""
    config = project.folder / TINY
    edit = f"sed -i 's/fraction: 0.1/fraction: 0.5/' {config}\n"
    (asked.parent / "bin" / "qsub").write_text(
        QSUB.replace("{asked}", str(asked)).replace("for script", edit + "for script")
    )
    done = subprocess.run(
        [
            *(sys.executable, "scripts/run_workflow.py", "--config", str(TINY)),
            *("--profile", "cluster-generic", "--target", TARGET),
            "--arguments=--latency-wait 5",
        ],
        cwd=project.folder, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "fraction: 0.5" in config.read_text()
    made = json.loads((project.folder / TARGET).read_text())
    assert made["settings"]["held_out"] == {"fraction": 0.1}
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


PROPERTIES = {
    "type": "single", "rule": "r", "wildcards": {"n": "é x"}, "threads": 1,
    "resources": {"mem_mb": 10},
}  # fmt: skip
GROUP = {"type": "group", "groupid": "text", "jobs": [], "threads": 2, "resources": {}}


@pytest.mark.parametrize(("name", "job"), [
    ("""a'b "$(touch no)" ;\\é\n\t*""", PROPERTIES), ("plain", GROUP),
], ids=["odd folder", "group"])  # fmt: skip
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_any_folder_and_groups_of_jobs(
    asked: Path, tmp_path: Path, name: str, job: dict[str, Any], locale: str
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    script = folder / "job.sh"
    script.write_text(f"#!/bin/sh\n# properties = {json.dumps(job)}\ntouch done\n")
    (asked.parent / "bin" / "qsub").write_text('#!/bin/sh\nfor s; do :; done; sh "$s"; echo 17\n')
    for profile in ("cluster-generic", "kubernetes"):
        done = subprocess.run(
            [ROOT / "profiles" / profile / "submit.sh", script],
            cwd=folder, env=os.environ | {"LC_ALL": locale}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert (folder / "done").exists() and not (folder / "no").exists()
    ending = Path((folder / ".snakemake/cluster/17.job").read_bytes().decode().removesuffix("\n"))
    assert ending.read_text() == "0\n"
    box = json.loads(asked.read_text())["spec"]["template"]["spec"]["containers"][0]
    assert box["workingDir"] == str(folder)


def test_both_share_their_scripts() -> None:
    """Each finds the scheduler.sh beside its own name; a copy of either folder goes on working."""
    for name in ("submit.sh", "status.sh", "cancel.sh"):
        theirs = ROOT / "profiles" / "kubernetes" / name
        assert theirs.resolve() == (ROOT / "profiles" / "cluster-generic" / name).resolve()


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
        assert content["rerun-triggers"] == ["mtime", "params", "input", "software-env"]
        if "executor" in content:
            assert content["retries"] >= 1
            assert content["set-resources"]["pretrain"]["runtime"]
