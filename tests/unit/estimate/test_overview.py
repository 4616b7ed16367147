from pathlib import Path

from lingraft.config.loading import load
from lingraft.estimate.compute import Device
from lingraft.estimate.overview import Jobs, count_jobs, overview

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
    assert jobs.trainings == {"swahili/focus/seed-1", "german/random/seed-1"}


def test_only_what_is_to_do_is_counted() -> None:
    text = overview(CONFIG, count_jobs(PLANNED), Device())
    assert "cc100-swahili  about 332.0 MB  texts of their authors (Common Crawl)" in text
    assert "swahili  focus           1      12.8 billion" in text
    assert "wechsel" not in text
    assert "312 TFLOP/s" in text and "35%" in text
    assert text.count("GPU-hours") == 2


def test_nothing_to_do_is_said() -> None:
    assert overview(CONFIG, Jobs({}, (), frozenset()), Device()) == "Nothing to be done.\n"


def test_what_is_not_known_is_not_guessed() -> None:
    jobs = Jobs({"fetch": 2}, ("xnli", "fasttext-swahili"), frozenset())
    text = overview(CONFIG, jobs, Device())
    assert "Together 0 bytes and 2 of unknown size." in text
    assert "CC-BY-NC-4.0" in text
