"""The signals by which a person, a terminal or a scheduler asks a program to stop."""

import signal

# SIGUSR1: schedulers warn with it. SIGINT: Ctrl-C. SIGHUP: the connection to the terminal is gone.
_STOPS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT, signal.SIGHUP)


def requests_to_stop() -> list[signal.Signals]:
    """These signals, without those that are ignored: under nohup a hang-up must change nothing."""
    return [number for number in _STOPS if signal.getsignal(number) is not signal.SIG_IGN]
