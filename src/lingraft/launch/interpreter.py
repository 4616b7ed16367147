"""The Python that rules call by its name."""

import os
import sys
from pathlib import Path


def put_interpreter_first() -> None:
    """Let `python` mean the one that runs Snakemake, its environment activated or not.

    Rules name no interpreter, so that conda and containers may bring their own, which they put
    before this one.
    """
    own = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", os.defpath)
    if path.split(os.pathsep)[0] != own:
        os.environ["PATH"] = own + os.pathsep + path
