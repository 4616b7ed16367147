"""What lies on disk may change by itself: no consumer uses a changed file in silence.

Consumers are the workflow's own commands. A flipped bit or a cut is *refused* (one line, exit code
not 0), *harmless* (the outcome is the same) or *told* (the outcome differs, and the log or the
report names the file). It is never silent, and never a traceback.

Not covered, because no digest of ours can be in them: the benchmark files that Snakemake writes,
and the finished report, which nothing reads.
"""

import json
import random
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from tests.faults.consumers import Consumers, Ending, Job, planned_jobs
from tests.workflow.project import ROOT, TINY, Project, copy_of

from lingraft.artifacts import fingerprint, read_manifest

pytestmark = pytest.mark.timeout(1800)  # the first test waits for the whole tiny experiment

FLIPS, CUTS = 400, 100
WITHOUT_ARTIFACTS = {"fetch", "report"}  # files of the user's; results, which `consume` has
REPORT = "report"
EVALUATIONS = {"evaluate", "evaluate_tokenizer", "evaluate_alignment", "evaluate_vectors"}
TRAININGS = {"pretrain", "warm_up_head", "tune_encoder"}
# Other jobs read what these make; the tiny experiment does not have it.
MADE_HERE = {
    "clean_shard", "mine_negatives", "prepare_dataset", "prepare_training_set", "tune_encoder"
}  # fmt: skip


