"""A job works on the configuration that was planned, or not at all."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from lingraft.errors import ConfigError, LingraftError
from lingraft.experiment.loading import check, load
from lingraft.stages.settings import STAGE_VERSION, what_was_set
from lingraft.supervision import snapshot

TINY = Path(__file__).parents[3] / "config" / "tiny.yaml"


def settings(words: list[str]) -> SimpleNamespace:
    """Snakemake's settings, with the entries of `--config` as words and parsed."""
    return SimpleNamespace(config_args=words, config=dict(word.split("=", 1) for word in words))


def planned(*configs: dict[str, object]) -> list[str]:
    """What Snakemake hands on to jobs when these are planned, each by a module of one workflow."""
    sent = settings(["other=1"])
    for content in configs:
        snapshot.bind(check(content, "test"), sent, is_main=True)
    assert len(sent.config_args) == 2 and sent.config_args[0] == "other=1"
    return list(sent.config_args)


ONE: dict[str, object] = {"experiment": "one"}
TWO: dict[str, object] = {"experiment": "two"}


def test_a_job_takes_what_was_planned_and_refuses_all_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    snapshot.bind(check(ONE, "test"), settings(planned(ONE)), is_main=False)
    snapshot.bind(check(ONE, "test"), settings([]), is_main=False)  # by hand, nothing was planned
    with pytest.raises(LingraftError, match="has changed since this job was planned"):
        snapshot.bind(check(TWO, "test"), settings(planned(ONE)), is_main=False)
    words = planned(ONE)
    monkeypatch.setitem(STAGE_VERSION, "corpus", 99)
    with pytest.raises(LingraftError, match="a stage of lingraft"):
        snapshot.bind(check(ONE, "test"), settings(words), is_main=False)


def test_modules_of_one_workflow_have_a_plan_each() -> None:
    for content in (ONE, TWO):
        snapshot.bind(check(content, "test"), settings(planned(ONE, TWO)), is_main=False)


def test_comments_and_order_are_not_the_content() -> None:
    content = load(TINY)
    again = check(dict(reversed(what_was_set(content).items())), "test")
    assert snapshot.digest(again) == snapshot.digest(content)


def test_a_snapshot_is_the_file_byte_for_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mine = tmp_path / "my file.yaml"
    mine.write_bytes(b"\xef\xbb\xbf# caf\xc3\xa9\r\nexperiment: mine\r\n")
    checked, copy = snapshot.take(mine)
    assert copy.parent == Path(".snakemake/lingraft") and copy.name.startswith("mine-")
    assert copy.read_bytes() == mine.read_bytes() and load(copy) == checked
    assert snapshot.take(mine)[1] == copy
    mine.write_text("experiment: mine\nreport: {resamples: 300}\n")
    assert snapshot.take(mine)[1] != copy and copy.exists()
    mine.write_text("experiments: mine\n")
    with pytest.raises(ConfigError, match=r"my file\.yaml"):
        snapshot.take(mine)
    with pytest.raises(ConfigError, match=r"did you mean .*my file\.yaml"):
        snapshot.take(tmp_path / "my-file")
