"""The options of a run, read by Snakemake's own parser and checked before anything starts.

Without options, and with a profile that says nothing unusual, the parser is not asked.

The programs beside Snakemake (the guard, the status, the summary) read one configuration file and
one folder. Options that would give Snakemake another configuration or another folder are refused,
wherever they come from, so that all of them speak of the same run.
"""

import io
import os
import shlex
import shutil
import tempfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lingraft.config.names import nearest
from lingraft.config.yaml_files import read_yaml
from lingraft.errors import ConfigError
from lingraft.launch.slurm import asked_without_waiting

PROFILES = Path("profiles")

# Snakemake's name of an option -> how to say the same thing here.
_REFUSED = {
    "config": "write the values into a configuration file and name it by CONFIG=",
    "replace_workflow_config": "the configuration file replaces the default in any case",
    "directory": "start make, or snakemake itself, in the folder that shall have the results",
    "snakefile": "call snakemake itself for another workflow",
    "report_after_run": "run first, then make Snakemake's report with ARGS='--report FILE'",
}
# Options by which Snakemake does something else than to make files.
_OTHER_WORK = (
    "dryrun", "touch", "lint", "list_target_rules", "list_rules", "print_compilation",
    "containerize", "report", "generate_unit_tests", "dag", "rulegraph", "filegraph", "d3dag",
    "unlock", "cleanup_metadata", "conda_cleanup_envs", "conda_create_envs_only",
    "list_conda_envs", "cleanup_shadow", "container_cleanup_images", "list_changes",
    "list_input_changes", "list_params_changes", "list_untracked", "summary",
    "detailed_summary", "archive", "delete_all_output", "delete_temp_output",
)  # fmt: skip
_PARTS = ("until", "omit_from", "batch", "allowed_rules", "target_jobs")
# What an ordinary profile says: which files are made follows from none of it.
_ORDINARY: Mapping[str, Collection[object]] = {
    "cores": ("all",),
    "rerun-incomplete": (True, False),
    "rerun-triggers": ("mtime", "params", "input", "software-env"),
    "keep-going": (True, False),
    "show-failed-logs": (True, False),
    "printshellcmds": (True, False),
    "quiet": ("host", "reason", "progress", "rules", "all"),
}


@dataclass(frozen=True)
class RunRequest:
    """The options of one run."""

    words: Sequence[str]  # all arguments of Snakemake
    more: Sequence[str]  # the user's own among them
    makes_files: bool  # or it only shows, unlocks, lists, ...
    is_whole: bool  # everything up to the report, or a part of it
    is_local: bool  # jobs run on this machine, or a scheduler has them


def require_profile(name: str) -> None:
    """Refuse a profile that does not exist: Snakemake would run everything here without a word.

    Raises:
        ConfigError: names the nearest profile.
    """
    if name and _profile_files(PROFILES / name):
        return
    known = sorted(path.name for path in PROFILES.glob("*") if _profile_files(path))
    raise ConfigError(f"there is no profile {name!r} in profiles/; {nearest(name, known)}")


def _profile_files(place: Path) -> list[Path]:
    """The files of a profile, under all names that Snakemake knows."""
    if place.is_file():
        return [place]
    return sorted([*place.glob("profile*.yaml"), *place.glob("config*.yaml")])


def has_gpu(profile: str) -> bool:
    """Whether trainings get a GPU: from the profile, or because this machine has one.

    Raises:
        ConfigError: names the file of the profile that is not valid YAML.
    """
    files = _profile_files(PROFILES / profile)
    return any(_gives_gpu(read_yaml(path)) for path in files) or bool(shutil.which("nvidia-smi"))


def _gives_gpu(said: Any) -> bool:
    """Whether a file of a profile gives trainings a GPU, in either form that Snakemake reads."""
    resources = said.get("set-resources") if isinstance(said, Mapping) else None
    if isinstance(resources, Mapping):
        own = resources.get("pretrain")
        return isinstance(own, Mapping) and bool(own.get("gpu"))
    words = resources if isinstance(resources, list) else [resources]
    given = [str(word).partition("=") for word in words]
    return any(name == "pretrain:gpu" and count != "0" for name, _, count in given)


def require_cores(cores: str) -> None:
    """Refuse a number of cores with which Snakemake would wait for ever.

    Raises:
        ConfigError: it is neither "all" nor a number above 0.
    """
    if cores != "all" and not (cores.isascii() and cores.isdigit() and int(cores) > 0):
        raise ConfigError(f"CORES={cores} must be a number above 0, or all")


