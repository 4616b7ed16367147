"""No program imports what it does not need: PyTorch and its kind cost seconds in every job."""

import json
import subprocess
import sys

import pytest
from benchmarks.startup import HEAVY, imports_of, programs

PROGRAMS = {path.stem: imports_of(path) for path in programs()}

# What a program may have imported before its first line of work; all others nothing of HEAVY.
MODELS = {"torch", "transformers", "transformers.modeling_utils"}
MAY_LOAD = {
    "convert_model": MODELS,
    "export_model": MODELS,
    "initialize_embeddings": MODELS,
    "merge_encoders": MODELS,
    "pretrain": MODELS,
    "train_generator": MODELS,
    # The modules of an encoder are those of sentence-transformers, which imports these.
    "tune_encoder": MODELS | {"datasets", "sklearn", "pandas", "scipy.stats"},
    "write_report": {"matplotlib"},
}

# Imports once what several programs share, and each program's own in a copy of that process.
IMPORTER = """
import json, os, sys, importlib
given = json.load(sys.stdin)
for name in given["shared"]:
    importlib.import_module(name)
for program, code in given["programs"].items():
    if (child := os.fork()) == 0:
        exec(code, {})
        found = [name for name in given["heavy"] if name in sys.modules]
        print(json.dumps([program, found]), flush=True)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, program
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """Program -> the heavy modules that it has imported before its first line of work."""
    light = {
        name: code for name, code in PROGRAMS.items() if not MODELS & MAY_LOAD.get(name, set())
    }
    heavy = {name: code for name, code in PROGRAMS.items() if name not in light}
    return _import(light, ["lingraft.program"]) | _import(heavy, sorted(MODELS))


def _import(programs: dict[str, str], shared: list[str]) -> dict[str, set[str]]:
    given = json.dumps({"programs": programs, "shared": shared, "heavy": HEAVY})
    command = [sys.executable, "-c", IMPORTER]
    done = subprocess.run(command, input=given, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {name: set(found) for name, found in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_imports_what_it_needs(program: str, loaded: dict[str, set[str]]) -> None:
    unneeded = loaded[program] - MAY_LOAD.get(program, set())
    assert not unneeded, f"scripts/{program}.py imports {sorted(unneeded)} before it works"


def test_only_programs_are_named() -> None:
    assert set(MAY_LOAD) <= set(PROGRAMS)


def test_registering_our_models_imports_no_model() -> None:
    """A tokenizer is written and read again in many jobs; it took seven CPU seconds to do so."""
    code = "import lingraft; from transformers import AutoConfig, AutoTokenizer"
    code += "; AutoConfig.for_model('bert')"
    assert "transformers.modeling_utils" not in _import({"program": code}, [])["program"]


def test_all_factorized_configurations_are_known_by_name() -> None:
    code = (
        "import sys, lingraft; from transformers import AutoConfig, CONFIG_MAPPING\n"
        "from lingraft.models.factorized_types import ARCHITECTURES, PREFIX\n"
        "assert all(PREFIX + dense in CONFIG_MAPPING for dense in ARCHITECTURES)\n"
        "assert 'lingraft.models.factorized_config' not in sys.modules\n"
        "made = AutoConfig.for_model('factorized-bert', factorized_width=3)\n"
        "from lingraft.models.factorized_config import CONFIGURATIONS\n"
        "assert type(made) is CONFIGURATIONS['bert'] is CONFIG_MAPPING['factorized-bert']\n"
        "assert 'lingraft.models.factorized' in sys.modules"
    )
    _import({"program": code}, [])
