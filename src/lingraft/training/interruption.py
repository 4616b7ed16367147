"""Signals, time budgets and hangs: how a training ends before its last step."""

import faulthandler
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from lingraft.errors import PreemptedError
from lingraft.launch.signals import requests_to_stop

logger = logging.getLogger(__name__)

_BEAT_SECONDS = 10.0
HUNG = 75  # worth another try


class Interruption:
    """Whether to save and stop: a signal came, or the time is up."""

    def __init__(self, budget_minutes: float = 0.0) -> None:
        self.deadline = time.monotonic() + 60.0 * budget_minutes if budget_minutes else None
        self.reason = ""

    def due(self) -> bool:
        """Whether training should save and stop now."""
        if not self.reason and self.deadline is not None and time.monotonic() > self.deadline:
            self.reason = "the time budget is used up"
        return bool(self.reason)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take signals as requests to save and stop; those ignored at the start stay ignored.

        After a `PreemptedError` they are still taken so: launchers send SIGTERM to the other
        processes as soon as the first has ended, and these must be able to finish.
        """
        before = {number: signal.getsignal(number) for number in requests_to_stop()}
        for number in before:
            signal.signal(number, self._note)
        is_ending = False
        try:
            yield
        except PreemptedError:
            is_ending = True
            raise
        finally:
            if not is_ending:
                for number, handler in before.items():
                    signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        # The handler only notes the signal. The loop asks at the end of a step, when weights,
        # moments and progress belong together.
        self.reason = f"{signal.Signals(number).name} was received"


class Watchdog:
    """Writes a heartbeat, and ends the process when no step is finished for too long.

    A process that waits for a dead one in a collective would otherwise occupy its machine for
    hours.
    """

    def __init__(self, folder: Path, rank: int, patience_minutes: float) -> None:
        self.path = folder / f"heartbeat-{rank:05d}.json"
        self.patience = 60.0 * patience_minutes
        self._step = 0
        self._alive = time.monotonic()
        self._stop = threading.Event()

    def beat(self, step: int) -> None:
        """Note that work goes on."""
        self._step = step
        self._alive = time.monotonic()

    @contextmanager
    def watching(self) -> Iterator["Watchdog"]:
        """Watch in the background."""
        thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self.beat(0)
        thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            thread.join()
            self.path.unlink(missing_ok=True)

    def _watch(self) -> None:
        interval = min(_BEAT_SECONDS, self.patience / 4) if self.patience else _BEAT_SECONDS
        while True:
            silence = time.monotonic() - self._alive
            self._write(silence)
            if self.patience and silence > self.patience:
                print(f"error: no step finished for {silence:.0f} s; giving up", file=sys.stderr)
                faulthandler.dump_traceback(all_threads=True)
                # sys.exit would end this thread only, and the main thread is stuck in a call that
                # does not return.
                os._exit(HUNG)
            if self._stop.wait(interval):
                return

    def _write(self, silence: float) -> None:
        content = {"step": self._step, "seconds_since": round(silence, 1), "pid": os.getpid()}
        try:
            self.path.write_text(json.dumps(content))
        except OSError as error:  # a full disk must not end the training from here
            logger.debug("no heartbeat: %s", error)
