from pathlib import Path

from lingraft.supervision.planned import parse_plan

DRY_RUN = """\
Building DAG of jobs...
[Mon Nov 23 11:25:56 2026]
rule pretrain:
    input: a/manifest.json, scripts/pretrain.py
    output: b/manifest.json, b/model.safetensors
    log: logs/b.log (send to a person)
    jobid: 13
    benchmark: benchmarks/b.jsonl
    reason: Missing output files: b/manifest.json; Input files updated by another job: a
    wildcards: run=swahili, initialization=random, seed=1
    resources: tmpdir=/tmp, gpu=0
[Mon Nov 23 11:25:56 2026]
localrule all:
    input: b/manifest.json
    jobid: 0
    reason: Input files updated by another job: b/manifest.json
Job stats:
job         count
pretrain        1
"""


def test_jobs_are_read_from_a_dry_run() -> None:
    training, target = parse_plan(DRY_RUN)
    assert training.rule == "pretrain"
    assert training.outputs == [Path("b/manifest.json"), Path("b/model.safetensors")]
    assert training.benchmark == Path("benchmarks/b.jsonl")
    assert training.log == Path("logs/b.log")
    assert training.name == "pretrain swahili/random/1"
    assert training.reason.startswith("Missing output files: b/manifest.json; Input")
    assert not training.is_made
    assert (target.rule, target.outputs, target.is_made) == ("all", [], False)


def test_nothing_to_do_is_no_job() -> None:
    assert parse_plan("Nothing to be done (all requested files are present and up to date).") == []
