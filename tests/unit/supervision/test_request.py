"""What may be asked of a run; options are read as Snakemake itself reads them."""

import os
import socket
from pathlib import Path

import pytest

from lingraft.errors import ConfigError
from lingraft.supervision import request
from lingraft.supervision.request import (
    has_gpu,
    require_cache,
    require_cores,
    require_profile,
    understand,
)

CONFIG = Path("config/tiny.yaml")


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[3])
    monkeypatch.delenv("SNAKEMAKE_PROFILE", raising=False)


@pytest.mark.parametrize(("name", "told"), [
    ("slrum", "did you mean 'slurm'"), ("Default", "did you mean 'default'"), ("", "known:"),
    ("xyz", "known: cluster-generic, default"), ("../profiles", "known:"),
])  # fmt: skip
def test_a_profile_that_is_not_there_is_refused(name: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        require_profile(name)


@pytest.mark.parametrize("cores", ["0", "-1", "two", "", "1.5", "٣", "al"])
def test_cores_are_a_number_above_zero_or_all(cores: str) -> None:
    with pytest.raises(ConfigError, match=f"CORES={cores} must be"):
        require_cores(cores)
    require_cores("all")
    require_cores("12")


@pytest.mark.parametrize("arguments", [
    "--config experiment=other", "-C experiment=other", "--directory /elsewhere", "-nd x",
    "--configfile other.yaml", "--configfiles a.yaml b.yaml", "--snakefile other", "-s other",
    "--workflow-profile profiles/gpu", "--replace-workflow-config",
    "--report report.html --report-after-run",
])  # fmt: skip
def test_another_run_than_the_guard_sees_is_refused_however_it_is_spelt(arguments: str) -> None:
    with pytest.raises(ConfigError, match="is refused here; "):
        understand(CONFIG, "default", arguments)


def test_a_profile_of_snakemake_is_asked_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "profile.yaml").write_text("config: [experiment=other]\n")
    monkeypatch.setenv("SNAKEMAKE_PROFILE", str(tmp_path))
    with pytest.raises(ConfigError, match="--config "):
        understand(CONFIG, "default", "")


def test_an_ordinary_run_does_not_wait_for_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its import takes a second, and asks Slurm where that is installed."""
    asked = understand(CONFIG, "default", "--quiet reason")  # which the profile says, too
    assert not understand(CONFIG, "slurm", "").is_local
    monkeypatch.setattr(request, "_parse", None)
    found = understand(CONFIG, "default", "")
    assert (
        (found.makes_files, found.is_whole) == (asked.makes_files, asked.is_whole) == (True, True)
    )
    assert [*found.words, "--quiet", "reason"] == list(asked.words)
    assert not understand(CONFIG, "default", "", target="download").is_whole


@pytest.mark.parametrize("said", [
    "until: [pretrain]", "config: [experiment=other]", "cores: 0", "quiet: [loud]", "[]", "",
    "snakefile: other", "dryrun: true", "cores: all\nomit-from: [report]", "cores: [",
])  # fmt: skip
def test_the_parser_is_asked_what_an_unusual_profile_means(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class AskedError(Exception):
        pass

    def parse(words: list[str]) -> None:
        raise AskedError

    folder = tmp_path / "profiles" / "own"
    folder.mkdir(parents=True)
    (folder / "profile.yaml").write_text(said, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(request, "_parse", parse)
    with pytest.raises(AskedError):
        understand(CONFIG, "own", "")


@pytest.mark.parametrize("arguments", [
    "--cores 0", "-j 0", "--local-cores 0", "--bogus", "'", "--until",
])  # fmt: skip
def test_what_would_hang_or_fail_is_one_line(arguments: str) -> None:
    with pytest.raises(ConfigError) as refused:
        understand(CONFIG, "default", arguments)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("arguments", "makes_files", "is_whole"), [
    ("", True, True), ("-q", True, True), ("--quiet all -p", True, True), ("--jobs 3", True, True),
    ("-n", False, False), ("--dry-run -q", False, False), ("--unlock", False, False),
    ("--until fetch", True, False), ("--omit-from report", True, False),
    ("--batch all=1/2", True, False), ("--touch", False, False), ("--summary", False, False),
])  # fmt: skip
def test_what_is_asked_for(arguments: str, makes_files: bool, is_whole: bool) -> None:
    found = understand(CONFIG, "default", arguments)
    assert (found.makes_files, found.is_whole) == (makes_files, is_whole)
    assert " ".join(found.more) == arguments


def test_a_home_that_cannot_be_written_is_told_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    with pytest.raises(ConfigError, match="XDG_CACHE_HOME=/some/folder"):
        require_cache()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    require_cache()


@pytest.mark.parametrize("name", ["config.yaml", "profile.v9+.yaml", "profile.yaml"])
def test_a_profile_of_one_s_own_may_have_any_name_that_snakemake_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    mine = tmp_path / "profiles" / "mine"
    mine.mkdir(parents=True)
    with pytest.raises(ConfigError, match="there is none"):
        require_profile("mine")
    (mine / name).touch()
    require_profile("mine")
    with pytest.raises(ConfigError, match="did you mean 'mine'"):
        require_profile("mein")


def test_a_gpu_is_the_profile_s_or_this_machine_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert has_gpu("slurm") and has_gpu("gpu") and not has_gpu("default")


def own_profile(folder: Path, monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    place = folder / "profiles" / "own"
    place.mkdir(parents=True)
    (place / "profile.yaml").write_bytes(said)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PATH", "")


@pytest.mark.parametrize("said", [b"cores: [", b"a: b: c", b"\xff", b"\t- a", b"a: 1\na: 2"])
def test_a_profile_that_is_not_valid_is_named_in_one_line(
    said: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_profile(tmp_path, monkeypatch, said)
    with pytest.raises(ConfigError, match=r"^profiles/own/profile\.yaml") as refused:
        has_gpu("own")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("said", "found"), [
    ("set-resources: {pretrain: {gpu: 1}}", True), ("set-resources: {pretrain: {gpu: 0}}", False),
    ("set-resources: [pretrain:gpu=2]", True), ("set-resources: [pretrain:gpu=0]", False),
    ("set-resources: pretrain:gpu=1", True), ("set-resources: [other:gpu=1]", False),
    ("set-resources: {pretrain: }", False), ("set-resources:", False), ("[]", False), ("", False),
    ("set-resources: {pretrain: many}", False), ("set-resources: 3", False),
])  # fmt: skip
def test_each_form_of_a_profile_says_whether_there_is_a_gpu(
    said: str, found: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_profile(tmp_path, monkeypatch, said.encode())
    assert has_gpu("own") == found


def test_the_parser_does_not_wait_for_a_slurm_that_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plugins of the parser ask Slurm; who reads options alone has no time for one that is off."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    silent = tmp_path / "slurm.conf"
    silent.write_text(f"SlurmctldHost=a(127.0.0.1)\nSlurmctldPort={port}\n", "utf-8")
    monkeypatch.setenv("SLURM_CONF", str(silent))
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    asked = []

    def parse(words: list[str]) -> tuple[None, object]:
        asked.append(os.environ["SLURM_CONF"])
        return None, words

    monkeypatch.setattr("snakemake.cli.parse_args", parse)
    assert request._parse(["-n"]) == ["-n"]
    assert asked == [os.devnull]
    assert os.environ["SLURM_CONF"] == str(silent)  # for what submits jobs afterwards
