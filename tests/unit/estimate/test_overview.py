from pathlib import Path

from lingraft.config.loading import load
from lingraft.estimate.compute import Device
from lingraft.estimate.overview import Jobs, overview, read_dry_run

CONFIG = load(Path(__file__).parents[3] / "config" / "paper" / "focus.yaml")
DRY_RUN = """Building DAG of jobs...
Job stats:
job                count
---------------  -------
fetch                  1
pretrain               2
all                    1
total                  4


[Mon Nov 23 11:45:40 2026]
localrule fetch:
    output: results/focus/downloads/cc100-swahili/manifest.json
    wildcards: source=cc100-swahili

[Mon Nov 23 11:45:40 2026]
rule pretrain:
    reason: Missing output files
    wildcards: run=swahili, initialization=focus, seed=1
    threads: 2

[Mon Nov 23 11:45:40 2026]
rule pretrain:
    wildcards: run=german, initialization=random, seed=1
"""


def test_a_dry_run_is_read() -> None:
    jobs = read_dry_run(DRY_RUN)
    assert jobs.counts == {"fetch": 1, "pretrain": 2}
    assert jobs.downloads == ("cc100-swahili",)
    assert jobs.trainings == {"swahili/focus/seed-1", "german/random/seed-1"}


def test_only_what_is_to_do_is_counted() -> None:
    text = overview(CONFIG, read_dry_run(DRY_RUN), Device())
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
