"""Folders of servers: each is removed when its run ends, or when a later run finds it abandoned.

Snakemake removes the folder at its end, and the server if Snakemake was killed. Where both were
killed, as when memory runs out, the next run on this machine removes what they have left.
"""

import os
import shutil
import socket
import time
from contextlib import suppress
from pathlib import Path

_PREFIX = "lingraft-jobs-"
_HOST = "host"
_ENDED = ".ended"  # what is being removed
_STARTING_SECONDS = 60.0  # for a new server to listen; more than a thousand times what it takes


def make_folder() -> Path:
    """Make a folder that only this user may enter, and remove those that runs here abandoned.

    Raises:
        OSError: there is no place for it.
    """
    import tempfile  # not at the top: the server imports nothing that a program may import

    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    for other in folder.parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if _is_abandoned(other):
                remove_folder(other)
    try:
        (folder / _HOST).write_bytes(_this_machine())
    except OSError:  # without a name it would stay for ever
        remove_folder(folder)
        raise
    return folder


def remove_folder(folder: Path) -> None:
    """Remove a folder; under its name it is gone at once, so that no job leaves its cost in it."""
    ended = folder.with_suffix(_ENDED)
    with suppress(OSError):
        folder.rename(ended)
        shutil.rmtree(ended, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    """Whether this user's server of a folder, on this machine, has ended without removing it."""
    found = folder.lstat()
    if found.st_uid != os.getuid() or time.time() - found.st_mtime < _STARTING_SECONDS:
        return False
    if folder.suffix == _ENDED:  # its removal was interrupted
        return True
    if (folder / _HOST).read_bytes() != _this_machine():  # others may share the place
        return False
    with socket.socket(socket.AF_UNIX) as asking:
        asking.setblocking(False)
        try:
            asking.connect(str(folder / "socket"))
        except BlockingIOError:
            return False  # it is there, and busy
        except OSError:
            return True
    return False


def _this_machine() -> bytes:
    return socket.gethostname().encode()
