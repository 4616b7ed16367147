import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TypeGuard

import pytest

from lingraft.errors import ConfigError
from lingraft.program import read_settings, run, use_threads, with_flags

SOURCE = Path(__file__).parents[2] / "src" / "lingraft"
FLAG = re.compile(r"(?<![\w.-])--[a-z]")
COMMAND = re.compile(r"scripts/\w+\.py( --[a-z]+)*")  # a whole one may be advised
PROGRAM = """
from lingraft.errors import InputError, PreemptedError
from lingraft.program import run

def main(first_value: int, text: str = "", config: str = "") -> None:
    \"\"\"Say something.

    Args:
        first_value: a number.
    \"\"\"
    if text == "stopped":
        raise PreemptedError("all is saved")
    if text == "panic":
        raise type("PanicException", (BaseException,), {})("retry-limit\\nover")
    if text == "memory":
        raise MemoryError
    if text == "rights":
        raise PermissionError(13, "Permission denied", "results/x")
    if text == "disk":
        raise OSError(28, "No space left on device", "results/x")
    if text:
        raise InputError(f"corpus.jsonl:\\n  line 3 is {text}")
    print(first_value, config)

if __name__ == "__main__":
    run(main)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "program.py").write_text(PROGRAM)
    return tmp_path / "program.py"


def call(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, program, *arguments], capture_output=True, text=True)


def test_options_are_written_with_dashes_or_underscores(program: Path) -> None:
    assert call(program, "--first-value", "3").stdout == "3 \n"
    assert call(program, "--first_value=4", "--config", "c.yaml").stdout == "4 c.yaml\n"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], (1, False)),
        (["--dense"], (1, True)),
        (["--dense", "--number", "2"], (2, True)),
        (["--number", "2", "--dense"], (2, True)),
        (["--dense", "true"], (1, True)),
        (["--dense", "false", "--number=2"], (2, False)),
        (["--dense=no"], (1, False)),
    ],
)
def test_options_of_yes_or_no_may_stand_alone(
    words: list[str], expected: tuple[int, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []

    def main(number: int = 1, dense: bool = False) -> None:
        given.append((number, dense))

    monkeypatch.setattr(sys, "argv", ["program.py", *words])
    monkeypatch.setattr("lingraft.program.prepare_process", lambda: None)
    run(main)
    assert given == [expected]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], (None, 1)),
        (["--set", "a=1", "b=2", "--number", "3"], (["a=1", "b=2"], 3)),
        (["--set=a=1", "--number=2", "--set", "b=2"], (["a=1", "b=2"], 2)),
    ],
)
def test_an_option_with_a_list_takes_all_words_and_may_be_repeated(
    words: list[str], expected: tuple[list[str] | None, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []

    def main(number: int = 1, set: list[str] | None = None) -> None:
        given.append((set, number))

    monkeypatch.setattr(sys, "argv", ["program.py", *words])
    monkeypatch.setattr("lingraft.program.prepare_process", lambda: None)
    run(main)
    assert given == [expected]


def test_the_version_of_a_stage_is_not_a_setting() -> None:
    assert read_settings('{"a": 1, "stage_version": 2}') == {"a": 1}


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("give `source_vectors=`, please", "give --source-vectors, please"),
        ("`zero_stage=7` is not valid", "--zero-stage 7 is not valid"),
        ("give `data=name=DIR`", "give --data name=DIR"),
        ("`elsewhere=` is not ours", "`elsewhere=` is not ours"),
        ("set `data` in the configuration", "set `data` in the configuration"),
    ],
)
def test_arguments_of_the_library_are_flags_of_the_program(message: str, shown: str) -> None:
    assert with_flags(message, {"source_vectors", "zero_stage", "data"}) == shown


def test_a_program_shows_its_own_arguments_as_flags(program: Path) -> None:
    done = call(program, "--first-value", "1", "--text", "here, not in `first_value=1`")
    assert done.stderr.strip().endswith("line 3 is here, not in --first-value 1")


def test_foreseen_errors_are_one_line_with_their_exit_code(program: Path) -> None:
    done = call(program, "--first-value", "1", "--text", "empty")
    assert done.returncode == 65
    assert done.stderr.strip() == "error: corpus.jsonl: line 3 is empty"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("--first-value abc_d", "--first-value: Expected a int. Got value: abc_d"),
        ("--first-value 1 --other-one 3", "unrecognized arguments: --other-one 3"),
        ("--first-value", "argument --first-value: expected one argument"),
        ("", "the following arguments are required: first_value"),
    ],
)
def test_wrong_arguments_are_one_line(program: Path, words: str, problem: str) -> None:
    done = call(program, *words.split())
    assert done.returncode == 2
    assert done.stderr == f"error: {problem}; program.py --help lists the options\n"


def test_of_several_processes_rank_0_reports(program: Path) -> None:
    """A process that fails alone reports too; one that the launcher ends meanwhile does not."""
    words = [sys.executable, str(program), "--first-value", "1", "--text", "empty"]
    alone = subprocess.run(
        words, env={**os.environ, "RANK": "1"}, capture_output=True, text=True, check=False
    )
    assert (alone.returncode, alone.stderr.count("line 3 is empty")) == (65, 1)
    words[-1] = "stopped"
    for rank, lines in (("0", 1), ("1", 0)):
        stopped = subprocess.run(
            words, env={**os.environ, "RANK": rank}, capture_output=True, text=True, check=False
        )
        assert (stopped.returncode, stopped.stderr.count("saved")) == (75, lines)
    words[-1] = "empty"
    torchrun = ["-m", "lingraft.launch.torchrun", "--standalone", "--nproc-per-node=3"]
    together = subprocess.run(
        [words[0], *torchrun, *words[1:]], capture_output=True, text=True, check=False
    )
    assert (together.returncode, together.stderr.count("line 3 is empty")) == (65, 1)


def test_a_panic_of_rust_code_is_one_line(program: Path) -> None:
    done = call(program, "--first-value", "1", "--text", "panic")
    assert done.returncode == 65
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("error: a library written in Rust failed: retry-limit over")


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        ("memory", "out of memory"),
        ("disk", "results/x is full (No space left"),
        ("rights", "results/x may not be used (Permission denied)"),
    ],
)
def test_what_the_machine_refuses_is_one_line(program: Path, trouble: str, says: str) -> None:
    done = call(program, "--first-value", "1", "--text", trouble)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"error: {says}")


def test_help_comes_from_the_docstring(program: Path) -> None:
    assert "a number." in call(program, "--help").stdout


def test_settings_are_text_or_file(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("a: 1\n")
    assert read_settings('{"a": 1}') == {"a": 1} == read_settings(str(tmp_path / "s.yaml"))


@pytest.mark.parametrize(
    "text",
    [
        "nowhere.yaml",
        "{a: [}",
        "- a\n- b",
        "{!!python/object/apply:os.system ['true']}",
        "a: 1\na: 2",
    ],
)
def test_unusable_settings_are_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        read_settings(text)


def test_settings_of_another_encoding_are_named(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_bytes("a: ä".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"s\.yaml is not UTF-8"):
        read_settings(str(tmp_path / "s.yaml"))


def test_no_threads_are_refused() -> None:
    with pytest.raises(ConfigError, match="--threads 0 must be above 0"):
        use_threads(0)


def test_output_never_fails_a_program_and_programs_hide_no_package(tmp_path: Path) -> None:
    """A program called evaluate.py, a package of that name, and a terminal without its letters."""
    programs, packages = tmp_path / "scripts", tmp_path / "packages"
    for folder in (programs, packages):
        folder.mkdir()
    (packages / "evaluate.py").write_text("WORD = 'caf\u00e9 \u25b2'\n", "utf-8")
    (programs / "evaluate.py").write_text(
        "from lingraft.program import run, show\n"
        "def main() -> None:\n"
        "    import evaluate\n"
        "    show(evaluate.WORD)\n"
        "if __name__ == '__main__':\n"
        "    run(main)\n"
    )
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(packages)]),
        "PYTHONIOENCODING": "latin-1",
    }
    command = [sys.executable, str(programs / "evaluate.py")]
    done = subprocess.run(command, env=environment, capture_output=True)
    assert done.stdout.decode("latin-1") == "caf\u00e9 ?\n", done.stderr

    reading, writing = os.pipe()
    os.close(reading)  # as `| head` does when it has read enough
    closed = subprocess.run(command, env=environment, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (closed.returncode, closed.stderr) == (0, b"")


def test_errors_of_the_library_name_no_flag() -> None:
    """Whoever imports lingraft has no command line; programs translate (`with_flags`)."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        if path.relative_to(SOURCE).parts[0] in ("launch", "supervision", "program.py"):
            continue  # they are about command lines
        code = path.read_text("utf-8")
        tree = ast.parse(code if FLAG.search(code) else "")
        raised = [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]
        texts = [node.value for one in raised for node in ast.walk(one) if _is_text(node)]
        found += [(path.name, text) for text in texts if FLAG.search(COMMAND.sub("", text))]
    assert found == []


def _is_text(node: ast.AST) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