@pytest.fixture(scope="module")
def consumers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Consumers]:
    opened = Consumers(tmp_path_factory.mktemp("consumers"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def project(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished workflow to damage; every test restores what it changes."""
    return copy_of(finished, tmp_path_factory.mktemp("damaged") / "project")


@pytest.fixture(scope="module")
def jobs(project: Project, consumers: Consumers) -> list[Job]:
    """Jobs of every rule: of the tiny configuration, and of one with shards, datasets, encoders."""
    content = yaml.safe_load((project.folder / TINY).read_text("utf-8"))
    content["corpora"]["english"]["shards"] = 2
    content["datasets"] = {
        "pairs": {
            "source": "text", "format": "lines", "pivot": "dictionary-{code}.tsv",
            "target": "dictionary-{code}.tsv", "languages": {"swh_Latn": "english-swahili"},
        }
    }  # fmt: skip
    content["evaluation"]["sr_b"] = {"data": "pairs"}
    groups = [["the", "and"], ["of", "to"]]
    content["evaluation"]["word_associations"] = {
        "tests": {"words": {"language": "eng_Latn", "targets": groups, "attributes": groups}}
    }
    content["tokenizers"]["taken"] = {
        "algorithm": "pretrained", "source": "model", "path": "."
    }  # fmt: skip
    run = next(iter(content["runs"].values()))
    content["runs"]["again"] = {**run, "tokenizer": "taken"}
    content["generators"] = {
        "words": {
            "method": "hyperofa", "model": "tiny-bert", "alignments": run["alignments"],
            "hidden": 4, "epochs": 1,
        }
    }  # fmt: skip
    content["initializations"]["made"] = {"method": "generated", "generator": "words"}
    run["initializations"] = [*run["initializations"], "made"]
    content["training_sets"]["hard"] = {
        "kind": "mined",
        "set": "translations",
        "model": "tiny-bert",
    }
    content["encoders"]["merged"] = {
        "merge": {"method": "average"},
        "of": ["distilled", "pretrained"],
    }
    run["encoders"] = {"distilled": ["random"], "merged": ["random"]}
    content["encoders"]["contrastive"] = {
        "maximum_length": 32,
        "stages": [{"data": ["hard"], "loss": {"name": "infonce"}, "steps": 2, "batch_size": 4}],
    }
    run["encoders"]["contrastive"] = ["wechsel"]
    more = project.folder / "config" / "more.yaml"
    more.write_text(yaml.safe_dump(content), "utf-8")
    found = planned_jobs(project)
    known = {job.rule for job in found}
    extra = planned_jobs(project, Path("config/more.yaml"))
    for job in extra:
        output = job.value("--output")
        if job.rule in MADE_HERE and job.rule not in known:
            ended = consumers.run(job.words, project.folder)
            assert ended.code == 0, ended.said
        is_new = job.rule not in known or "--shards" in " ".join(job.words)
        if is_new and output is not None:
            found.append(job)
    return [job for job in found if all((project.folder / path).is_dir() for path in job.inputs)]


def one_of_each(jobs: list[Job]) -> list[Job]:
    """For every rule the job with the most inputs."""
    chosen: dict[str, Job] = {}
    for job in jobs:
        if job.value("--shard") not in (None, "0"):
            continue  # the corpus has one file, which is the first shard's
        before = chosen.get(job.rule)
        if before is None or len(job.inputs) > len(before.inputs):
            chosen[job.rule] = job
    return list(chosen.values())


def run(consumers: Consumers, project: Project, job: Job, folder: Path, **limits: int) -> Ending:
    """Run a job whose output, and a copy of whose state, are in `folder`."""
    output = job.value("--output")
    if job.rule == REPORT:
        return consumers.run([*job.words, "--output", folder / "report"], project.folder, **limits)
    assert output is not None
    place = folder / Path(output).relative_to("results")
    job = job.with_value("--output", place)
    if state := job.value("--state"):
        if (project.folder / state).is_dir() and not (folder / state).exists():
            shutil.copytree(project.folder / state, folder / state)
        job = job.with_value("--state", folder / state)
    return consumers.run(job.words, project.folder, **limits)


@contextmanager
def damaged(path: Path, place: int | None, draw: random.Random) -> Iterator[None]:
    """Flip a bit of a file, or cut it off at a byte; afterwards it is as before."""
    whole, times = path.read_bytes(), path.stat()
    if place is None:
        bit = draw.randrange(len(whole) * 8)
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
    else:
        path.write_bytes(whole[:place])
    try:
        yield
    finally:
        path.write_bytes(whole)
        assert path.stat().st_mode == times.st_mode


def files_of(folder: Path, job: Job) -> list[Path]:
    """The manifest, and the files that a job reads of an artifact: all, but of a shard's source."""
    names = list(read_manifest(folder).files)
    if job.rule == "clean_shard":
        names = ["files/english.jsonl"]
    return [folder / name for name in ("manifest.json", *names)]


def test_every_rule_is_among_the_jobs(jobs: list[Job]) -> None:
    text = "\n".join(path.read_text("utf-8") for path in (ROOT / "workflow/rules").glob("*.smk"))
    rules = set(re.findall(r"^rule (\w+):", text, re.MULTILINE))
    rules |= set(re.findall(r"^use rule \w+ as (\w+) with:", text, re.MULTILINE))
    assert rules - WITHOUT_ARTIFACTS <= {
        job.rule for job in jobs if job.inputs or job.rule == REPORT
    }


def test_damage_in_every_input_of_every_rule_is_refused(
    project: Project, jobs: list[Job], consumers: Consumers, tmp_path: Path
) -> None:
    draw = random.Random(1)
    tried = 0
    for job in one_of_each(jobs):
        if job.rule == REPORT:
            continue
        for folder in job.inputs:
            path = draw.choice(files_of(project.folder / folder, job))
            with damaged(path, None, draw):
                ended = run(consumers, project, job, tmp_path)
            assert ended.is_one_line and ended.code == 65, f"{job.rule}, {path}: {ended}"
            assert str(path.relative_to(project.folder)) in ended.said, f"{job.rule}: {ended.said}"
            tried += 1
    assert tried >= 25
    assert not [path for path in tmp_path.rglob("*") if path.name in ("manifest.json", "model.bin")]


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("cut", [False, True], ids=["bits", "cuts"])
def test_damage_in_every_file_of_every_input_is_refused(
    project: Project, jobs: list[Job], consumers: Consumers, tmp_path: Path, cut: bool
) -> None:
    draw = random.Random(2)
    for job in one_of_each(jobs):
        for folder in job.inputs if job.rule != REPORT else ():
            for path in files_of(project.folder / folder, job):
                place = draw.randrange(path.stat().st_size) if cut else None
                with damaged(path, place, draw):
                    ended = run(consumers, project, job, tmp_path)
                assert ended.is_one_line, f"{job.rule}, {path}: {ended}"


def outcome(folder: Path) -> str:
    """Digest of what jobs made in a folder, without how long it took and when."""
    found = {}
    for path in sorted(folder.rglob("manifest.json")):
        made = read_manifest(path.parent).files
        found[str(path.relative_to(folder))] = {
            name: entry["sha256"]
            for name, entry in made.items()
            if name not in ("provenance.json",)
        }
    for path in sorted((folder / "tiny" / "evaluation").rglob("*.json")):
        content = json.loads(path.read_bytes())
        found[str(path.relative_to(folder))] = [content["key"], content["scores"]]
    if (tables := folder / "report" / "tables").is_dir():
        for path in sorted(tables.glob("*.csv")):
            if path.stem not in ("gaps", "costs"):
                found[path.name] = path.read_text("utf-8")
    return fingerprint(found)


NOT_OURS = {"lock.json", "heartbeat.json", ".lingraft", ".snakemake_timestamp"}


def victims(project: Project) -> list[list[Path]]:
    """Files by kind of folder: the kind is drawn first, for most files are of a few kinds."""
    groups: dict[str, list[Path]] = {}
    for top in ("results/tiny", "state/tiny"):
        for path in sorted((project.folder / top).rglob("*")):
            parts = path.relative_to(project.folder / top).parts
            if not path.is_file() or path.name in NOT_OURS or parts[0] in ("benchmarks", "report"):
                continue
            if path.stat().st_size:
                groups.setdefault(f"{top}/{parts[0]}", []).append(path)
    return list(groups.values())


def consumers_of(path: Path, project: Project, jobs: list[Job]) -> list[Job]:
    """The jobs that read a file."""
    inside = path.relative_to(project.folder)

    def reads(job: Job) -> bool:
        kept = [job.value("--state"), job.value("--output") if job.rule in EVALUATIONS else None]
        places = [*job.inputs, *(Path(place) for place in kept if place)]
        return any(inside.is_relative_to(place) for place in places)

    return [job for job in jobs if reads(job)]


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(("count", "cut"), [(FLIPS, False), (CUTS, True)], ids=["bits", "cuts"])
def test_nothing_is_silent(
    project: Project, jobs: list[Job], consumers: Consumers, tmp_path: Path, count: int, cut: bool
) -> None:
    draw = random.Random(3)
    groups = victims(project)
    report = next(job for job in jobs if job.rule == REPORT)
    expected: dict[Job, str] = {}
    seen: Counter[str] = Counter()
    for number in range(count):
        path = draw.choice(draw.choice(groups))
        name = str(path.relative_to(project.folder))
        reads_report = "results/tiny/evaluation" in name or draw.random() < 0.2
        job = draw.choice(
            [report] if reads_report else consumers_of(path, project, jobs) or [report]
        )
        if job not in expected:
            ended = consume(consumers, project, job, tmp_path / "whole")
            assert ended.code == 0, f"{job.rule}: {ended.said[-3000:]}"
            expected[job] = outcome(tmp_path / "whole")
            shutil.rmtree(tmp_path / "whole")
        folder = tmp_path / str(number)
        with damaged(path, draw.randrange(path.stat().st_size) if cut else None, draw):
            ended = consume(consumers, project, job, folder)
        what = f"{number}, {name} by {job.rule}: {ended.code}, {ended.said[-1500:]}"
        assert not ended.has_traceback, what
        if ended.code:
            assert ended.is_one_line, what
            seen["refused"] += 1
        elif outcome(folder) == expected[job]:
            seen["harmless"] += 1
        else:
            told = ended.said + gaps(folder)
            assert path.name in told or str(path.parent.name) in told, f"silent: {what}"
            seen["told"] += 1
        shutil.rmtree(folder, ignore_errors=True)
    print(dict(seen))


def consume(consumers: Consumers, project: Project, job: Job, folder: Path) -> Ending:
    """Run a job; an evaluation finds its old results, which may still hold."""
    output = job.value("--output")
    if job.rule in EVALUATIONS and output is not None:
        target = folder / Path(output).relative_to("results")
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (project.folder / output).is_dir() else shutil.copy2
        copy(project.folder / output, target)
    return run(consumers, project, job, folder)


def gaps(folder: Path) -> str:
    page = folder / "report" / "report.md"
    return page.read_text("utf-8") if page.is_file() else ""


@pytest.mark.parametrize(
    "size", [1000, *(pytest.param(size, marks=pytest.mark.slow) for size in (0, 100, 5000, 20000))]
)
def test_a_full_disk_is_one_line_in_every_stage(
    project: Project, jobs: list[Job], consumers: Consumers, tmp_path: Path, size: int
) -> None:
    for job in one_of_each(jobs):
        if job.rule == REPORT or (size == 1000 and job.rule in TRAININGS | EVALUATIONS):
            continue  # they train and measure first: the long matrix has them
        folder = tmp_path / job.rule
        ended = run(consumers, project, job, folder, file_size=size)
        if ended.code == 0:
            continue  # all of its files are smaller
        assert ended.is_one_line and ended.code == 1, f"{job.rule}: {ended}"
        last = ended.said.strip().splitlines()[-1]
        assert " is full" in last or "File too large" in last, f"{job.rule}: {ended.said}"
        assert not list(folder.rglob("manifest.json")), job.rule
        assert not [path for path in folder.rglob("*") if ".part" in path.name], job.rule
