"""A method is added by one file and its name in one line: everything else finds it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SOURCE = TESTS.parents[2] / "src" / "lingraft"

METHOD = '''
from typing import Literal

from pydantic import PositiveInt

from lingraft.initialization.method import Method, MethodCard


class Flat(Method):
    """Every token is the first source row."""

    method: Literal["flat"] = "flat"
    depth: PositiveInt = 3
    """How flat it is."""

    card = MethodCard(title="Flat", idea="one row for all", equation="e_t = e_0")
    small = {"depth": 1}

    @property
    def takes(self):
        """Text."""
        return frozenset({"corpora"})

    def weights(self, request):
        """One everywhere."""
        import numpy as np

        from lingraft.initialization.weights import combined, stack
        from lingraft.numeric import sparse

        rows = request.target_ids
        ones = sparse.one_hot(np.zeros(len(rows), np.int64), request.columns)
        return stack([combined(rows, ones)], len(request.target), request.columns)
'''

PROGRAM = """
import json
from small_world import small_request
from lingraft.experiment.configuration import Config
from lingraft.experiment.reference import reference
from lingraft.experiment.scale import _initialization
from lingraft.initialization.initialize import initialize
from lingraft.initialization.methods import METHODS, check_method
from lingraft.initialization.report import build_report

config = Config.model_validate({"experiment": "x", "initializations": {"f": {"method": "flat"}}})
settings = config.initializations["f"]
request = small_request()
result = initialize(request, settings)
part = {"method": "flat", "depth": 2}
print(json.dumps({
    "order": list(METHODS)[-2:],
    "title": settings.card.title,
    "reference": [line for line in reference().splitlines() if "depth" in line],
    "rows": build_report(request, result, settings.model_dump())["rows"],
    "method": build_report(request, result, settings.model_dump())["method"],
    "part": check_method({"method": "mixture", "components": [{"part": part}]}, "x").model_dump(),
    "small": _initialization(config, "f", {"method": "flat"}),
}))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What a copy of the library says of a method that it did not have."""
    folder = tmp_path_factory.mktemp("house")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(SOURCE, folder / "lingraft", copy_function=os.symlink, ignore=ignored)
    methods = folder / "lingraft" / "initialization" / "methods"
    (methods / "flat.py").write_text(METHOD, "utf-8")
    names = (methods / "__init__.py").read_text("utf-8")
    assert names.count('"mixture")') == 1
    (methods / "__init__.py").unlink()  # a link so far
    changed = names.replace('"mixture")', '"flat", "mixture")')
    assert sum(a != b for a, b in zip(names.splitlines(), changed.splitlines(), strict=True)) == 1
    (methods / "__init__.py").write_text(changed, "utf-8")
    path = os.pathsep.join([str(folder), str(TESTS / "methods")])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_configuration_and_the_reference_have_it(found):
    assert found["order"] == ["flat", "mixture"]
    assert any("How flat it is." in line for line in found["reference"])
    assert found["small"] == {"method": "flat", "depth": 1}


def test_it_initializes_and_the_account_names_it(found):
    assert found["method"] == "flat"
    assert found["title"] == "Flat"
    assert found["rows"]["combined"] > 0
    assert found["rows"]["fill"] == 0


def test_a_mixture_may_have_it_as_a_part(found):
    assert found["part"]["components"][0]["part"]["depth"] == 2
