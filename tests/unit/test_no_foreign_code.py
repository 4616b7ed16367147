"""No code of others runs: every loader of transformers is told so, and no program can be asked."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = sorted(
    path for folder in ("src", "scripts", "benchmarks") for path in (ROOT / folder).rglob("*.py")
)
LOADERS = {"from_pretrained", "from_config", "SentenceTransformer", "get_model"}


def untrusting(path: Path, text: str) -> list[str]:
    """Calls of loaders in a program that do not say `trust_remote_code=False`."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        said = [word.value for word in node.keywords if word.arg == "trust_remote_code"]
        is_false = [isinstance(value, ast.Constant) and value.value is False for value in said]
        if (name in LOADERS or said) and is_false != [True]:
            found.append(f"{path.name}:{node.lineno} {name}")
    return found


def test_loaders_trust_no_code() -> None:
    assert PROGRAMS
    assert [call for path in PROGRAMS for call in untrusting(path, path.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    "line",
    [
        "AutoTokenizer.from_pretrained(path)",
        "model_class.from_pretrained(path, trust_remote_code=True)",
        "AutoModel.from_config(config, trust_remote_code=chosen)",
        "load(path, trust_remote_code=True)",
        "SentenceTransformer(path)",
    ],
)
def test_the_lint_sees(line: str) -> None:
    assert untrusting(Path("x.py"), line)


def test_programs_have_no_standard_input() -> None:
    code = (
        "import sys; from lingraft.program import run\n"
        "def main() -> None:\n"
        "    '''Ask.'''\n"
        "    print(repr(sys.stdin.readline()))\n"
        "run(main)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input="y\n", capture_output=True, text=True, check=True
    )
    assert done.stdout == "''\n"
