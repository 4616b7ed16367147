"""Elapsed and remaining time, from what Snakemake and trainings leave behind."""

import json
import os
import time
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from lingraft.encoders.settings import TunedEncoder
from lingraft.experiment.loading import load
from lingraft.supervision.planned import PlannedJob
from lingraft.supervision.progress import JobProgress, duration, progress, time_left
from lingraft.supervision.status import read_status, render

CONFIG = load(Path(__file__).parents[3] / "config" / "tiny.yaml")
MODELS = Path("results/tiny/models/swahili/random")


RULES = {"pretrained": "pretrain", "initialized": "initialize_embeddings"}


def job(seed: int, step: str = "pretrained") -> PlannedJob:
    """What makes a model in this state: another one than those of `RULES` is an encoder."""
    name = f"results/tiny/benchmarks/models/swahili/random/seed-{seed}-{step}.jsonl"
    wildcards = {"run": "swahili", "initialization": "random", "seed": str(seed)}
    wildcards |= {} if step in RULES else {"encoder": step}
    output = MODELS / f"seed-{seed}" / step / "manifest.json"
    rule = RULES.get(step, "tune_encoder")
    return PlannedJob(rule, [output], None, "", wildcards, Path(name))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def begin(begun: PlannedJob, seconds_ago: float) -> None:
    folder = Path(".snakemake/incomplete")
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / urlsafe_b64encode(str(begun.outputs[0]).encode()).decode()
    mark.touch()
    os.utime(mark, (time.time() - seconds_ago,) * 2)


def end(ended: PlannedJob, seconds: float) -> None:
    assert ended.benchmark is not None
    ended.benchmark.parent.mkdir(parents=True, exist_ok=True)
    ended.benchmark.write_text(json.dumps({"s": seconds}) + "\n")


def test_a_training_tells_its_step_its_speed_and_what_is_left() -> None:
    assert progress(CONFIG, job(1)) is None
    begin(job(1), 600)
    assert str(progress(CONFIG, job(1))) == "starting, for 10 min"
    state = Path("state/tiny/models/swahili/random/seed-1/pretrained/abc")
    state.mkdir(parents=True)
    line = {"kind": "train", "step": 2, "tokens": 512, "tokens_per_second": 2.0}
    (state / "metrics.jsonl").write_text(json.dumps(line) + "\n")
    told = str(progress(CONFIG, job(1)))  # 6 steps of 8 rows of 32 tokens
    assert told == "step 2 of 6, 2 tokens/s, for 10 min, about 9 min left"


def test_a_training_tells_the_steps_of_its_own_recipe() -> None:
    longer = CONFIG.pretraining["short"].model_copy(update={"steps": 40})
    run = CONFIG.runs["swahili"].model_copy(update={"pretraining": {"random": "longer"}})
    recipes = {**CONFIG.pretraining, "longer": longer}
    config = CONFIG.model_copy(update={"pretraining": recipes, "runs": {"swahili": run}})
    begin(job(1), 600)
    state = Path("state/tiny/models/swahili/random/seed-1/pretrained/abc")
    state.mkdir(parents=True)
    line = {"kind": "train", "step": 2, "tokens": 512, "tokens_per_second": 2.0}
    (state / "metrics.jsonl").write_text(json.dumps(line) + "\n")
    assert str(progress(config, job(1))).startswith("step 2 of 40, ")


def test_an_encoder_tells_its_step_and_what_is_left_by_its_last_pace() -> None:
    recipe = {"stages": [{"data": ["pairs"], "loss": {"name": "distillation"}, "steps": 50}]}
    encoder = TunedEncoder.model_validate(recipe | {"learning_rate": 1e-4})
    config = CONFIG.model_copy(update={"encoders": {"defsent-plus": encoder}})
    tuning = job(1, "defsent-plus")
    begin(tuning, 120)
    assert str(progress(config, tuning)) == "starting, for 2 min"
    state = Path("state/tiny/models/swahili/random/seed-1/defsent-plus/abc")
    state.mkdir(parents=True)
    # The first ten steps waited for the vectors of a teacher.
    lines = [{"kind": "tune", "step": 10 * n, "seconds": 80 + 20 * n} for n in (1, 2)]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (state / "metrics.jsonl").write_text(text)
    assert str(progress(config, tuning)) == "step 20 of 50, for 2 min, about 60 s left"


def test_the_rest_of_a_run_is_told_by_jobs_that_have_ended() -> None:
    end(job(7), 100)
    end(job(8), 300)
    running = [(job(1), JobProgress(50.0)), (job(2), JobProgress(0.0, remaining=10.0))]
    waiting = [job(3), job(4), job(1, "defsent-plus")]
    told = time_left(running, waiting)  # (150 + 10 + 200 + 200) / 2
    assert told == "about 5 min, with 2 at once, and 1 jobs of kinds without a finished one"
    end(job(9, "defsent-plus"), 40)
    end(job(9, "other-plus"), 4000)
    assert time_left(running, waiting) == "about 5 min, with 2 at once"  # (560 + 40) / 2


def test_the_status_says_both(here: Path) -> None:
    end(job(7), 100)
    begin(job(1), 60)
    told = render(read_status(CONFIG, [job(1), job(2)], "a run is going on", "make run"))
    assert "running  pretrain swahili/random/1: starting, for 60 s" in told
    assert "left     about 2 min, with 1 at once" in told


@pytest.mark.parametrize(("seconds", "said"), [(89, "89 s"), (600, "10 min"), (7200, "2.0 h")])
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said
