"""Where a contender runs: in a process of its own, whose memory is its own, or in this one."""

import multiprocessing
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Figures = dict[str, float]


def in_fresh_process(function: Callable[..., Figures], *arguments: Any) -> Figures:
    """What `function` measures in a fresh process, and that process's peak memory in MB.

    Raises:
        RuntimeError: the process ended without a figure; what it printed says why.
    """
    context = multiprocessing.get_context("spawn")
    # The process imports the program again, which imports this file; `lingraft.program` takes their
    # folder off the path.
    if (folder := str(Path(__file__).parent)) not in sys.path:
        sys.path.append(folder)
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(sender, function, arguments))
    process.start()
    sender.close()
    try:
        figures: Figures = receiver.recv()
    except EOFError:
        process.join()
        raise RuntimeError(f"a contender ended with exit code {process.exitcode}") from None
    process.join()
    return figures


def in_this_process(function: Callable[..., Figures], *arguments: Any) -> Figures:
    """The same without the price of a process; its peak memory is that of all before it."""
    return function(*arguments) | {"peak_mb": _peak_mb()}


def _child(sender: Any, function: Callable[..., Figures], arguments: tuple[Any, ...]) -> None:
    sender.send(function(*arguments) | {"peak_mb": _peak_mb()})


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
