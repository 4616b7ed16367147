"""Every configuration plans with every profile; mistakes are answered before anything runs."""

import re
from pathlib import Path

import pytest
import yaml
from tests.workflow.project import ROOT, TINY, Project

from lingraft.artifacts import read_sealed, write_sealed

CONFIGS = sorted((ROOT / "config").rglob("*.yaml"))
MODELS = "results/tiny/models/swahili"
PROFILES = sorted(path.parent for path in (ROOT / "profiles").glob("*/profile.yaml"))


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_every_configuration_plans(project: Project, config: Path) -> None:
    relative = config.relative_to(ROOT)
    planned = project.planned(config=relative)
    assert planned["report"] == 1
    measured = sum(count for rule, count in planned.items() if rule.startswith("evaluate"))
    assert measured > 0
    assert planned.get("evaluate", 0) >= planned.get("pretrain", 0)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda path: path.name)
def test_every_profile_plans(project: Project, profile: Path) -> None:
    assert project.planned("--workflow-profile", str(profile.relative_to(ROOT)))["pretrain"] == 3


def test_nothing_is_written_by_planning(project: Project) -> None:
    project.planned()
    assert not (project.folder / "results").exists()


@pytest.mark.parametrize(
    ("section", "key", "value", "answer"),
    [
        ("runs", "swahili.tokenizr", "x", "runs.swahili.tokenizr is not a key here; did you mean"),
        ("runs", "swahili.tokenizer", "x", "runs.swahili.tokenizer: 'x' is not in tokenizers"),
        (
            "initializations",
            "wechsel.method",
            "weschel",
            "'weschel' is unknown; did you mean 'wechsel'?",
        ),
        (
            "corpora",
            "swahili.language",
            "swh/Latn",
            "corpora.swahili.language: 'swh/Latn' is not allowed",
        ),
        ("pretraining", "short.steps", "many", "pretraining.short.steps"),
    ],
)
def test_mistakes_are_answered_by_key(
    project: Project, section: str, key: str, value: str, answer: str
) -> None:
    project.change(**{section: {key: value}})
    done = project.dry_run()
    assert done.returncode != 0
    assert answer in done.stdout
    assert "Traceback" not in done.stdout
    assert done.processor_seconds < 10


def test_a_run_may_pretrain_some_of_its_initializations(project: Project) -> None:
    """With recipes of their own; the others end at step 0."""
    project.change(
        pretraining={"longer": {"steps": 9, "learning_rate": 1e-3}},
        runs={"swahili.pretraining": {"random": "short", "wechsel": "longer"}},
    )
    planned = project.planned()
    assert planned["initialize_embeddings"] == 3
    assert planned["pretrain"] == 2
    assert planned["evaluate"] == 3 + 2
    said = project.dry_run("--printshellcmds").stdout
    jobs = re.findall(r"rule pretrain:.*?models/swahili/([\w-]+)/.*?\"steps\": ?(\d+)", said, re.S)
    assert sorted(jobs) == [("random", "6"), ("wechsel", "9")]
    ended = project.dry_run(f"{MODELS}/ofa-8/seed-1/pretrained/manifest.json")
    assert ended.returncode != 0
    assert "runs.swahili.pretraining has no recipe for ofa-8, so its models end" in ended.stdout


def test_mined_training_sets_have_a_rule_of_their_own(project: Project) -> None:
    path = project.folder / TINY
    sets = {
        "parallel": {"kind": "translations", "corpora": ["swahili"]},
        "hard": {"kind": "mined", "set": "parallel", "model": "tiny-bert"},
    }
    content = yaml.safe_load(path.read_text("utf-8")) | {"training_sets": sets}
    path.write_text(yaml.safe_dump(content), "utf-8")
    planned = project.planned("results/tiny/training_sets/hard/manifest.json")
    assert planned["prepare_training_set"] == planned["mine_negatives"] == 1
    assert "pretrain" not in planned


def test_jobs_ask_for_more_memory_when_there_is_more_to_read(copy_of_finished: Project) -> None:
    """And again more at each attempt; the default profile leaves it at that."""
    corpus = copy_of_finished.folder / "results" / "tiny" / "corpora" / "swahili" / "manifest.json"
    content = read_sealed(corpus)
    content["files"]["train.jsonl.zst"]["size"] = 1_000_000_000
    write_sealed(corpus, content)
    said = copy_of_finished.dry_run("--quiet", "host").stdout
    asked = re.search(r"rule train_tokenizer:.*?mem_mb=(\d+)", said, flags=re.DOTALL)
    assert asked and 20_000 < int(asked[1]) <= 64_000
