from pathlib import Path

import pytest
from tuned import with_encoder

from lingraft.corpus.sources.debian import DebianSource
from lingraft.corpus.sources.source import Source
from lingraft.estimate.compute import CORE, Device, tuning_work, work
from lingraft.estimate.disk import space
from lingraft.estimate.overview import Jobs, count_jobs, overview
from lingraft.estimate.packages import missing_packages
from lingraft.experiment.loading import load

CONFIG = load(Path(__file__).parents[3] / "config" / "paper" / "focus.yaml")
PLANNED: list[tuple[str, dict[str, str]]] = [
    ("fetch", {"source": "cc100-swahili"}),
    ("pretrain", {"run": "swahili", "initialization": "focus", "seed": "1"}),
    ("pretrain", {"run": "german", "initialization": "random", "seed": "1"}),
]


def test_jobs_are_counted() -> None:
    jobs = count_jobs(PLANNED)
    assert jobs.counts == {"fetch": 1, "pretrain": 2}
    assert jobs.downloads == ("cc100-swahili",)
    assert jobs.trainings == {"swahili/focus/seed-1/pretrained", "german/random/seed-1/pretrained"}


def test_only_what_is_to_do_is_counted() -> None:
    text = overview(CONFIG, count_jobs(PLANNED), Device())
    assert "cc100-swahili  about 332.0 MB  texts of their authors (Common Crawl)" in text
    assert "swahili  focus           1      12.8 billion" in text
    assert "wechsel" not in text
    assert "312 TFLOP/s" in text and "35%" in text
    assert text.count("GPU-hours") == 2 and "tokens of all seeds" in text


def test_nothing_to_do_is_said() -> None:
    assert overview(CONFIG, Jobs({}, (), frozenset()), Device()) == "Nothing to be done.\n"


def test_what_is_not_known_is_not_guessed() -> None:
    jobs = Jobs({"fetch": 2}, ("xnli", "fasttext-swahili"), frozenset())
    text = overview(CONFIG, jobs, Device())
    assert "\n2 of unknown size." in text and "0 bytes" not in text
    assert "CC-BY-NC-4.0" in text


def test_where_there_is_no_gpu_none_is_priced() -> None:
    text = overview(CONFIG, count_jobs(PLANNED), CORE, free=5_000_000_000)
    assert "core-hours" in text and "GPU" not in text and "A100" not in text
    assert "Disk: " in text and "5.0 GB are free here." in text


def test_disk_counts_both_models_and_the_kept_checkpoints() -> None:
    (item,) = [item for item in work(CONFIG) if item.training.folder == "swahili/focus/seed-1"]
    needed = space(CONFIG, [item])
    assert needed.models > 0 and needed.checkpoints == 3 * needed.models


def test_an_encoder_is_one_model_more() -> None:
    tuned = with_encoder(CONFIG)
    wildcards = {"run": "swahili", "initialization": "focus", "seed": "1", "encoder": "distilled"}
    text = overview(tuned, count_jobs([("tune_encoder", wildcards)]), Device())
    assert "Sentence encoders, at most, on one A100" in text
    row = next(line for line in text.splitlines() if "swahili" in line)
    assert row.split()[:6] == ["swahili", "focus", "distilled", "1", "819,200", "4.3e+14"]
    assert "Continued pretraining" not in text and "Disk: " in text
    (item,) = [item for item in tuning_work(tuned) if item.training.run == "swahili"]
    (trained,) = [t for t in work(tuned) if t.training == item.training]
    assert 2 * space(tuned, [item]).models == space(tuned, [trained]).models
    both = space(tuned, [item, trained])
    assert both.checkpoints == 2 * space(tuned, [item]).checkpoints


def test_a_package_that_is_in_no_list_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "apt-cache"
    program.write_text("#!/bin/sh\nprintf 'bash:\\n  Installed: 5\\n'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    sources: dict[str, Source] = {
        name: DebianSource(kind="debian", package=name) for name in ("no-such-thing", "bash")
    }
    assert missing_packages(sources, tmp_path) == set()  # without lists nothing is known
    (tmp_path / "main_Packages").touch()
    assert missing_packages(sources, tmp_path) == {"no-such-thing"}
