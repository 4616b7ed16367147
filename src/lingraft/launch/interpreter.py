"""The Python that rules call by its name."""

import os
import sys
from pathlib import Path


def put_interpreter_first() -> None:
    """Make `python` the Python that runs Snakemake, also if its environment is not activated.

    Rules call `python` without a path, so that conda and containers can put their own before it.
    """
    own = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", os.defpath)
    if path.split(os.pathsep)[0] != own:
        os.environ["PATH"] = own + os.pathsep + path
