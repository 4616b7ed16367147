"""Starts the server of a run, in the process of Snakemake: `python` in rules is its client then.

The folder of the server is first on PATH, and has a program `python`. Environments of conda and
images of containers put theirs before it, and get the ordinary start; so does everything after the
folder has vanished.
"""

import atexit
import logging
import os
import shlex
import socket
import subprocess
import sys
from pathlib import Path

from lingraft.launch.forking.folders import make_folder, remove_folder

logger = logging.getLogger(__name__)

SWITCH = "LINGRAFT_FORK"  # set to `no`, each job starts its own Python
_CLIENT = Path(__file__).with_name("client.py")
_SERVER = Path(__file__).with_name("server.py")
_LONGEST = 100  # bytes of a socket's name, which the kernel limits


def start_server() -> Path | None:
    """Start a server and let `python` ask it; returns its folder, which only this user may enter.

    None where the system cannot do this, or the user does not want it: nothing has changed then.
    """
    if os.environ.get(SWITCH) == "no" or not hasattr(os, "pidfd_open"):
        return None
    # An entry that is empty or relative means another folder for each job's working directory.
    searched = os.environ.get("PYTHONPATH")
    if searched and not all(map(os.path.isabs, searched.split(os.pathsep))):
        return None
    try:
        folder = make_folder()
    except OSError:
        return None
    atexit.register(remove_folder, folder)
    try:
        # PATH cannot have such a folder either.
        if len(os.fsencode(folder / "socket")) > _LONGEST or os.pathsep in str(folder):
            return None
        (folder / "costs").mkdir()
        program = folder / "python"
        program.write_bytes(os.fsencode(_script(folder / "socket")))
        program.chmod(0o700)
        if not os.access(program, os.X_OK):  # programs in temporary folders may be forbidden
            return None
        _start(folder)
    except OSError as error:
        logger.debug("each job starts its own Python: %s", error)
        return None
    os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return folder


def _script(place: Path) -> str:
    python, client, server = (shlex.quote(str(each)) for each in (sys.executable, _CLIENT, place))
    return (
        "#!/bin/sh\n"
        'case "$1" in\n'
        f'*.py) exec {python} -I -S {client} {server} "$@" ;;\n'
        f'*) exec {python} "$@" ;;\n'
        "esac\n"
    )


def _start(folder: Path) -> None:
    # A client that comes before the server is ready waits, and gets an answer or an end.
    listener = socket.socket(socket.AF_UNIX)
    with listener:
        listener.bind(str(folder / "socket"))
        listener.listen(128)
        _alive.append(_serve(folder, listener))  # its standard input ends with this process


def _serve(folder: Path, listener: socket.socket) -> subprocess.Popen[bytes]:
    # In a session of its own, Ctrl-C reaches jobs through their clients alone, and once.
    return subprocess.Popen(
        [sys.executable, str(_SERVER), str(folder), str(listener.fileno())],
        pass_fds=[listener.fileno()],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


_alive: list[subprocess.Popen[bytes]] = []
