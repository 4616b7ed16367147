"""Records what a program imports and how long that takes; Python runs this file at its start.

It does so where this folder is on PYTHONPATH. At its end each program of scripts/ writes a file
into the folder that LINGRAFT_IMPORTS names: its CPU seconds, those of its imports, and its modules.
"""

import atexit
import builtins
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_FOLDER = os.environ.get("LINGRAFT_IMPORTS")
_seconds = 0.0
_depth = 0


def _timed(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function; the outermost of nested calls is timed."""

    def call(*arguments: Any, **named: Any) -> Any:
        global _seconds, _depth
        started = time.thread_time() if _depth == 0 else 0.0
        _depth += 1
        try:
            return function(*arguments, **named)
        finally:
            _depth -= 1
            if _depth == 0:
                _seconds += time.thread_time() - started

    return call


def _write() -> None:
    program = Path(sys.argv[0])
    if program.parent.name != "scripts" or _FOLDER is None:
        return
    found = {
        "program": program.stem,
        "seconds": time.process_time(),
        "import_seconds": _seconds,
        "modules": sorted(sys.modules),
    }
    path = Path(_FOLDER, f"{program.stem}-{os.getpid()}.json")
    path.write_text(json.dumps(found), "utf-8")


if _FOLDER is not None:
    builtins.__import__ = _timed(builtins.__import__)
    importlib.import_module = _timed(importlib.import_module)
    atexit.register(_write)
