import os
import shutil
import sys
from pathlib import Path

import pytest

from lingraft.launch.interpreter import put_interpreter_first


@pytest.mark.parametrize("path", [os.defpath, None], ids=["without it", "no PATH at all"])
def test_python_is_the_one_that_runs(path: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if path is None:
        monkeypatch.delenv("PATH", raising=False)
    else:
        monkeypatch.setenv("PATH", path)
    put_interpreter_first()
    once = os.environ["PATH"]
    put_interpreter_first()
    assert os.environ["PATH"] == once == str(Path(sys.executable).parent) + os.pathsep + os.defpath
    assert shutil.which("python") == str(Path(sys.executable).with_name("python"))
