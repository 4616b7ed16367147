"""The house has floors: a room imports from its own floor's modules and from below, never above."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models

SOURCE = Path(__file__).parents[2] / "src" / "lingraft"
FLOORS = [
    ["redaction"],
    ["errors"],
    ["outputs", "locks"],
    ["artifacts", "arguments", "launch"],
    ["config"],
    ["program"],
    ["numeric"],
    ["corpus"],
    ["tokenizers"],
    ["models"],
    ["vectors"],
    ["initialization"],
    ["training"],
    ["evaluation"],
    ["encoders"],
    ["experiment"],  # the configuration of everything that the rooms below offer
    ["stages"],
    ["estimate"],
    ["supervision"],
    ["reporting"],
    ["advice"],
    ["registration"],  # names the models to transformers; imports them when transformers does
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def rooms_imported(path: Path) -> set[str]:
    modules = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            modules += names if node.module == "lingraft" else [str(node.module)]
    return {name.split(".")[1] for name in modules if name.startswith("lingraft.")}


MODULES = sorted(
    path for path in SOURCE.rglob("*.py") if path.name != "__init__.py" or path.parent != SOURCE
)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_go_downward(path: Path) -> None:
    room = room_of(path)
    assert room in FLOOR, f"{room} has no floor: give it one here and in lingraft/__init__.py"
    above = {other for other in rooms_imported(path) if other != "__version__" and other != room}
    wrong = {other for other in above if FLOOR.get(other, 99) >= FLOOR[room]}
    assert not wrong, f"{path.relative_to(SOURCE)} imports from above or beside: {sorted(wrong)}"


@pytest.mark.parametrize(
    "module",
    [
        "lingraft",
        "lingraft.experiment.loading",
        "lingraft.initialization.methods",
        "lingraft.encoders.losses",
        "lingraft.encoders.sets",
        "lingraft.stages.rules",
        "lingraft.stages.targets",
        "lingraft.launch.command_lines",
        "lingraft.supervision.notification",
        "lingraft.reporting.published.numbers",
    ],
)
def test_what_the_snakefile_imports_is_light(module: str) -> None:
    heavy = "('torch', 'transformers', 'numpy', 'deepspeed', 'datasets', 'pandas')"
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "code",
    [
        "import lingraft.vectors.stage, lingraft.vectors.trainers",
        "import lingraft.tokenizers.stage; from lingraft.tokenizers.loading import load_tokenizer; "
        "from pathlib import Path; load_tokenizer(Path(sys.argv[1]))",
    ],
    ids=["vectors are made", "a tokenizer is read"],
)
def test_what_needs_no_pytorch_does_without_it(code: str, tmp_path: Path) -> None:
    """It takes five CPU seconds to import, in each of the jobs."""
    backend = Tokenizer(models.WordLevel({"<unk>": 0, "a": 1}, unk_token="<unk>"))
    backend.save(str(tmp_path / "tokenizer.json"))
    written = {"tokenizer_class": "TokenizersBackend", "unk_token": "<unk>"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(written))
    command = [sys.executable, "-c", f"import sys; {code}; print('torch' in sys.modules)"]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400