def require_cache() -> None:
    """Refuse to start where Snakemake could not keep its copies of sources.

    Raises:
        ConfigError: names the folder, and the variable that names another one.
    """
    home = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    place = Path(home, "snakemake")
    try:
        place.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryDirectory(dir=place).cleanup()
    except (OSError, RuntimeError) as error:
        raise ConfigError(
            f"{place} cannot be written ({error}), where Snakemake keeps copies of sources; "
            "name another folder with XDG_CACHE_HOME=/some/folder"
        ) from None


def command_line(config: Path, profile: str, cores: str, target: str) -> list[str]:
    """The arguments of Snakemake without the user's own.

    Args:
        config: the configuration file.
        profile: a folder of profiles/.
        cores: a number, or "all".
        target: a rule or a file.
    """
    return [
        target,
        *("--configfile", str(config)),
        *("--workflow-profile", str(PROFILES / profile)),
        *("--cores", cores),
    ]


def understand(
    config: Path, profile: str, arguments: str, cores: str = "all", target: str = "all"
) -> RunRequest:
    """Read the user's options for Snakemake.

    Args:
        config: the configuration file.
        profile: a folder of profiles/.
        arguments: the options, as in a shell.
        cores: as CORES= gives them.
        target: the rule (or file) to bring up to date.

    Raises:
        ConfigError: there is no such profile, CORES is not a number, Snakemake does not know an
            option, or one would give it another configuration.
    """
    require_profile(profile)
    require_cores(cores)
    try:
        more = shlex.split(arguments)
    except ValueError as error:
        raise ConfigError(f"ARGS={arguments} cannot be read ({error})") from None
    words = [*command_line(config, profile, cores, target), *more]
    if not more and _is_ordinary(profile):
        return RunRequest(words, more, makes_files=True, is_whole=target == "all", is_local=True)
    parsed = _parse(words)
    for name, instead in _REFUSED.items():
        if _is_given(parsed, name):
            raise _refused(name, instead)
    if parsed.configfile != [config]:
        raise _refused("configfile", f"use CONFIG={parsed.configfile[-1]}")
    if parsed.workflow_profile != str(PROFILES / profile):
        raise _refused("workflow_profile", "use PROFILE=")
    for name in ("cores", "jobs", "local_cores"):
        number = getattr(parsed, name)
        if isinstance(number, int) and number < 1:
            raise ConfigError(f"{_option(name)} {number} must be a number above 0")
    makes_files = not any(_is_given(parsed, name) for name in _OTHER_WORK)
    is_part = parsed.targets != ["all"] or any(_is_given(parsed, name) for name in _PARTS)
    is_local = parsed.executor in (None, "local")
    return RunRequest(words, more, makes_files, makes_files and not is_part, is_local)


def _is_ordinary(profile: str) -> bool:
    """Whether Snakemake's parser need not be asked what a profile means: it takes a second."""
    if "SNAKEMAKE_PROFILE" in os.environ:
        return False
    files = _profile_files(PROFILES / profile)
    try:
        contents = [read_yaml(path) for path in files]
    except ConfigError:
        return False  # the parser says so in one line
    return all(isinstance(said, dict) and _says_nothing_else(said) for said in contents)


def _says_nothing_else(said: Mapping[Any, Any]) -> bool:
    """Whether all that a file of a profile says is ordinary."""
    return all(
        name in _ORDINARY
        and all(one in _ORDINARY[name] for one in (value if isinstance(value, list) else [value]))
        for name, value in said.items()
    )


def _refused(name: str, instead: str) -> ConfigError:
    option = _option(name)
    return ConfigError(f"{option} (in ARGS or a profile of Snakemake) is refused here; {instead}")


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _is_given(parsed: Any, name: str) -> bool:
    value = getattr(parsed, name, None)
    return bool(value) or isinstance(value, str)


def _parse(words: Sequence[str]) -> Any:
    """Snakemake's own parser: it alone knows every spelling of an option."""
    told = io.StringIO()
    try:
        # Its plugins ask Slurm when they are imported, for the help of an option.
        with asked_without_waiting(), redirect_stderr(told), redirect_stdout(told):
            from snakemake.cli import parse_args

            _, parsed = parse_args(list(words))
    except SystemExit:
        lines = [line for line in told.getvalue().splitlines() if line.strip()] or ["--help"]
        said = lines[-1].partition("error: ")[2] or lines[-1]
    except Exception as error:  # whatever its many plugins raise of an option
        said = str(error)
    else:
        return parsed
    raise ConfigError(f"Snakemake does not accept an option in ARGS or a profile ({said})")
