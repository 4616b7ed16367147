"""Runs a command of the user when a run has ended."""

import logging
import os
import subprocess

logger = logging.getLogger(__name__)

VARIABLE = "LINGRAFT_NOTIFY"
_SECONDS = 60  # a mail server that does not answer must not stop the run


def notify(experiment: str, *, is_success: bool) -> bool:
    """Run the command in LINGRAFT_NOTIFY, if there is one; returns whether it succeeded.

    The command gets a line of text on its standard input, and the same, the outcome ("success" or
    "failure") and the experiment as LINGRAFT_MESSAGE, LINGRAFT_OUTCOME and LINGRAFT_EXPERIMENT:

        LINGRAFT_NOTIFY='mail -s "$LINGRAFT_MESSAGE" me@example.org' make run
    """
    command = os.environ.get(VARIABLE)
    if not command:
        return False
    message = f"lingraft {experiment}: " + (
        "finished" if is_success else "something failed, see: make status"
    )
    environment = os.environ | {
        "LINGRAFT_MESSAGE": message,
        "LINGRAFT_OUTCOME": "success" if is_success else "failure",
        "LINGRAFT_EXPERIMENT": experiment,
    }
    try:
        done = subprocess.run(
            ["sh", "-c", command],
            input=message + "\n",
            text=True,
            env=environment,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        logger.warning("%s did not end within %d s", VARIABLE, _SECONDS)
        return False
    if done.returncode:
        logger.warning("%s failed with code %d", VARIABLE, done.returncode)
    return done.returncode == 0
